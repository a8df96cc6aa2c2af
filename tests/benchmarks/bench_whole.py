"""Whole runs through the command line, each command in a separate process.

``demo`` is ``run demo --wait`` from nothing; ``table`` prepares a generated data set and trains
every model on it with our presets; ``books`` prepares the largest one, walks it, trains one epoch
of skip-gram and evaluates. The commands are those of users: imports, compilation, negatives,
evaluation and saving are included.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np

from core.models.registry import baseline, models_of
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size, community_graph, write_edges
from tests.benchmarks.shop import catalogue

ROOT = Path(__file__).resolve().parents[2]
NAME = "generated"
SECONDS_BETWEEN_LOOKS = 0.2


class Commands:
    """Runs commands of the project on one artifacts folder and adds up their costs."""

    def __init__(self, artifacts: Path, workers: int):
        self.artifacts, self.workers = artifacts, workers
        self.seconds = self.cpu = self.memory_mb = 0.0

    def run(self, *arguments: str) -> Done:
        """Run ``python -m core ARGUMENTS``; return its costs.

        Raises
        ------
        RuntimeError
            If it fails; with the end of its output.
        """
        command = [sys.executable, "-m", "core", *arguments, "--artifacts", str(self.artifacts)]
        started = time.perf_counter()
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
            ended, together = Event(), []
            watch = Thread(target=watch_memory, args=(process.pid, ended, together))
            watch.start()
            try:
                _, status, used = os.wait4(process.pid, 0)
            finally:
                ended.set()
                watch.join()
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - started
            if process.returncode:
                said.seek(0)
                raise RuntimeError(said.read()[-300:])
        alone = used.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
        memory_mb = max(alone, *together)
        cpu = used.ru_utime + used.ru_stime
        self.seconds += seconds
        self.cpu += cpu
        self.memory_mb = max(self.memory_mb, memory_mb)
        return Done(1, seconds, memory_mb, f"{cpu:,.0f} s of processor time")

    def trained(self, model: str) -> Done:
        """Return the time of a model's run as recorded in it, and of its ranking."""
        (path,) = (self.artifacts / NAME / "runs").glob(f"{model}-s[0-9]*/metrics.json")
        metrics = json.loads(path.read_text())
        ranking = metrics["stage_seconds"]["evaluation: Rank"]
        note = f"{ranking:,.1f} s of ranking"
        return Done(1, metrics["total_seconds"], metrics["peak_memory_mb"], note)

    def total(self) -> Done:
        """Return the costs of all commands together."""
        return Done(1, self.seconds, self.memory_mb, f"{self.cpu:,.0f} s of processor time")


def table_stages(size: Size, graph, workers: int) -> Iterator[Stage]:
    """Yield the stages of the whole table: one command trains all models, and records each time."""
    with tempfile.TemporaryDirectory() as scratch:
        commands = Commands(Path(scratch), workers)
        yield _stage("table: prepare", lambda: _prepare(commands, size))
        # One model per core at any time.
        every = ("train", NAME, "--all", "--workers", str(workers), "--jobs", str(workers))
        yield _stage("table: train --all", lambda: commands.run(*every))
        models = models_of("ours")
        for model in sorted(models, key=lambda model: model != baseline()):
            yield _stage(f"table: {model}", lambda model=model: commands.trained(model))
        yield _stage("whole table", commands.total)


def demo_stages(size: Size, graph, workers: int) -> Iterator[Stage]:
    """Yield the one stage of ``run demo --wait``."""
    with tempfile.TemporaryDirectory() as scratch:
        commands = Commands(Path(scratch), workers)
        every = ("run", "demo", "--wait", "--workers", str(workers))
        yield _stage("run demo", lambda: commands.run(*every))


def books_stages(size: Size, graph, workers: int) -> Iterator[Stage]:
    """Yield the stages of one skip-gram from edge list to evaluation."""
    with tempfile.TemporaryDirectory() as scratch:
        commands = Commands(Path(scratch), workers)
        yield _stage("one model: prepare", lambda: _prepare(commands, size))
        once = ("--epochs", "1", "--no-map", "--workers", str(workers))
        yield _stage("one model: skipgram", lambda: commands.run("train", NAME, "skipgram", *once))
        yield _stage("prepare, one epoch, evaluation", commands.total)


def watch_memory(pid: int, ended: Event, together: list[float]) -> None:
    """Append the memory of a process and its descendants in MB, at intervals.

    Shared pages count for each process. 0 if there is no `/proc`.
    """
    together.append(0.0)
    while not ended.wait(SECONDS_BETWEEN_LOOKS):
        waiting, total = [pid], 0.0
        while waiting:
            folder = Path(f"/proc/{waiting.pop()}")
            with contextlib.suppress(OSError):  # it has just ended
                pages = int((folder / "statm").read_text().split()[1])
                total += pages * os.sysconf("SC_PAGE_SIZE") / 2**20
                for children in folder.glob("task/*/children"):
                    waiting += map(int, children.read_text().split())
        together.append(total)


def _stage(name: str, run) -> Stage:
    return Stage(name, "", [Contestant("ours", run, once=True)])


def _prepare(commands: Commands, size: Size) -> Done:
    """Write edge list and product table, then prepare them; the writing is not counted."""
    with tempfile.TemporaryDirectory() as scratch:
        edges, products = Path(scratch) / "edges.csv", Path(scratch) / "products.parquet"
        write_edges(community_graph(size.n_products, size.n_pairs), edges)
        frame = catalogue(np.random.default_rng(42), size.n_products)
        frame["id"] = np.arange(size.n_products).astype(str)
        frame.drop(columns="has_metadata").to_parquet(products, index=False)
        del frame
        return commands.run("prepare", NAME, "--file", str(edges), "--products", str(products))
