"""The hash sets of neighbours against Python's sets."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from core.graph.kernels.alias_sampling import NOWHERE
from core.graph.kernels.neighbour_hash_sets import (
    empty_buckets,
    fill_neighbour_sets,
    find,
    home,
    set_of,
)
from core.graph.product_graph import Pairs, ProductGraph


@njit
def look_up(buckets, indptr, node, wanted):
    """Return home bucket, last bucket searched and place + 1 of each of `wanted` (uint64)."""
    start = np.uint64(indptr[node])
    first, n_buckets = set_of(np.uint64(node), start, np.uint64(indptr[node + 1]) - start)
    result = np.empty((len(wanted), 3), np.int64)
    for i in range(len(wanted)):
        result[i, 0] = home(first, n_buckets, wanted[i])
        result[i, 1:] = find(buckets, first, n_buckets, wanted[i], np.uint64(result[i, 0]))
    return result


def heavy_tailed_graph() -> ProductGraph:
    """Return a graph of 2,000 products whose degrees go from 0 to about 1,500."""
    rng = np.random.default_rng(0)
    u, v = (1990 * rng.random((2, 20_000)) ** 3).astype(np.int32)
    keys = np.unique(np.minimum(u, v).astype(np.int64) * 2000 + np.maximum(u, v))
    u, v = (keys // 2000).astype(np.int32), (keys % 2000).astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 5.4], np.float32), len(u))
    return ProductGraph.from_pairs(Pairs(u, v, weight, np.ones(len(u), np.uint8)), 2000)


@pytest.mark.parametrize("extra", [0.0, 3.0])
def test_members_are_found_and_others_are_not(extra):
    graph = heavy_tailed_graph()
    buckets = empty_buckets(graph.n_products, len(graph.indices), extra > 0)
    # In two parts, as two threads would.
    for rows in ((700, 2000), (0, 700)):
        fill_neighbour_sets(
            graph.indptr, graph.indices, graph.weights, np.float64(extra), buckets, *rows
        )
    everything, spilled = np.arange(2000, dtype=np.uint64), 0
    for node in np.flatnonzero(graph.degree):
        neighbours, weights = graph.neighbours(node)
        begin, bucket, place = look_up(buckets, graph.indptr, node, everything).T
        np.testing.assert_array_equal(np.flatnonzero(place > 0), neighbours)
        spilled += (bucket != begin)[neighbours].sum()
        if extra:
            share = weights / weights.sum(dtype=float)
            limit = buckets[bucket[neighbours], place[neighbours] + 7]
            expected = extra * share / (1 + extra * share)
            np.testing.assert_allclose(limit / 2**32, expected, atol=1e-9)
    assert spilled > 0  # full buckets were met
    assert (buckets[:, :8] != NOWHERE).sum() == len(graph.indices)


def test_memory_is_linear_in_products_and_edges():
    assert empty_buckets(1000, 8000, False).nbytes <= 32 * (1000 + 8000 / 4 + 1)
    assert empty_buckets(1000, 8000, True).ctypes.data % 64 == 0
