"""Random walks on the product graph, compiled, and the same at any number of workers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from core.config import UserError
from core.graph.alias import GOLDEN, draw, fill_alias_rows, mix, stream
from core.graph.product_graph import ProductGraph

# Walkers that one thread moves in turn. A step waits for memory; the steps of other walkers do not
# depend on it, so the processor runs ahead into them and many such waits overlap.
LOCKSTEP = 128
CHUNK = 1 << 15  # walks handed to a thread at a time


def first_order_walks(
    graph: ProductGraph,
    walks_per_product: int = 10,
    length: int = 10,
    seed: int = 42,
    workers: int = 1,
    starts: np.ndarray | None = None,
) -> np.ndarray:
    """Walk the graph with ``p(v | u) = w_uv / sum of w_u``.

    Parameters
    ----------
    graph : ProductGraph
    walks_per_product : int
        Rounds; in each, every product with a neighbour starts one walk, in a new random order.
    length : int
        Products in a walk, the start included.
    seed : int
        Walk i follows from (seed, i) alone: the result is bit-equal for any `workers`.
    workers : int
        Threads.
    starts : int array, optional
        Products to start from; everything by default. Those without neighbours start no walk.

    Returns
    -------
    int32 array, shape (n_walks, length)
        -1 after a product that has no way out (directed graphs only).

    Raises
    ------
    UserError
        If `walks_per_product`, `length` or `workers` is not at least 1.
    ValueError
        If a start is not a product, or a weight is not positive.
    """
    walks = _begin(graph, walks_per_product, length, seed, workers, starts)
    slots = alias_slots(graph, workers)
    key = _key(seed)
    in_chunks(
        lambda first, last: _first_order(graph.indptr, slots, walks, key, first, last),
        len(walks),
        CHUNK,
        workers,
    )
    return walks


def alias_slots(graph: ProductGraph, workers: int = 1) -> np.ndarray:
    """Return the alias table of every row, uint32, shape (len(graph.indices), 3)."""
    if len(graph.weights) and not (graph.weights.min() > 0 and np.isfinite(graph.weights).all()):
        raise ValueError("every weight of the graph must be a positive number")
    slots = np.empty((len(graph.indices), 3), np.uint32)
    in_chunks(
        lambda first, last: fill_alias_rows(
            graph.indptr, graph.indices, graph.weights, slots, first, last
        ),
        graph.n_products,
        CHUNK,
        workers,
    )
    return slots


def in_chunks(work: Callable[[int, int], None], total: int, size: int, workers: int) -> None:
    """Call ``work(first, last)`` for each chunk of ``0 .. total - 1`` on `workers` threads."""
    chunks = [(first, min(first + size, total)) for first in range(0, total, size)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda chunk: work(*chunk), chunks))


def _begin(graph, walks_per_product, length, seed, workers, starts) -> np.ndarray:
    """Check the arguments; return the walks with their starts filled in."""
    for name, value in [
        ("walks_per_product", walks_per_product),
        ("length", length),
        ("workers", workers),
    ]:
        if value < 1:
            raise UserError(f"Walks need {name} of at least 1, not {value}: set it higher.")
    if starts is None:
        starts = np.arange(graph.n_products, dtype=np.int32)
    else:
        starts = np.asarray(starts, np.int32)
        if len(starts) and not (starts.min() >= 0 and starts.max() < graph.n_products):
            raise ValueError(f"starts must lie in 0 .. {graph.n_products - 1}")
    starts = starts[graph.degree[starts] > 0]
    walks = np.empty((walks_per_product * len(starts), length), np.int32)
    rng = np.random.default_rng(seed)
    for round_ in range(walks_per_product):
        walks[round_ * len(starts) : (round_ + 1) * len(starts), 0] = rng.permutation(starts)
    return walks


def _key(seed: int) -> np.uint64:
    """Return the 64 bits that all streams of this seed share."""
    return np.uint64(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])


@njit(cache=True, nogil=True)
def _first_order(indptr, slots, walks, key, first, last):
    """Fill walks ``first .. last - 1``, whose column 0 holds the starts."""
    counters = np.empty(LOCKSTEP, np.uint64)
    for begin in range(first, last, LOCKSTEP):
        n = min(LOCKSTEP, last - begin)
        for i in range(n):
            counters[i] = stream(key, begin + i)
        for step in range(1, walks.shape[1]):
            for i in range(n):
                node = walks[begin + i, step - 1]
                after = np.int64(-1)
                if node >= 0:
                    start = indptr[node]
                    degree = indptr[node + 1] - start
                    if degree > 0:
                        after = draw(slots, start, degree, mix(counters[i]))
                counters[i] += GOLDEN
                walks[begin + i, step] = after
