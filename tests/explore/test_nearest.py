"""Exact neighbours against a full sort, ties and all."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore.nearest import BLOCK, nearest
from core.models.base import unit_rows


@pytest.mark.parametrize("n", [30, 2 * BLOCK + 17])
def test_nearest_is_what_sorting_finds(n):
    # Few distinct small whole numbers: many ties, and no rounding.
    vectors = np.random.default_rng(0).integers(-2, 3, (n, 4)).astype(np.float32)
    rows = np.arange(0, n, 3)
    indices, values = nearest(vectors, rows, 9)
    scores = (vectors @ vectors.T).astype(int)
    for row, found, value in zip(rows, indices, values):
        others = [p for p in range(n) if p != row]
        assert found.tolist() == sorted(others, key=lambda p: (-scores[row, p], p))[:9]
        assert value.tolist() == scores[row, found].tolist()


def test_nearest_by_cosine_agrees_with_sklearn():
    from sklearn.neighbors import NearestNeighbors

    unit = unit_rows(np.random.default_rng(1).normal(size=(300, 16)))
    _, theirs = NearestNeighbors(n_neighbors=11, metric="cosine").fit(unit).kneighbors(unit)
    indices, _ = nearest(unit, np.arange(300), 10)
    assert np.array_equal(indices, theirs[:, 1:])
