"""All benchmarks in one command, compared with other libraries and with the targets.

    python -m tests.benchmarks
    python -m tests.benchmarks --sizes electronics --stages walks training growth
    python -m tests.benchmarks --keep FOLDER

The first takes hours: it trains every model at Electronics size. With ``--keep``, a run that was
stopped is continued by the same command: finished groups of stages are read from the folder.
The inputs are generated, the same every time. Each group of stages has a separate process; in it
the contestants take turns on the same input and cores. Peers are not requirements of the project:
``pip install --no-deps fastnode2vec pecanpy nptyping numba-progress`` and ``pip install faiss-cpu
orjson``; the table says which are missing. `LAB_DATA` names the folder of the real Beauty file,
where it is at hand.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from core.config import available_cores
from core.models.model_entry import load_class
from tests.benchmarks.contest import Row, exponent, run_contest
from tests.benchmarks.graphs import SIZES, Size, cached_training_graph
from tests.benchmarks.limits import Limits, measure
from tests.benchmarks.saved_rows import SavedRows
from tests.benchmarks.targets import verdicts

PARTS = ("reading", "walks", "training", "scores", "neighbours", "map")
# The modules of the stages, by group.
MAKERS = {
    **{part: f"tests.benchmarks.bench_{part}:stages" for part in PARTS},
    "quality": "tests.benchmarks.bench_quality:stages",
    "curve": "tests.benchmarks.bench_curve:stages",
    "app": "tests.benchmarks.bench_app:stages",
    **{name: f"tests.benchmarks.bench_whole:{name}_stages" for name in ("demo", "table", "books")},
}
STAGES = (*MAKERS, "growth")
# The sizes that a group takes of those requested; the other groups take all.
SIZES_OF = {
    **dict.fromkeys(("reading", "map", "quality", "curve", "demo", "app"), slice(1)),
    "table": slice(-1, None),
    "books": slice(0),
}
# Sizes that a target names, whether requested or not.
TARGET_SIZES = {"neighbours": ["books"], "books": ["books"]}
WITH_GRAPH = ("walks", "training", "scores", "neighbours")
# Time limits of groups of stages in seconds, if longer than usual.
PATIENCE = {"table": 3 * 3600, "books": 2 * 3600, "demo": 1800, "app": 1800}
GROWING = [Size(f"{n:,}", n, 10 * n, growing=True) for n in (25_000, 50_000, 100_000, 200_000)]
COLUMNS = (
    "stage", "size", "who", "seconds", "rate", "ours / it", "by processor time", "memory",
    "of the limit", "target", "note",
)  # fmt: skip


def main() -> None:
    """Run the requested stages and print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["small", "electronics"])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--repeats", type=int, default=3, help="the median is shown")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--timeout", type=int, default=900, help="seconds for a group of stages")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep what has ended here, and do not repeat it"
    )
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _run_one(*arguments.one, arguments)
        return
    machine = _machine()
    load, today = os.getloadavg()[0], datetime.now(UTC).date()
    print(
        f"{machine}, load {load:.1f} at the start, {today}, {arguments.workers} workers, "
        f"medians of {arguments.repeats}\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        conditions = {
            "machine": machine,
            "workers": arguments.workers,
            "repeats": arguments.repeats,
        }
        saved = SavedRows(folder, conditions)
        compared = [stage for stage in arguments.stages if stage != "growth"]
        if compared:
            _compare(compared, arguments, folder, saved)
        if "growth" in arguments.stages:
            _grow([s for s in compared if s in PARTS] or PARTS, arguments, folder, saved)


def _compare(stages: list[str], arguments, folder: Path, saved: SavedRows) -> None:
    (limits,) = _apart("limits", "small", folder, arguments, saved)
    limits = Limits(**limits)
    print(
        f"Limits: {limits.flops / 1e9:,.0f} GFLOP/s, random rows of 512 bytes "
        f"{limits.rows_read / 1e6:,.1f} M/s read and {limits.rows_updated / 1e6:,.1f} M/s updated, "
        f"random cache lines {limits.lines_read / 1e6:,.0f} M/s, "
        f"{limits.bytes_read / 1e9:,.1f} GB/s read in order\n"
    )
    (folder / "limits.json").write_text(json.dumps(asdict(limits)))
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for stage in stages:
        sizes = arguments.sizes[SIZES_OF.get(stage, slice(None))] + TARGET_SIZES.get(stage, [])
        for size in dict.fromkeys(sizes):
            for row in _apart(stage, size, folder, arguments, saved):
                print(line(Row(**row)), flush=True)


