"""Drift of neighbourhoods against sets by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore import neighbour_drift as module
from core.explore.neighbour_drift import MIN_DEGREE, neighbour_drift


def nearest_set(vectors: np.ndarray, usable: np.ndarray, product: int, k: int) -> set[int]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit[product]
    cosine[~usable] = -np.inf
    cosine[product] = -np.inf
    return set(np.argsort(-cosine)[:k].tolist())


def test_shared_neighbours_are_those_of_both_runs(split):
    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(split.n_products, dim)).astype(np.float32) for dim in (6, 9))
    usable = rng.random(split.n_products) < 0.8
    drift = neighbour_drift((first, second), usable, split, k=7)
    wanted = usable & (split.graph.degree >= MIN_DEGREE)
    assert set(drift.table["product"]) == set(np.flatnonzero(wanted))
    assert drift.table["shared"].is_monotonic_increasing and drift.n_candidates == wanted.sum()
    for row in drift.table.itertuples():
        sets = [nearest_set(vectors, usable, row.product, 7) for vectors in (first, second)]
        assert row.shared == len(sets[0] & sets[1])
        assert row.degree == split.graph.degree[row.product]
    assert drift.mean == pytest.approx(drift.table["shared"].mean())


def test_a_run_does_not_drift_from_itself(split):
    vectors = np.random.default_rng(1).normal(size=(split.n_products, 5)).astype(np.float32)
    # Neither turning nor scaling the vectors changes a neighbourhood.
    drift = neighbour_drift((vectors, -3 * vectors), np.ones(split.n_products, bool), split)
    assert (drift.table["shared"] == drift.k).all() and drift.k == 10


def test_many_products_are_sampled_by_the_seed(split, monkeypatch):
    rng = np.random.default_rng(2)
    vectors = [rng.normal(size=(split.n_products, 5)).astype(np.float32) for _ in "ab"]
    monkeypatch.setattr(module, "MAX_CHECKED", 20)
    usable = np.ones(split.n_products, bool)
    drawn = [
        set(neighbour_drift(tuple(vectors), usable, split, seed=seed).table["product"])
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2] and len(drawn[0]) == 20


def test_without_common_products_the_list_is_empty(split):
    vectors = np.ones((split.n_products, 2), np.float32)
    drift = neighbour_drift((vectors, vectors), np.zeros(split.n_products, bool), split)
    assert drift.table.empty and drift.n_candidates == 0
