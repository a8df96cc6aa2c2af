"""Damaged copies of real files: reading one gives the right counts, or says why not.

To try any number of them: ``LAB_DATA=folder python -m tests.data.mutations 1000``.
"""

from __future__ import annotations

import gzip
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.read_file import read_file
from core.data.read_options import ReadOptions
from core.data.read_result import ReadReport

EASY = ReadOptions(min_sold=1, min_together=1, min_score=0)
HEAD = 30_000  # bytes of a file
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
Mutation = Callable[[bytes, np.random.Generator], bytes]


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def _places(content: bytes, rng: np.random.Generator, n: int) -> list[int]:
    return sorted(rng.integers(0, max(1, len(content)), n).tolist())


def truncate(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: int(rng.integers(1, len(content)))]


def swap_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for a, b in zip(_places(content, rng, 6), rng.permutation(_places(content, rng, 6)).tolist()):
        changed[a], changed[b] = changed[b], changed[a]
    return bytes(changed)


def random_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in _places(content, rng, int(rng.integers(1, 20))):
        changed[place] = int(rng.integers(256))
    return bytes(changed)


def insert_nuls(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in reversed(_places(content, rng, 3)):
        changed[place:place] = b"\0" * int(rng.integers(1, 4))
    return bytes(changed)


def insert_quotes(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for place in reversed(_places(content, rng, int(rng.integers(1, 4)))):
        changed[place:place] = b'"'
    return bytes(changed)


def blank_lines(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    for place in reversed(_places(content, rng, 5)):
        lines.insert(place % len(lines), b"\r\n" if rng.random() < 0.5 else b"\n")
    return b"".join(lines)


def repeat_lines(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    return b"".join(line * int(1 + (rng.random() < 0.1)) for line in lines)


def delete_column(content: bytes, rng: np.random.Generator) -> bytes:
    width = _lines(content)[0].count(b",") + 1
    gone = int(rng.integers(width))
    rows = [line.split(b",") for line in _lines(content)]
    return b"".join(b",".join(row[:gone] + row[gone + 1 :]).rstrip() + b"\n" for row in rows)


def duplicate_heading(content: bytes, rng: np.random.Generator) -> bytes:
    heading, *rest = _lines(content)
    names = heading.strip().split(b",")
    names[int(rng.integers(len(names)))] = names[int(rng.integers(len(names)))]
    return b",".join(names) + b"\n" + b"".join(rest)


def other_delimiter(content: bytes, rng: np.random.Generator) -> bytes:
    return content.replace(b",", (b";", b"\t", b"|")[int(rng.integers(3))])


def mixed_delimiters(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    half = int(rng.integers(len(lines)))
    return b"".join(lines[:half] + [line.replace(b",", b";") for line in lines[half:]])


def mixed_encodings(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    for i in rng.integers(0, len(lines), 5).tolist():
        text = lines[i].decode("utf-8", "replace").replace("e", "é")
        lines[i] = text.encode("latin-1" if rng.random() < 0.5 else "utf-8", "replace")
    return b"".join(lines)


def huge_field(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    place = int(rng.integers(len(lines)))
    big = b"x" * int(rng.integers(10**5, 10**6))
    lines[place] = lines[place].rstrip() + big + b"\n"
    return b"".join(lines)


def no_heading(content: bytes, rng: np.random.Generator) -> bytes:
    return b"".join(_lines(content)[1:])


def shuffle_lines(content: bytes, rng: np.random.Generator) -> bytes:
    lines = _lines(content)
    return b"".join(lines[i] for i in rng.permutation(len(lines)))


MUTATIONS: tuple[Mutation, ...] = (
    truncate, swap_bytes, random_bytes, insert_nuls, insert_quotes, blank_lines, repeat_lines,
    delete_column, duplicate_heading, other_delimiter, mixed_delimiters, mixed_encodings,
    huge_field, no_heading, shuffle_lines,
)  # fmt: skip


def says_something(report: ReadReport) -> bool:
    """Return whether a report says that something was left out or is odd."""
    words = ("warnings", "remarks", "filled down")
    skipped = "skipped" in report.notes.get("understood", {})
    return bool(report.bad_lines or skipped or any(report.notes.get(word) for word in words))


def counts_by_pandas(path: Path, report: ReadReport) -> tuple[int, int, int] | None:
    """Return rows, baskets and products of a log by pandas; None if pandas refuses it."""
    facts, columns = report.notes["understood"], report.notes["columns"]
    header = None if facts.get("header") == "none" else "infer"
    try:
        frame = pd.read_csv(
            path, sep=DELIMITERS[facts["delimiter"]], encoding=facts["encoding"], header=header,
            dtype=str, keep_default_na=False, encoding_errors="replace",
            compression="gzip" if "compression" in facts else None,
        )  # fmt: skip
    except (ValueError, KeyError, pd.errors.ParserError):
        return None
    n_rows = len(frame)
    if header is None:
        frame.columns = [f"column {i + 1}" for i in range(frame.shape[1])]
    if columns["basket"] not in frame or columns["product"] not in frame:
        return None
    if "quantity" in columns:
        frame = frame[pd.to_numeric(frame[columns["quantity"]], errors="coerce") > 0]
    parts = [frame[columns[role]].str.strip() for role in ("basket", "product")]
    good = (parts[0] != "") & (parts[1] != "")
    return n_rows, parts[0][good].nunique(), parts[1][good].nunique()


def fault_of(content: bytes, folder: Path) -> tuple[str, str]:
    """Read a damaged file; return "", or what is wrong, and how the reading ended."""
    path = folder / "file"
    path.write_bytes(content)
    try:
        report = read_file(path, options=EASY).report
    except UserError as error:
        return ("" if str(error).strip() else "an error without words"), "refused"
    except Exception:
        return traceback.format_exc(), "traceback"
    if says_something(report):
        return "", "read, with a remark"
    if report.kind != "baskets" or "encoding" not in report.notes.get("understood", {}):
        return "", f"read as {report.kind}"
    expected = counts_by_pandas(path, report)
    notes = report.notes
    ours = report.lines, notes["baskets"], notes["sold products"]
    if expected is not None and expected != ours:
        return f"rows, baskets, products: {ours}, by pandas {expected}", "other counts"
    return "", "read as baskets"


def originals(folder: Path) -> dict[str, bytes]:
    """Return the beginnings of the real files in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.suffix == ".md":
            continue
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        found[path.name] = b"".join(_lines(content[:HEAD])[:-1] or [content[:HEAD]])
    return found


def run(files: dict[str, bytes], n: int, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """Mutate and read `n` times; return how often each ending occurred, and the faults."""
    rng = np.random.default_rng(seed)
    endings: Counter[str] = Counter()
    faults = []
    names = list(files)
    with TemporaryDirectory(prefix="mutations-") as folder:
        for i in range(n):
            name, mutation = names[i % len(names)], MUTATIONS[int(rng.integers(len(MUTATIONS)))]
            content = mutation(files[name], rng)
            if rng.random() < 0.2:
                content = gzip.compress(content)
                content = truncate(content, rng) if rng.random() < 0.3 else content
            fault, ending = fault_of(content, Path(folder))
            endings[ending] += 1
            if fault:
                faults.append(f"{i}: {name}, {mutation.__name__}: {fault}")
    return endings, faults


if __name__ == "__main__":
    counts, wrong = run(originals(Path(os.environ["LAB_DATA"])), int(sys.argv[1]))
    print(dict(counts))
    print("\n".join(wrong) or "no faults")