def _grow(stages, arguments, folder: Path, saved: SavedRows) -> None:
    """Print seconds of processor time, which other work on the machine affects least."""
    found: dict[str, list[Row]] = {}
    for stage in stages:
        for size in GROWING:
            for row in _apart(stage, size.name, folder, arguments, saved):
                if row["contestant"] not in ("ours", "all"):
                    continue
                # The map is named after its points.
                name = row["stage"].split(" of ")[0] if stage == "map" else row["stage"]
                found.setdefault(name, []).append(Row(**row))
    sizes = [size.n_products for size in GROWING]
    heads = ["processor time", *(f"{size.name} products" for size in GROWING), "grows as n to the"]
    print("\n| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for name, rows in found.items():
        seconds = [row.cpu for row in rows]
        cells = [f"{value:.3g} s" if value else row.note for value, row in zip(seconds, rows)]
        whole = len(rows) == len(sizes) and all(seconds)
        power = f"{exponent(sizes, seconds):.2f}" if whole else ""
        print(f"| {name} | {' | '.join(cells)} | {power} |", flush=True)


def _apart(stage: str, size: str, folder: Path, arguments, saved: SavedRows) -> Iterator[dict]:
    """Run a group of stages in a separate process; yield its rows, or those saved before."""
    rows = saved.get(stage, size)
    if rows is not None:
        yield from rows
        return
    rows = []
    command = [sys.executable, "-m", "tests.benchmarks", "--one", stage, size, str(folder)]
    command += ["--repeats", str(arguments.repeats), "--workers", str(arguments.workers)]
    seconds = max(arguments.timeout, PATIENCE.get(stage, 0))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, give_up)
        timer.start()
        try:
            for text in process.stdout:
                if text.startswith("{"):
                    rows.append(json.loads(text))
                    yield rows[-1]
            process.wait()
        finally:
            timer.cancel()
            process.kill()
    if late.is_set():
        yield asdict(Row(stage, size, "", "all", note=f"did not finish in {seconds:,} s"))
    elif process.returncode:
        yield asdict(Row(stage, size, "", "all", note=f"ended with status {process.returncode}"))
    else:
        saved.add(stage, size, rows)


def _run_one(stage: str, size_name: str, folder: str, arguments) -> None:
    """Run a group of stages here and print its rows as lines of JSON."""
    import torch  # noqa: F401  (so that `use_workers` sets its threads, too)

    from core.parallel import use_workers

    workers = use_workers(arguments.workers)
    if stage == "limits":
        print(json.dumps(asdict(measure(workers))))
        return
    size = SIZES.get(size_name) or next(size for size in GROWING if size.name == size_name)
    saved = Path(folder) / "limits.json"
    limits = Limits(**json.loads(saved.read_text())) if saved.exists() else None
    graph = cached_training_graph(size, Path(folder)) if stage in WITH_GRAPH else None
    for one in load_class(MAKERS[stage])(size, graph, workers):
        for row in run_contest(one, size.name, arguments.repeats, limits):
            print(json.dumps(asdict(row)), flush=True)


def line(row: Row) -> str:
    """Return a row of the Markdown table."""

    def shown(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    cells = [
        row.stage,
        row.size,
        row.contestant,
        shown(row.seconds, ",.3g"),
        f"{row.rate:,.4g} {row.unit}/s" if row.rate is not None and row.unit else "",
        shown(row.ratio, ".1f") + (" x" if row.ratio is not None else ""),
        shown(row.cpu_ratio, ".1f") + (" x" if row.cpu_ratio is not None else ""),
        shown(row.memory_mb, ",.0f") + (" MB" if row.memory_mb is not None else ""),
        shown(row.share, ".0%"),
        verdicts(row),
        row.note,
    ]
    return "| " + " | ".join(cells) + " |"


def _machine() -> str:
    """Return the processor, the memory and the cores."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(text.split(": ")[1] for text in lines if text.startswith("model name"))
        memory = Path("/proc/meminfo").read_text().split()[1]
        model += f", {int(memory) / 1024**2:.0f} GB"
    except (OSError, StopIteration):
        pass
    return f"{model}, {available_cores()} cores"


if __name__ == "__main__":
    main()
