"""Random walks on the product graph, compiled; bit-equal at any number of workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.config import UserError
from core.graph.kernels.alias_sampling import NOWHERE, fill_alias_rows
from core.graph.kernels.neighbour_hash_sets import empty_buckets, fill_neighbour_sets
from core.graph.kernels.walk_steps import first_order_chunk, rejection_limits, second_order_chunk
from core.graph.product_graph import ProductGraph
from core.parallel import in_chunks

CHUNK = 1 << 15  # walks, or rows of the graph, per task of a thread
# Upper limit of p and q; the lower one is its reciprocal.
MAX_PARAMETER = 1000.0


@dataclass(frozen=True)
class WalkPlan:
    """Number, length and bias of the walks.

    Attributes
    ----------
    walks_per_product : int
        Rounds; in each, every product with a neighbour starts one walk, in a new random order.
    length : int
        Products in a walk, the start included.
    p, q : float
        node2vec's return and in-out parameters, 0.001 to 1000; ``p = q = 1``: first order.
    seed : int
        Walk i depends on (seed, i) alone.

    Raises
    ------
    UserError
        If a number is out of range.
    """

    walks_per_product: int = 10
    length: int = 10
    p: float = 1.0
    q: float = 1.0
    seed: int = 42

    def __post_init__(self) -> None:
        for name in ("walks_per_product", "length"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} must be at least 1, not {getattr(self, name)}.")
        for name in ("p", "q"):
            value = getattr(self, name)
            if not 1 / MAX_PARAMETER <= value <= MAX_PARAMETER:
                raise UserError(
                    f"node2vec's {name} must lie between {1 / MAX_PARAMETER:g} and "
                    f"{MAX_PARAMETER:g}, not {value}: 0.25 to 4 is usual."
                )


def random_walks(
    graph: ProductGraph,
    plan: WalkPlan | None = None,
    workers: int = 1,
    starts: np.ndarray | None = None,
) -> np.ndarray:
    """Make random walks by edge weight; if p or q is not 1, those of node2vec.

    First order: ``p(v | u) = w_uv / sum of w_u``. Second order: from v, reached from t, the walk
    goes to x with probability proportional to w_vx times 1/p if x = t, 1 if t has x as a
    neighbour, 1/q otherwise (Grover & Leskovec, "node2vec", KDD 2016, section 3.2.2). The
    transitions are exact; nothing is stored per pair of edges, so memory is linear in the edges.

    Parameters
    ----------
    graph : ProductGraph
    plan : WalkPlan, optional
    workers : int
        Threads; the result is bit-equal for any number.
    starts : int array, optional
        Products to start from; all by default. Those without neighbours start no walk.

    Returns
    -------
    int32 array, shape (n_walks, length)
        -1 after a product without outgoing edges (directed graphs only).

    Raises
    ------
    UserError
        If `workers` is not at least 1.
    ValueError
        If a start is not a product, or a weight is not positive.
    """
    plan = plan or WalkPlan()
    if workers < 1:
        raise UserError(f"workers must be at least 1, not {workers}.")
    begins = _starts(graph, plan, starts)
    indptr, slots = alias_rows(graph, workers)
    walks = np.empty((len(begins), plan.length), np.int32)
    # The 64 bits that all random streams of this seed share.
    key = np.random.SeedSequence(plan.seed).generate_state(1, np.uint64)[0]
    if plan.p == plan.q == 1:

        def walk(first: int, last: int) -> None:
            first_order_chunk(indptr, slots, begins, walks, key, first, last)
    else:
        limits = rejection_limits(plan.p, plan.q)
        buckets = _neighbour_sets(graph, limits[0], workers)

        def walk(first: int, last: int) -> None:
            second_order_chunk(indptr, slots, buckets, limits, begins, walks, key, first, last)

    in_chunks(walk, len(walks), CHUNK, workers)
    return walks


def alias_rows(graph: ProductGraph, workers: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the row pointers and the alias slots of `graph`, with an empty row at the end.

    Returns
    -------
    indptr : int64 array, shape (n_products + 2,)
    slots : uint32 array, shape (len(graph.indices) + 1, 3)
        See `core.graph.kernels.alias_sampling.fill_alias_rows`; the last slot leads nowhere.
    """
    if len(graph.weights) and not (graph.weights.min() > 0 and np.isfinite(graph.weights).all()):
        raise ValueError("every weight of the graph must be a positive number")
    slots = np.empty((len(graph.indices) + 1, 3), np.uint32)
    slots[-1] = NOWHERE
    in_chunks(
        lambda first, last: fill_alias_rows(
            graph.indptr, graph.indices, graph.weights, slots, first, last
        ),
        graph.n_products,
        CHUNK,
        workers,
    )
    return np.append(graph.indptr, graph.indptr[-1]), slots


def _neighbour_sets(graph: ProductGraph, extra: float, workers: int) -> np.ndarray:
    """Return every product's neighbours as hash sets; see `kernels.neighbour_hash_sets`."""
    buckets = empty_buckets(graph.n_products, len(graph.indices), extra > 0)
    in_chunks(
        lambda first, last: fill_neighbour_sets(
            graph.indptr, graph.indices, graph.weights, extra, buckets, first, last
        ),
        graph.n_products,
        CHUNK,
        workers,
    )
    return buckets


def _starts(graph: ProductGraph, plan: WalkPlan, starts: np.ndarray | None) -> np.ndarray:
    """Return where each walk starts, int32, shape (n_walks,)."""
    if starts is None:
        starts = np.arange(graph.n_products, dtype=np.int32)
    else:
        starts = np.asarray(starts, np.int32)
        if len(starts) and not (starts.min() >= 0 and starts.max() < graph.n_products):
            raise ValueError(f"starts must lie in 0 .. {graph.n_products - 1}")
    starts = starts[graph.degree[starts] > 0]
    rng = np.random.default_rng(plan.seed)
    return np.concatenate([rng.permutation(starts) for _ in range(plan.walks_per_product)])
