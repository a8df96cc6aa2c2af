"""Inner products of many pairs of rows, without copies of the rows."""

from __future__ import annotations

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch
from core.parallel import in_chunks

CHUNK = 1 << 14  # pairs per task of a thread
AHEAD = 8  # pairs whose rows are prefetched before they are needed
_LINE = 16  # numbers in a cache line


def pair_dots(queries: np.ndarray, keys: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return ``queries[u[i]] @ keys[v[i]]`` for every i, float32, shape (len(u),).

    Parameters
    ----------
    queries, keys : float32 arrays, shape (n, width), in C order
    u, v : int arrays
    """
    out = np.empty(len(u), np.float32)
    u, v = np.asarray(u, np.int64), np.asarray(v, np.int64)
    in_chunks(
        lambda first, last: _dots(queries, keys, u, v, out, first, last),
        len(u),
        CHUNK,
        numba.get_num_threads(),
    )
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _dots(queries, keys, u, v, out, first, last):
    width = queries.shape[1]
    for i in range(first, last):
        ahead = min(i + AHEAD, last - 1)
        left, right = queries[u[ahead]], keys[v[ahead]]
        for k in range(0, width, _LINE):
            prefetch(left, np.uint64(k))
            prefetch(right, np.uint64(k))
        left, right = queries[u[i]], keys[v[i]]
        total = np.float32(0)
        for k in range(width):
            total += left[k] * right[k]
        out[i] = total
