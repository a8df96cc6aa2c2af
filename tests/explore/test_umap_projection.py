"""The map of vectors with known clusters, and its measures against brute force."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from core.config import UserError
from core.explore import umap_projection
from core.explore.nearest_vectors import nearest
from core.explore.umap_projection import (
    MapSettings,
    neighbour_recall,
    project,
    stratified_sample,
)
from core.models.inner_product_model import unit_rows

TEN = MapSettings(n_neighbors=10)


@pytest.fixture(scope="module")
def vectors(split):
    """Eight clusters, one per community."""
    rng = np.random.default_rng(0)
    centers = np.eye(8, 16)
    return (centers[np.arange(200) // 25] + 0.05 * rng.normal(size=(200, 16))).astype(np.float32)


@pytest.fixture(scope="module")
def flat_map(vectors, split):
    return project(vectors, split, TEN)


def test_products_of_one_cluster_are_close_on_the_map(flat_map, split):
    points = flat_map.table[["x", "y"]].to_numpy()
    community = flat_map.table["product"].to_numpy() // 25
    distance = pairwise_distances(points)
    np.fill_diagonal(distance, np.inf)
    assert (community[distance.argmin(axis=1)] == community).mean() > 0.99


def test_the_facts_describe_the_map(flat_map, split):
    facts = json.loads(json.dumps(flat_map.facts))
    assert facts["points"] == facts["candidates"] == split.seen.sum() == len(flat_map.table)
    assert facts["left_out"] == (~split.seen).sum()
    assert 0.3 < facts["preserved"] <= 1


def test_the_same_seed_gives_the_same_map(vectors, split, flat_map):
    again = project(vectors, split, TEN)
    assert again.table.equals(flat_map.table)
    other = project(vectors, split, MapSettings(n_neighbors=10, seed=1))
    assert not other.table.equals(flat_map.table)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_umap_uses_the_given_neighbours_without_a_search(vectors, split, monkeypatch, metric):
    def refuse(*_, **__):
        raise AssertionError("UMAP searched for neighbours")

    monkeypatch.setattr("umap.umap_.nearest_neighbors", refuse)
    settings = MapSettings(n_neighbors=10, metric=metric)
    projection = project(vectors, split, settings)
    assert np.isfinite(projection.table[["x", "y"]]).all(axis=None)
    assert projection.facts["metric"] == metric


def test_three_dimensions_and_a_sample(vectors, split, monkeypatch):
    monkeypatch.setattr(umap_projection, "MAX_POINTS", 80)
    projection = project(vectors, split, MapSettings(dimensions=3, n_neighbors=8))
    assert list(projection.table) == ["product", "x", "y", "z", "region"]
    assert len(projection.table) == 80 and projection.facts["candidates"] == split.seen.sum()
    shares = np.bincount(projection.table["product"] // 25, minlength=8)
    assert shares.min() >= 9 and shares.max() <= 11


def test_vectors_of_zeros_and_unseen_products_are_left_out(vectors, split):
    emptied = vectors.copy()
    emptied[:30] = 0
    projection = project(emptied, split, TEN, include_unseen=True)
    assert projection.table["product"].tolist() == list(range(30, 200))


def test_too_few_vectors_are_refused(vectors, split):
    with pytest.raises(UserError, match="at least 20 products"):
        project(np.zeros_like(vectors), split, TEN)


def test_neighbour_recall_is_what_brute_force_counts():
    rng = np.random.default_rng(4)
    unit, points = unit_rows(rng.normal(size=(150, 8))), rng.normal(size=(150, 2))
    rows = np.array([0, 3, 77, 149])
    near, _ = nearest(unit, 12, queries=rows)
    distance = pairwise_distances(points)
    np.fill_diagonal(distance, np.inf)
    kept = [len(set(near[i]) & set(np.argsort(distance[row])[:12])) for i, row in enumerate(rows)]
    assert neighbour_recall(near, points, rows) == pytest.approx(sum(kept) / 48)


def test_a_map_equal_to_the_vectors_preserves_all_neighbours():
    angle = np.random.default_rng(5).uniform(0, 2 * np.pi, 200)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    rows = np.arange(200)
    near, _ = nearest(circle, 10)
    assert neighbour_recall(near, circle, rows) > 0.99


def test_the_sample_takes_every_stratum_by_its_share():
    rng = np.random.default_rng(0)
    strata = np.repeat([0, 1, 2, 3], [500, 300, 190, 10])
    candidates = np.arange(1000) * 2
    drawn = stratified_sample(candidates, strata, 100, rng)
    assert np.bincount(strata[drawn // 2]).tolist() == [50, 30, 19, 1]
    assert np.all(np.diff(drawn) > 0)
    odd = stratified_sample(candidates, strata, 37, np.random.default_rng(0))
    assert len(odd) == 37
    quota = np.bincount(strata[odd // 2], minlength=4)
    assert np.all(np.abs(quota - 37 * np.array([0.5, 0.3, 0.19, 0.01])) < 1)
    assert np.array_equal(stratified_sample(candidates, strata, 5000, rng), candidates)


def test_within_a_stratum_the_draw_is_uniform():
    counts = np.zeros(40)
    for seed in range(400):
        drawn = stratified_sample(
            np.arange(40), np.repeat([0, 1], 20), 10, np.random.default_rng(seed)
        )
        counts[drawn] += 1
    # Every product is drawn with probability 1/4: 100 times, within 5 standard deviations.
    assert np.all(np.abs(counts - 100) < 5 * np.sqrt(400 * 0.25 * 0.75))
