"""The row work around the matrix products: what torch's own operators do slowly on a CPU."""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def chain_duplicates(ids, last, following, distinct):
    """Chain the positions of every distinct id.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Row numbers; negative ones are padding and are left out.
    last : int32 array, shape (n_rows,)
        All -1. On return the last position of every id, -1 for ids that do not occur.
    following : int32 array, shape (n,)
        Filled with the position before this one of the same id, -1 at the end of the chain.
    distinct : int32 array, shape (n,)
        Its beginning is filled with the distinct ids in order of appearance.

    Returns
    -------
    int
        Number of distinct ids.
    """
    n_distinct = 0
    for position in range(len(ids)):
        row = ids[position]
        if row < 0:
            continue
        if last[row] < 0:
            distinct[n_distinct] = row
            n_distinct += 1
        following[position] = last[row]
        last[row] = position
    return n_distinct


@numba.njit(cache=True, nogil=True, parallel=True, fastmath=True)
def row_adagrad(table, squares, gradients, last, following, distinct, rate, epsilon):
    """Sum the gradients of equal rows and take one row-wise Adagrad step on each row.

    Row r keeps one number, the sum over its steps of the mean square of its gradient g, and moves
    by ``-rate * g / sqrt(that sum)``. A row is summed and moved by one thread in a fixed order:
    the result does not depend on the number of threads.

    Parameters
    ----------
    table : float32 array, shape (n_rows, dim)
        Changed in place.
    squares : float32 array, shape (n_rows,)
        Changed in place.
    gradients : tuple of float32 arrays, shapes (n_1, dim), (n_2, dim), …
        One gradient a position, positions counted through all of them. Used as scratch space.
    last, following, distinct : int32 arrays
        From `chain_duplicates`; `last` is reset to -1.
    rate, epsilon : float
    """
    dim = table.shape[1]
    for d in numba.prange(len(distinct)):
        row = distinct[d]
        position = last[row]
        last[row] = -1
        total = _row(gradients, position)
        position = following[position]
        while position >= 0:
            other = _row(gradients, position)
            for k in range(dim):
                total[k] += other[k]
            position = following[position]
        square = np.float32(0)
        for k in range(dim):
            square += total[k] * total[k]
        squares[row] += square / np.float32(dim)
        step = np.float32(rate) / np.sqrt(squares[row] + np.float32(epsilon))
        for k in range(dim):
            table[row, k] -= step * total[k]


@numba.njit(inline="always")
def _row(arrays, position):
    index = 0
    while position >= len(arrays[index]):
        position -= len(arrays[index])
        index += 1
    return arrays[index][position]
