"""Hash sets of each product's neighbours, for millions of look-ups per second."""

from __future__ import annotations

import numpy as np
from numba import njit

from core.graph.kernels.alias_sampling import FULL, NOWHERE, ONE, high

# A set is a run of buckets, each filled from its beginning. The members of a bucket are compared
# without branches, and few buckets are full, so most searches end in the first bucket.
MEMBERS = 8
_MEMBERS = np.uint64(MEMBERS)
_LINE = 64  # bytes in a cache line
_HASH = np.uint64(0x9E3779B1)  # Knuth's multiplicative hashing: 2^32 / golden ratio
_LOW = np.uint64(0xFFFFFFFF)


def empty_buckets(n_products: int, n_entries: int, limits: bool) -> np.ndarray:
    """Return empty buckets for the sets of a graph, uint32, shape (n_buckets, 8 or 16).

    At least half of the places stay free; the number of buckets is linear in products and edges.
    With `limits`, place k + 8 holds the return limit of the member at place k (see
    `fill_neighbour_sets`), in the same cache line.
    """
    n_buckets = n_products + n_entries // 4 + 1
    width = 2 * MEMBERS if limits else MEMBERS
    room = np.full(n_buckets * width + _LINE // 4, NOWHERE, np.uint32)
    first = -room.ctypes.data % _LINE // 4
    return room[first : first + n_buckets * width].reshape(n_buckets, width)


@njit(inline="always")
def set_of(node, start, degree):
    """Return first bucket and number of buckets of the set of `node`, all uint64."""
    return node + start // np.uint64(4), (degree + np.uint64(3)) // np.uint64(4)


@njit(inline="always")
def home(first, n_buckets, node):
    """Return the bucket in which the search for `node` begins, all uint64."""
    return first + high(((node * _HASH) & _LOW) * n_buckets)


@njit(inline="always")
def find(buckets, first, n_buckets, node, bucket):
    """Search for `node` from `bucket` on; return the last bucket searched and the place there + 1.

    The second is 0 if `node` is not in the set.
    """
    wanted = np.uint32(node)
    while True:
        place = np.uint64(0)
        for k in range(_MEMBERS):
            place += (k + ONE) * np.uint64(buckets[bucket, k] == wanted)
        if place > 0 or buckets[bucket, _MEMBERS - ONE] == NOWHERE:
            return bucket, place
        bucket += ONE
        if bucket == first + n_buckets:
            bucket = first


@njit(cache=True, nogil=True)
def fill_neighbour_sets(indptr, indices, weights, extra, buckets, first_row, last_row):
    """Write the sets of rows ``first_row .. last_row - 1`` into the empty `buckets`.

    If the buckets have limits, that of neighbour t is the probability, as a 32-bit integer, of an
    immediate return to t: mass / (1 + mass), where mass is `extra` times the share of t in the
    row's weight.
    """
    for node in range(np.uint64(first_row), np.uint64(last_row)):
        start = np.uint64(indptr[node])
        degree = np.uint64(indptr[node + ONE]) - start
        first, n_buckets = set_of(node, start, degree)
        total = 0.0
        for k in range(start, start + degree):
            total += weights[k]
        for k in range(start, start + degree):
            bucket = home(first, n_buckets, np.uint64(indices[k]))
            place = np.uint64(0)
            while buckets[bucket, place] != NOWHERE:
                place += ONE
                if place == _MEMBERS:
                    place = np.uint64(0)
                    bucket += ONE
                    if bucket == first + n_buckets:
                        bucket = first
            buckets[bucket, place] = indices[k]
            if buckets.shape[1] > MEMBERS:
                mass = extra * weights[k] / total
                buckets[bucket, place + _MEMBERS] = np.uint32(mass / (1.0 + mass) * FULL)
