"""Cached figures and tables: every session gets a copy that it may change."""

from __future__ import annotations

import sys
import threading

import numpy as np
import plotly.graph_objects as go
import pytest

from core.explore.neighbour_drift import neighbour_drift
from core.explore.umap_projection import MapSettings
from core.runs.store import Store
from dashboard import cached_lookups
from dashboard.charts import map_charts
from dashboard.parts import cached_map_figures

THREADS, ROUNDS = 8, 5


@pytest.fixture
def switching_often():
    """Make threads switch as often as possible, so that a race shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(task) -> list[Exception]:
    """Run a task many times in several threads at once; return the errors."""
    errors, barrier = [], threading.Barrier(THREADS)

    def work() -> None:
        barrier.wait()
        try:
            for _ in range(ROUNDS):
                task()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_concurrent_sessions_get_copies_of_the_cached_figure(
    prepared_root, monkeypatch, switching_often
):
    monkeypatch.setenv("ARTIFACTS_DIR", str(prepared_root))
    first = cached_lookups.treemap("shop", "random")
    first.update_layout(height=99)
    assert cached_lookups.treemap("shop", "random").layout.height != 99
    assert in_threads(lambda: go.Figure(cached_lookups.treemap("shop", "random"))) == []


def test_concurrent_sessions_draw_on_copies_of_the_cached_map(mapped, monkeypatch, switching_often):
    monkeypatch.setenv("ARTIFACTS_DIR", str(mapped))
    run = next(run for run in Store(mapped).runs("shop") if run.config.model == "skipgram")
    look = cached_map_figures.Look("category_2", False, MapSettings())

    def draw() -> None:
        points, figure = cached_map_figures.base_figure(run, "random", look)
        traces = len(figure.data)
        map_charts.highlight(figure, points, 0, np.array([1]), np.array([2]))
        assert len(figure.data) == traces + 4

    draw()
    assert in_threads(draw) == []


def test_two_runs_are_compared_once_whichever_comes_first(mapped, monkeypatch):
    monkeypatch.setenv("ARTIFACTS_DIR", str(mapped))
    compared = []

    def counting(*arguments, **options):
        compared.append(arguments)
        return neighbour_drift(*arguments, **options)

    monkeypatch.setattr(cached_lookups, "neighbour_drift", counting)
    first, second = (run for run in Store(mapped).runs("shop") if run.config.model == "skipgram")
    drifts = [cached_lookups.drift(*pair, "random") for pair in ((first, second), (second, first))]
    assert len(compared) == 1
    assert drifts[0].table.equals(drifts[1].table)
