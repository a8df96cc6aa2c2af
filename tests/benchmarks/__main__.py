"""All benchmarks, beside their peers, from one command.

    python -m tests.benchmarks
    python -m tests.benchmarks --sizes electronics --stages walks training
    python -m tests.benchmarks --grow

The inputs are generated, the same every time. Each group of stages has a process of its own; in
it the contestants take turns on the same input and cores. Peers are not requirements of the
project: ``pip install --no-deps fastnode2vec pecanpy nptyping numba-progress`` and
``pip install faiss-cpu orjson``; the table says which are missing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from core.config import available_cores
from tests.benchmarks.contest import Row, exponent, hold
from tests.benchmarks.graphs import SIZES, Size, kept_training_graph
from tests.benchmarks.limits import Limits, measure

STAGES = ("reading", "walks", "training", "scores", "neighbours", "map")
# These read no graph: once is enough.
ONE_SIZE = ("reading", "map")
GROWING = [Size(f"{n:,}", n, 10 * n, growing=True) for n in (25_000, 50_000, 100_000, 200_000)]
COLUMNS = ("stage", "size", "who", "seconds", "rate", "ours / it", "memory", "of the limit", "note")


def main() -> None:
    """Run what is asked for and print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=["small", "electronics"])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--grow", action="store_true", help="fit how cost grows instead")
    parser.add_argument("--repeats", type=int, default=3, help="the median is shown")
    parser.add_argument("--workers", type=int, default=available_cores())
    parser.add_argument("--timeout", type=int, default=900, help="seconds for a group of stages")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        _run_one(*arguments.one, arguments)
        return
    print(f"{_machine()}, {arguments.workers} workers, medians of {arguments.repeats}\n")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.grow:
            _grow(arguments, Path(folder))
        else:
            _compare(arguments, Path(folder))


def _compare(arguments, folder: Path) -> None:
    limits = Limits(**_apart("limits", "small", folder, arguments)[0])
    print(
        f"Limits: {limits.flops / 1e9:,.0f} GFLOP/s, random rows of 512 bytes "
        f"{limits.rows_read / 1e6:,.1f} M/s read and {limits.rows_updated / 1e6:,.1f} M/s updated, "
        f"random cache lines {limits.lines_read / 1e6:,.0f} M/s, "
        f"{limits.bytes_read / 1e9:,.1f} GB/s read in order\n"
    )
    (folder / "limits.json").write_text(json.dumps(asdict(limits)))
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for stage in arguments.stages:
        for name in arguments.sizes[:1] if stage in ONE_SIZE else arguments.sizes:
            for row in _apart(stage, name, folder, arguments):
                print(line(Row(**row)), flush=True)


def _grow(arguments, folder: Path) -> None:
    found: dict[str, list[Row]] = {}
    for stage in arguments.stages:
        for size in GROWING:
            for row in _apart(stage, size.name, folder, arguments):
                # The map is named after its points.
                name = row["stage"].split(" of ")[0] if stage == "map" else row["stage"]
                found.setdefault(name, []).append(Row(**row))
    sizes = [size.n_products for size in GROWING]
    heads = ["stage", *(f"{size.name} products" for size in GROWING), "grows as n to the"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for name, rows in found.items():
        seconds = [row.seconds for row in rows]
        cells = [f"{value:.3g} s" if value else row.note for value, row in zip(seconds, rows)]
        whole = len(rows) == len(sizes) and all(seconds)
        print(f"| {name} | {' | '.join(cells)} | {exponent(sizes, seconds):.2f} |" if whole else "")


def _apart(stage: str, size: str, folder: Path, arguments) -> list[dict]:
    """Run a group of stages in a process of its own; return its rows."""
    command = [sys.executable, "-m", "tests.benchmarks", "--one", stage, size, str(folder)]
    command += ["--repeats", str(arguments.repeats), "--workers", str(arguments.workers)]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, timeout=arguments.timeout, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        note = f"did not finish in {time.perf_counter() - started:,.0f} s"
    except subprocess.CalledProcessError as error:
        note = f"ended with status {error.returncode}"
    return [asdict(Row(stage, size, "", "all", note=note))]


def _run_one(stage: str, size_name: str, folder: str, arguments) -> None:
    """Run a group of stages here and print its rows as JSON."""
    import torch  # noqa: F401  (so that `use_workers` sets its threads, too)

    from core.threads import use_workers

    workers = use_workers(arguments.workers)
    if stage == "limits":
        print(json.dumps([asdict(measure(workers))]))
        return
    size = SIZES.get(size_name) or next(size for size in GROWING if size.name == size_name)
    kept = Path(folder) / "limits.json"
    limits = Limits(**json.loads(kept.read_text())) if kept.exists() else None
    graph = None if stage in ONE_SIZE else kept_training_graph(size, Path(folder))
    rows = []
    for one in import_module(f"tests.benchmarks.bench_{stage}").stages(size, graph, workers):
        rows += [asdict(row) for row in hold(one, size.name, arguments.repeats, limits)]
    print(json.dumps(rows))


def line(row: Row) -> str:
    """Return a row of the Markdown table."""

    def shown(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    cells = [
        row.stage,
        row.size,
        row.contestant,
        shown(row.seconds, ",.3g"),
        f"{row.rate:,.4g} {row.unit}/s" if row.rate is not None else "",
        f"{row.ratio:.1f} x" if row.ratio is not None else "",
        shown(row.memory_mb, ",.0f") + (" MB" if row.memory_mb is not None else ""),
        shown(row.share, ".0%"),
        row.note,
    ]
    return "| " + " | ".join(cells) + " |"


def _machine() -> str:
    """Return the processor, the cores, the memory and the load."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(text.split(": ")[1] for text in lines if text.startswith("model name"))
        memory = Path("/proc/meminfo").read_text().split()[1]
        model += f", {int(memory) / 1024**2:.0f} GB"
    except (OSError, StopIteration):
        pass
    load = os.getloadavg()[0]
    today = datetime.now(UTC).date()
    return f"{model}, {available_cores()} cores, load {load:.1f} at the start, {today}"


if __name__ == "__main__":
    main()
