"""The row updates: what torch's own operators do slowly on a CPU.

The kernels are serial and let go of the interpreter lock; threads call them on disjoint rows, so
that the result does not depend on the number of threads.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def number_distinct(ids, slot_of, slots, distinct):
    """Number the distinct ids in order of appearance.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Row numbers; negative ones are padding.
    slot_of : int32 array, shape (n_rows,)
        Scratch: all -1 before and after.
    slots : int32 array, shape (n,)
        Filled with the number of every id, -1 for padding.
    distinct : int32 array, shape (n,)
        Its beginning is filled with the distinct ids.

    Returns
    -------
    int
        How many distinct ids there are.
    """
    n_distinct = 0
    for position in range(len(ids)):
        row = ids[position]
        if row < 0:
            slots[position] = -1
            continue
        if slot_of[row] < 0:
            slot_of[row] = n_distinct
            distinct[n_distinct] = row
            n_distinct += 1
        slots[position] = slot_of[row]
    for slot in range(n_distinct):
        slot_of[distinct[slot]] = -1
    return n_distinct


@numba.njit(cache=True, nogil=True, fastmath=True)
def add_rows(total, slots, rows, first, last):
    """Add every row to the total of its slot, for the slots ``first .. last - 1`` only.

    Parameters
    ----------
    total : float32 array, shape (n_distinct, dim)
        Changed in place.
    slots : int32 array, shape (n,)
    rows : float32 array, shape (n, dim)
    first, last : int
    """
    dim = total.shape[1]
    for position in range(len(slots)):
        slot = slots[position]
        if first <= slot < last:
            for k in range(dim):
                total[slot, k] += rows[position, k]


@numba.njit(cache=True, nogil=True, fastmath=True)
def adagrad_rows(table, squares, distinct, total, first, last, rate, epsilon):
    """Take one row-wise Adagrad step on the rows of the slots ``first .. last - 1``.

    A row keeps one number, the sum over its steps of the mean square of its gradient g, and moves
    by ``-rate * g / sqrt(that sum)``.

    Parameters
    ----------
    table : float32 array, shape (n_rows, dim)
        Changed in place.
    squares : float32 array, shape (n_rows,)
        Changed in place.
    distinct : int32 array, shape (>= last,)
        Row number of every slot.
    total : float32 array, shape (>= last, dim)
        Gradient of every slot.
    first, last : int
    rate, epsilon : float
    """
    dim = table.shape[1]
    for slot in range(first, last):
        row = distinct[slot]
        square = np.float32(0)
        for k in range(dim):
            square += total[slot, k] * total[slot, k]
        squares[row] += square / np.float32(dim)
        step = np.float32(rate) / np.sqrt(squares[row] + np.float32(epsilon))
        for k in range(dim):
            table[row, k] -= step * total[slot, k]
