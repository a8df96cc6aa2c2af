"""The compiled reading and moving of rows.

The kernels are serial and let go of the interpreter lock; threads call them on parts that share
nothing, so that the result does not depend on the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch

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


class Chains(NamedTuple):
    """Where in a list of ids each distinct one stands.

    Attributes
    ----------
    distinct : int32 array, shape (n_distinct,)
        In order of appearance; negative ids are padding, and none of them.
    last : int32 array, shape (n_distinct,)
        The last position of each.
    following : int32 array, shape (n,)
        The position before this one of the same id; -1 at the end of the chain.
    slots : int32 array, shape (n,)
        Where in `distinct` the id stands; 0 for padding.
    """

    distinct: np.ndarray
    last: np.ndarray
    following: np.ndarray
    slots: np.ndarray


def chain(ids: np.ndarray, slot: np.ndarray) -> Chains:
    """Chain the positions of every distinct id.

    Parameters
    ----------
    ids : int32 array, shape (n,)
    slot : int32 array, shape (n_rows,)
        All -1, and so again on return.
    """
    distinct, last, following, slots = np.empty((4, len(ids)), np.int32)
    n_distinct = _chain(ids, slot, distinct, last, following, slots)
    return Chains(distinct[:n_distinct], last[:n_distinct], following, slots)


@numba.njit(cache=True, nogil=True)
def _chain(ids, slot, distinct, last, following, slots):
    n, n_distinct = len(ids), 0
    for position in range(n):
        prefetch(slot, np.uint64(max(ids[min(position + 3 * AHEAD, n - 1)], 0)))
        row = ids[position]
        if row < 0:
            slots[position] = 0
            continue
        at = slot[row]
        if at < 0:
            at = slot[row] = n_distinct
            distinct[at], last[at] = row, -1
            n_distinct += 1
        following[position], last[at], slots[position] = last[at], position, at
    for at in range(n_distinct):
        slot[distinct[at]] = -1
    return n_distinct


@numba.njit(cache=True, nogil=True, fastmath=True)
def row_adagrad(table, squares, gradients, distinct, last, following, rate, epsilon):
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
    distinct, last, following : int32 arrays
        See `Chains`; of the first two, those of the rows to move.
    rate, epsilon : float
    """
    dim, n = table.shape[1], len(distinct)
    flat, flat_gradients = table.reshape(table.size), gradients.reshape(gradients.size)
    for d in range(n):
        ahead = min(d + AHEAD, n - 1)
        prefetch(squares, np.uint64(distinct[ahead]))
        for k in range(0, dim, LINE):
            prefetch(flat, np.uint64(distinct[ahead] * dim + k))
            prefetch(flat_gradients, np.uint64(last[ahead] * dim + k))
        row, first = distinct[d], last[d]
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
    chains = chain(np.zeros(1, np.int32), np.full(1, -1, np.int32))
    row_adagrad(rows, squares, rows, *chains[:3], 0.0, 0.0)
