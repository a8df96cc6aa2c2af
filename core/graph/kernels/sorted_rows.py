"""Look-ups in the rows of a compressed sparse matrix."""

from __future__ import annotations

import numba


@numba.njit(cache=True, nogil=True)
def in_row(indptr, indices, row, wanted):
    """Return whether `wanted` is in a row, whose `indices` are sorted."""
    low, high = indptr[row], indptr[row + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < indptr[row + 1] and indices[low] == wanted
