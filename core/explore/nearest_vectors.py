"""Exact nearest neighbours of many vectors at once, by blocks of a matrix product."""

from __future__ import annotations

from typing import Literal

import numpy as np

from core.models.inner_product_model import unit_rows
from core.parallel import in_chunks, single_threaded_libraries

Metric = Literal["cosine", "euclidean"]

BLOCK = 256  # queries per block; their scores with all vectors about fit into the CPU cache


def nearest(
    vectors: np.ndarray,
    k: int,
    metric: Metric = "cosine",
    *,
    queries: np.ndarray | None = None,
    workers: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` nearest others of each query, nearest first; exact.

    Parameters
    ----------
    vectors : float32 array, shape (n, dim)
    k : int
        Smaller than n.
    metric : {"cosine", "euclidean"}
        The cosine distance is 1 minus the cosine.
    queries : int array, shape (m,), optional
        Rows of `vectors`; all of them by default.
    workers : int
        Threads. They do not change the result.

    Returns
    -------
    indices : int32 array, shape (m, k)
        Ties have the smaller index first.
    distances : float32 array, shape (m, k)
    """
    table = unit_rows(vectors) if metric == "cosine" else np.asarray(vectors, np.float32)
    rows = np.arange(len(table)) if queries is None else np.asarray(queries)
    # The nearest y of x has the largest x·y - |y|²/2; with vectors of length 1 that is the cosine.
    half_squares = np.einsum("ij,ij->i", table, table) / 2
    indices = np.empty((len(rows), k), np.int32)
    squares = np.empty((len(rows), k), np.float32)

    def search(first: int, last: int) -> None:
        own = rows[first:last]
        scores = table[own] @ table.T
        scores -= half_squares
        scores[np.arange(len(own)), own] = -np.inf
        border = np.partition(scores, len(table) - k, axis=1)[:, len(table) - k]
        # More than k if there are ties.
        row, near = np.nonzero(scores >= border[:, None])
        square = ((table[own[row]] - table[near]) ** 2).sum(axis=1)
        order = np.lexsort((near, square, row))
        start = np.searchsorted(row, np.arange(len(own)))
        best = order[start[:, None] + np.arange(k)]
        indices[first:last], squares[first:last] = near[best], square[best]

    with single_threaded_libraries():
        in_chunks(search, len(rows), BLOCK, workers)
    return indices, squares / 2 if metric == "cosine" else np.sqrt(squares)
