"""Compiled operations on rows of a table: group repeated ids, gather, update by Adagrad or Adam.

The kernels are serial and release the interpreter lock. Threads call them on disjoint parts, so the
result does not depend on the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch

LINE = 16  # float32 numbers in a cache line
AHEAD = 8  # rows prefetched before they are needed


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
    """The positions of each distinct id in a list of ids.

    Attributes
    ----------
    distinct : int32 array, shape (n_distinct,)
        In order of appearance, without the negative ids, which are padding.
    last : int32 array, shape (n_distinct,)
        The last position of each.
    following : int32 array, shape (n,)
        The previous position of the same id; -1 at the end of the chain.
    slots : int32 array, shape (n,)
        Index in `distinct` of the id at each position; 0 for padding.
    """

    distinct: np.ndarray
    last: np.ndarray
    following: np.ndarray
    slots: np.ndarray

    def part(self, begin: int, end: int) -> Chains:
        """Return the chains of a range of the distinct ids."""
        return self._replace(distinct=self.distinct[begin:end], last=self.last[begin:end])


def chain(ids: np.ndarray, scratch: np.ndarray) -> Chains:
    """Chain the positions of every distinct id.

    Parameters
    ----------
    ids : int32 array, shape (n,)
    scratch : int32 array, shape (n_rows,)
        Scratch space: all -1, before and after.
    """
    distinct, last, following, slots = np.empty((4, len(ids)), np.int32)
    n_distinct = _chain(ids, scratch, distinct, last, following, slots)
    return Chains(distinct[:n_distinct], last[:n_distinct], following, slots)


@numba.njit(cache=True, nogil=True)
def _chain(ids, scratch, distinct, last, following, slots):
    n, n_distinct = len(ids), 0
    for position in range(n):
        prefetch(scratch, np.uint64(max(ids[min(position + 3 * AHEAD, n - 1)], 0)))
        row = ids[position]
        if row < 0:
            slots[position] = 0
            continue
        at = scratch[row]
        if at < 0:
            at = scratch[row] = n_distinct
            distinct[at], last[at] = row, -1
            n_distinct += 1
        following[position], last[at], slots[position] = last[at], position, at
    for at in range(n_distinct):
        scratch[distinct[at]] = -1
    return n_distinct


@numba.njit(cache=True, nogil=True, fastmath=True)
def row_adagrad(table, squares, gradients, distinct, last, following, rate, epsilon):
    """Sum the gradients of equal rows and take one row-wise Adagrad step on each distinct row.

    Its state is one number per row, the sum over its steps of the mean square of its gradient g;
    the update is ``-rate * g / sqrt(that sum)``.

    Parameters
    ----------
    table : float32 array, shape (n_rows, dim)
        Changed in place.
    squares : float32 array, shape (n_rows,)
        Changed in place.
    gradients : float32 array, shape (n, dim)
        One gradient per position. Overwritten.
    distinct, last, following : int32 arrays
        See `Chains`; `distinct` and `last` may be a part: only these rows are updated.
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


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def row_adam(
    table, means, squares, gradients, distinct, last, following, step_size, beta1, beta2, epsilon
):
    """Sum the gradients of equal rows and take one Adam step on each distinct row.

    Rows that do not occur keep their values and their moments, as in torch's `SparseAdam`.

    Parameters
    ----------
    table, means, squares : float32 arrays, shape (n_rows, dim)
        Vectors and the running means of gradient and squared gradient; changed in place.
    gradients, distinct, last, following
        As in `row_adagrad`.
    step_size : float
        Learning rate, both bias corrections included.
    beta1, beta2, epsilon : float
    """
    dim = table.shape[1]
    for i in range(len(distinct)):
        row, first = distinct[i], last[i]
        position = following[first]
        while position >= 0:
            for d in range(dim):
                gradients[first, d] += gradients[position, d]
            position = following[position]
        for d in range(dim):
            g = gradients[first, d]
            means[row, d] += np.float32(1 - beta1) * (g - means[row, d])
            squares[row, d] += np.float32(1 - beta2) * (g * g - squares[row, d])
            root = np.sqrt(squares[row, d]) + np.float32(epsilon)
            table[row, d] -= np.float32(step_size) * means[row, d] / root


def compile_kernels() -> None:
    """Compile everything here, or load it from numba's cache, so that no timing includes it."""
    rows, squares = np.zeros((1, 1), np.float32), np.ones(1, np.float32)
    chains = chain(np.zeros(1, np.int32), np.full(1, -1, np.int32))
    row_adagrad(rows, squares, rows, *chains[:3], 0.0, 0.0)
    tables = np.ones((4, 1, 1), np.float32)
    row_adam(*tables, *chains[:3], 0.0, 0.9, 0.999, 1e-8)
