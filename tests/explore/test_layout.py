"""The layout of the map against umap-learn's own parts and a plain loop."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from core.explore import layout
from core.explore.layout import curve_of, fuzzy_graph, lay_out
from core.explore.nearest import nearest
from core.graph.kernels.alias_sampling import GOLDEN, mix
from core.models.base import unit_rows


@pytest.fixture(scope="module")
def neighbours():
    """300 points in three clouds: vectors, nearest neighbours and their distances."""
    rng = np.random.default_rng(0)
    clouds = np.repeat(np.eye(3, 8), 100, axis=0) + 0.2 * rng.normal(size=(300, 8))
    unit = unit_rows(clouds)
    near, cosine = nearest(unit, np.arange(300), 10)
    return unit, near, np.maximum(1 - cosine, 0)


def test_the_graph_is_umaps(neighbours):
    from umap.umap_ import fuzzy_simplicial_set

    unit, near, distance = neighbours
    own = np.arange(300, dtype=np.int32)[:, None]
    indices, zero = np.hstack([own, near]), np.zeros((300, 1), np.float32)
    expected, _, _ = fuzzy_simplicial_set(
        unit,
        11,
        np.random.RandomState(0),
        "cosine",
        knn_indices=indices,
        knn_dists=np.hstack([zero, distance]),
    )
    found = fuzzy_graph(near, distance).toarray()
    np.testing.assert_allclose(found, expected.toarray(), atol=2e-4)


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.5])
def test_the_curve_is_umaps(min_dist):
    from umap.umap_ import find_ab_params

    np.testing.assert_allclose(curve_of(min_dist), find_ab_params(1.0, min_dist), rtol=1e-3)


def test_points_on_one_spot_have_a_graph_without_nan():
    near = np.array([[1, 2], [0, 2], [0, 1]], np.int32)
    graph = fuzzy_graph(near, np.zeros((3, 2), np.float32))
    np.testing.assert_allclose(graph.toarray(), 1 - np.eye(3))


def test_an_epoch_is_what_a_plain_loop_makes_of_it(neighbours):
    _, near, distance = neighbours
    graph = fuzzy_graph(near, distance)
    often = graph.data / graph.data.max()
    now = np.random.default_rng(1).normal(size=(300, 2)).astype(np.float32)
    key, epoch, rate, a, b = np.uint64(7), 3, 0.5, 1.6, 0.9
    found = np.empty_like(now)
    numbers = (np.float32(number) for number in (rate, a, b))
    layout._move(graph.indptr, graph.indices, often, now, found, key, epoch, *numbers, 0, 300)

    bits = np.uint64(2**64 - 1)
    expected = now.astype(np.float64)
    for i, place in enumerate(expected):
        counter = _mix(int(key) ^ _mix(epoch * 300 + i))
        for edge in range(graph.indptr[i], graph.indptr[i + 1]):
            if int((epoch + 1) * often[edge]) == int(epoch * often[edge]):
                continue
            apart = place - now[graph.indices[edge]]
            square = apart @ apart
            pull = -2 * a * b * square ** (b - 1) / (1 + a * square**b)
            place += 2 * rate * np.clip(pull * apart, -4, 4)
            for _ in range(layout.NEGATIVES):
                counter = (counter + int(GOLDEN)) & int(bits)
                other = ((_mix(counter) >> 32) * 300) >> 32
                apart = place - now[other]
                square = apart @ apart
                if other != i:
                    push = 2 * b / ((0.001 + square) * (1 + a * square**b))
                    place += rate * np.clip(push * apart, -4, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert (found != now).any(axis=1).mean() > 0.9


def _mix(state: int) -> int:
    with np.errstate(over="ignore"):
        return int(mix.py_func(np.uint64(state)))


def test_clouds_stay_apart_and_threads_change_nothing(neighbours, monkeypatch):
    monkeypatch.setattr(layout, "CHUNK", 64)
    unit, near, distance = neighbours
    threads = numba.get_num_threads()
    try:
        found = []
        for n in (1, threads):
            numba.set_num_threads(n)
            found.append(lay_out(unit, near, distance, 2, 0.1, 42))
    finally:
        numba.set_num_threads(threads)
    np.testing.assert_array_equal(*found)
    middle = found[0].reshape(3, 100, 2).mean(axis=1)
    own = np.repeat(np.arange(3), 100)
    to_middle = np.linalg.norm(found[0][:, None] - middle, axis=2)
    assert (to_middle.argmin(axis=1) == own).mean() > 0.98
