"""Hits@10 over seconds: skip-gram and gensim's, from the same walks, on development slices.

    python -m tests.benchmarks --stages curve

`demo` is always available; `LAB_DATA` names the folder of the files of the other two data sets.
Both train with the defaults of the results table. Seconds count from the start of the training
call, walks and vocabulary included, without the measurements in between.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from core.evaluation.catalogue_ranking import RankingTask, rank, ranking_task
from core.graph.split import Split
from core.models import create
from core.models.base import Model
from core.models.registry import resolve_settings
from core.runs.store import Store
from tests.benchmarks.bench_whole import Commands
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size

DATASETS = {"demo": "", "beauty": "meta_Beauty.json.gz", "retail": "online_retail.csv.gz"}
PAIRS = 2500  # development pairs, each asked in both directions

Curve = list[tuple[float, float]]


def stages(size: Size, graph, workers: int) -> list[Stage]:
    """Return a stage for each data set; its rate is Hits@10 after the last epoch."""
    made = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, file in DATASETS.items():
            path = Path(os.environ.get("LAB_DATA", "")) / file
            if file and not path.is_file():
                contestants = [Contestant("ours", missing=f"LAB_DATA has no {file}")]
            else:
                arguments = ["--file", str(path)] if file else []
                Commands(Path(scratch), workers).run("prepare", name, *arguments)
                contestants = _contestants(Store(scratch).load_split(name, "random"), workers)
            made.append(Stage(f"Hits@10 over seconds, {name}", "", contestants))
    return made


def _contestants(split: Split, workers: int) -> list[Contestant]:
    development = split.development()
    task = ranking_task(development, PAIRS)
    ours: Curve = []

    def run_ours() -> Done:
        # Compile the kernels before the measurement.
        short = resolve_settings("skipgram", changes={"epochs": 1, "walks_per_product": 1})
        create("skipgram", short, workers=workers).fit(development)
        settings = resolve_settings("skipgram", changes={"points_per_epoch": 2})
        model = create("skipgram", settings, workers=workers)
        ours[:] = hits_over_seconds(model, development, task, workers)
        return _done(ours, _shown(ours))

    def run_gensim() -> Done:
        model = create("gensim-skipgram", resolve_settings("gensim-skipgram"), workers=workers)
        curve = hits_over_seconds(model, development, task, workers)
        seconds, hits = curve[-1]
        reached = time_to(ours, hits)
        theirs = f"; ours has {hits:.3f} " + (
            "never" if reached is None else f"after {reached / seconds:.2f} of the time"
        )
        return _done(curve, _shown(curve) + theirs)

    return [Contestant("ours", run_ours, once=True), Contestant("gensim", run_gensim, once=True)]


def hits_over_seconds(model: Model, split: Split, task: RankingTask, workers: int) -> Curve:
    """Return (seconds, Hits@10) of every point of the learning curve while `model` trains."""
    curve: Curve = []
    measuring = 0.0
    model.scoring = "in-out"
    started = time.perf_counter()

    def measure(model: Model) -> dict[str, float]:
        nonlocal measuring
        begin = time.perf_counter()
        hits = float(np.mean(rank(model, split, task, workers=workers).ranks <= 10))
        curve.append((begin - started - measuring, hits))
        measuring += time.perf_counter() - begin
        return {}

    model.fit(split, monitor=measure)
    return curve


def time_to(curve: Curve, hits: float) -> float | None:
    """Return after how many seconds a curve reaches `hits`; None if it never does.

    >>> time_to([(1.0, 0.1), (2.0, 0.3)], 0.2)
    2.0
    """
    return next((seconds for seconds, reached in curve if reached >= hits), None)


def _shown(curve: Curve) -> str:
    return ", ".join(f"{seconds:.1f} s {hits:.3f}" for seconds, hits in curve)


def _done(curve: Curve, note: str) -> Done:
    # So the rate is Hits@10, by wall time and by processor time.
    seconds, hits = curve[-1]
    return Done(hits * seconds, seconds, note=note, cpu=seconds)
