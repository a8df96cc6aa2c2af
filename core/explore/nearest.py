"""Exact nearest neighbours of many vectors at once, by blocks of a matrix product."""

from __future__ import annotations

import numba
import numpy as np

from core.parallel import in_chunks

BLOCK = 256


def nearest(unit: np.ndarray, rows: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` products with the largest inner product to each of `rows`, itself left out.

    Parameters
    ----------
    unit : float32 array, shape (n, dim)
        Rows of length 1, so that the inner product is the cosine.
    rows : int array, shape (m,)
    k : int
        Smaller than n.

    Returns
    -------
    indices : int32 array, shape (m, k)
        Best first; ties go to the smaller index.
    values : float32 array, shape (m, k)
    """
    indices = np.empty((len(rows), k), np.int32)
    values = np.empty((len(rows), k), np.float32)

    def work(first: int, last: int) -> None:
        scores = unit[rows[first:last]] @ unit.T
        _keep_best(scores, rows[first:last], indices[first:last], values[first:last])

    in_chunks(work, len(rows), BLOCK, numba.get_num_threads())
    return indices, values


@numba.njit(cache=True, nogil=True)
def _keep_best(scores, own, indices, values):
    """Fill `indices` and `values` with the best of every row of `scores`, but for its own."""
    k = indices.shape[1]
    for row in range(scores.shape[0]):
        kept = 0
        worst = -np.inf
        for other in range(scores.shape[1]):
            score = scores[row, other]
            if (kept == k and score <= worst) or other == own[row]:
                continue
            place = kept if kept < k else k - 1
            while place > 0 and values[row, place - 1] < score:
                values[row, place] = values[row, place - 1]
                indices[row, place] = indices[row, place - 1]
                place -= 1
            values[row, place] = score
            indices[row, place] = other
            kept = min(kept + 1, k)
            worst = values[row, kept - 1]
