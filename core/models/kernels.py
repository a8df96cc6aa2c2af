"""The compiled reading and moving of rows.

The kernels are serial and let go of the interpreter lock; threads call them on parts that share
nothing, so that the result does not depend on the number of threads.
"""

from __future__ import annotations

import numba
import numpy as np

from core.graph.prefetch import prefetch

LINE = 16  # float32 numbers in a cache line
AHEAD = 8  # rows asked for before they are needed


@numba.njit(cache=True, nogil=True)
def gather_rows(table, ids, rows):
    """Copy the rows `ids` of a table; padding gives the first row.

    Parameters
    ----------
    table : float32 array, shape (n_rows, dim)
    ids : int32 array, shape (n,)
        Row numbers; negative ones are padding.
    rows : float32 array, shape (n, dim)
        Filled.
    """
    n, dim = rows.shape
    flat = table.reshape(table.size)
    for i in range(n):
        ahead = max(ids[min(i + AHEAD, n - 1)], 0) * dim
        for k in range(0, dim, LINE):
            prefetch(flat, np.uint64(ahead + k))
        row = max(ids[i], 0)
        for k in range(dim):
            rows[i, k] = table[row, k]


@numba.njit(cache=True, nogil=True)
def chain_duplicates(ids, last, following, distinct):
    """Chain the positions of every distinct id.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Row numbers; negative ones are padding.
    last : int32 array, shape (n_rows,)
        All -1. On return the last position of every id that occurs.
    following : int32 array, shape (n,)
        Filled with the position before this one of the same id, -1 at the end of the chain.
    distinct : int32 array, shape (n,)
        Its beginning is filled with the distinct ids in order of appearance.

    Returns
    -------
    int
        How many distinct ids there are.
    """
    n, n_distinct = len(ids), 0
    for position in range(n):
        prefetch(last, np.uint64(max(ids[min(position + 3 * AHEAD, n - 1)], 0)))
        row = ids[position]
        if row < 0:
            continue
        if last[row] < 0:
            distinct[n_distinct] = row
            n_distinct += 1
        following[position] = last[row]
        last[row] = position
    return n_distinct


@numba.njit(cache=True, nogil=True, fastmath=True)
def row_adagrad(table, squares, gradients, last, following, distinct, rate, epsilon):
    """Sum the gradients of equal rows and take one row-wise Adagrad step on each distinct row.

    A row keeps one number, the sum over its steps of the mean square of its gradient g, and moves
    by ``-rate * g / sqrt(that sum)``.

    Parameters
    ----------
    table : float32 array, shape (n_rows, dim)
        Changed in place.
    squares : float32 array, shape (n_rows,)
        Changed in place.
    gradients : float32 array, shape (n, dim)
        One gradient a position. Used as scratch space.
    last, following : int32 arrays
        From `chain_duplicates`; `last` is set back to -1 for the rows that are moved.
    distinct : int32 array
        The rows to move.
    rate, epsilon : float
    """
    dim, n = table.shape[1], len(distinct)
    flat = table.reshape(table.size)
    for d in range(n):
        # First what leads to the gradients, then the row itself.
        prefetch(last, np.uint64(distinct[min(d + 3 * AHEAD, n - 1)]))
        prefetch(squares, np.uint64(distinct[min(d + 3 * AHEAD, n - 1)]))
        ahead = distinct[min(d + AHEAD, n - 1)] * dim
        for k in range(0, dim, LINE):
            prefetch(flat, np.uint64(ahead + k))
        row = distinct[d]
        first = last[row]
        last[row] = -1
        position = following[first]
        while position >= 0:
            for k in range(dim):
                gradients[first, k] += gradients[position, k]
            position = following[position]
        square = np.float32(0)
        for k in range(dim):
            square += gradients[first, k] * gradients[first, k]
        squares[row] += square / np.float32(dim)
        step = np.float32(rate) / np.sqrt(squares[row] + np.float32(epsilon))
        for k in range(dim):
            table[row, k] -= step * gradients[first, k]


def compile_kernels() -> None:
    """Compile what moves rows, or read it from numba's cache, so that no timing includes it."""
    rows, squares = np.zeros((1, 1), np.float32), np.ones(1, np.float32)
    ids = np.zeros(1, np.int32)
    last, following, distinct = (np.full(1, -1, np.int32) for _ in range(3))
    n_distinct = chain_duplicates(ids, last, following, distinct)
    row_adagrad(rows, squares, rows, last, following, distinct[:n_distinct], 0.0, 0.0)
