"""How fast metadata is read, beside `ast.literal_eval` and orjson, in one process.

    python tests/benchmarks/bench_reading.py

Reads the real Beauty lines if `LAB_DATA` names their folder, else generated ones.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.data.literal import parse_literal  # noqa: E402


def real_lines(rows: int) -> list[str] | None:
    """Return the first lines of the Beauty file, None where it is not at hand."""
    path = Path(os.environ.get("LAB_DATA", "")) / "meta_Beauty.json.gz"
    if not path.is_file():
        return None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line for _, line in zip(range(rows), file)]


def generated_lines(rows: int, seed: int = 0) -> list[str]:
    """Return lines of the real ones' make: 100 mentions each, one title in nine with quotes."""
    rng = np.random.default_rng(seed)
    lines = []
    for row in range(rows):
        ids = [f"B{number:09}" for number in rng.integers(0, 10**9, 100)]
        record = {
            "asin": f"A{row:09}",
            "title": "Women's 19\" case" if row % 9 == 0 else "Foot file, stainless steel",
            "price": round(float(rng.uniform(1, 99)), 2),
            "related": {"also_bought": ids[:60], "also_viewed": ids[60:]},
            "categories": [["Beauty", "Tools & Accessories", "Nail Tools"]],
        }
        lines.append(repr(record) + "\n")
    return lines


def run(rows: int = 3000, repeats: int = 5) -> list[dict]:
    """Return one dict a reader: records a second (median), and the ratio to `ast.literal_eval`.

    The readers take turns, so that a busy machine slows all of them alike. orjson reads the same
    records written as JSON: it cannot read Python literals, and bounds what a reader could do.
    """
    lines = real_lines(rows)
    what = "real lines" if lines else "generated lines"
    lines = lines or generated_lines(rows)
    records = [ast.literal_eval(line) for line in lines]
    readers = {
        "ast.literal_eval": (ast.literal_eval, lines),
        "core.data.literal": (parse_literal, lines),
        "json (records as JSON)": (json.loads, [json.dumps(record) for record in records]),
    }
    try:
        import orjson

        readers["orjson (records as JSON)"] = (orjson.loads, list(map(orjson.dumps, records)))
    except ImportError:
        pass
    seconds = {name: [] for name in readers}
    for _ in range(repeats):
        for name, (read, inputs) in readers.items():
            start = time.perf_counter()
            for line in inputs:
                read(line)
            seconds[name].append(time.perf_counter() - start)
    base = np.median(seconds["ast.literal_eval"])
    return [
        {
            "stage": "read 2014 metadata",
            "reader": name,
            "input": f"{len(lines):,} {what}",
            "records_per_second": len(lines) / np.median(times),
            "ratio_to_literal_eval": base / np.median(times),
        }
        for name, times in seconds.items()
    ]


if __name__ == "__main__":
    for row in run():
        print(
            f"{row['reader']:26} {row['records_per_second']:>10,.0f} records/s "
            f"{row['ratio_to_literal_eval']:6.1f} x  ({row['input']})"
        )
