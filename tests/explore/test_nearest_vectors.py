"""Exact neighbours against a full sort, ties and all."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.explore.nearest_vectors import BLOCK, nearest


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("n", [30, 2 * BLOCK + 17])
def test_nearest_is_what_sorting_finds(n, workers):
    # Few distinct small integers: many ties, and no rounding.
    vectors = np.random.default_rng(0).integers(-2, 3, (n, 4)).astype(np.float32)
    rows = np.arange(0, n, 3)
    indices, distances = nearest(vectors, 9, "euclidean", queries=rows, workers=workers)
    squares = ((vectors[:, None] - vectors) ** 2).sum(axis=2)
    for row, found, distance in zip(rows, indices, distances):
        others = [p for p in range(n) if p != row]
        assert found.tolist() == sorted(others, key=lambda p: (squares[row, p], p))[:9]
        assert distance.tolist() == np.sqrt(squares[row, found]).tolist()


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_and_distances_are_those_of_scikit_learn(metric):
    vectors = np.random.default_rng(1).normal(size=(300, 16)).astype(np.float32)
    search = NearestNeighbors(n_neighbors=10, metric=metric, algorithm="brute")
    expected, order = search.fit(vectors.astype(np.float64)).kneighbors()
    indices, distances = nearest(vectors, 10, metric)
    assert np.array_equal(indices, order)
    np.testing.assert_allclose(distances, expected, rtol=1e-5)


def test_with_a_large_k_all_others_are_neighbours():
    vectors = np.ones((5, 2), np.float32)
    indices, distances = nearest(vectors, 4)
    assert indices.tolist() == [[p for p in range(5) if p != row] for row in range(5)]
    assert not distances.any()
