"""Walks compared with fastnode2vec and PecanPy.

Ours make all walks, and building alias tables and hash sets is timed. The peers make a sample of
the walks, and building their graphs is not timed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.graph.product_graph import ProductGraph
from core.graph.walks import WalkPlan, random_walks
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size, edges_of

LENGTH, WALKS = 10, 10
PARAMETERS = [(1.0, 1.0), (1.0, 0.5), (0.25, 4.0)]
FASTNODE2VEC, PECANPY = 40_000, 10_000  # walks in a sample
MOST_EDGES = 10_000_000  # fastnode2vec keeps its graph in Python objects
# Random cache lines that a step cannot do without: where a row is, and a slot in it. A step that
# looks back reads one more, where it came from.
LINES = {True: 2, False: 3}
# Names removed in numpy 2 that a requirement of PecanPy imports.
NUMPY_1_NAMES = {
    "bool8": "bool_", "object0": "object_", "int0": "intp", "uint0": "uintp", "void0": "void",
    "bytes0": "bytes_", "str0": "str_", "float_": "float64", "complex_": "complex128",
    "string_": "bytes_", "unicode_": "str_", "cfloat": "complex128", "longfloat": "longdouble",
    "singlecomplex": "complex64", "longcomplex": "clongdouble", "clongfloat": "clongdouble",
}  # fmt: skip


def stages(size: Size, graph: ProductGraph, workers: int) -> list[Stage]:
    """Return a stage for each of `PARAMETERS`; a unit is a walk."""
    peers = [] if size.growing else [_fastnode2vec(graph), _pecanpy(graph, workers)]

    def ours(p: float, q: float) -> Callable[[], Done]:
        plan = WalkPlan(WALKS, LENGTH, p, q)
        return lambda: Done(len(random_walks(graph, plan, workers)))

    found = []
    for p, q in PARAMETERS:
        first_order = p == q == 1
        name = "first-order walks" if first_order else f"walks p={p:g} q={q:g}"
        contestants = [Contestant("ours", ours(p, q))]
        contestants += [peer(p, q) for peer in peers]
        lines = LINES[first_order] * (LENGTH - 1)
        found.append(Stage(name, "walks", contestants, lambda m, lines=lines: m.lines_read / lines))
    return found


def _fastnode2vec(graph: ProductGraph) -> Callable[[float, float], Contestant]:
    """Return plain fastnode2vec: one Python call per walk.

    It walks on one thread, as in its own training; two were slower.
    """
    name = "fastnode2vec"
    if len(graph.indices) > MOST_EDGES:
        reason = f"not tried above {MOST_EDGES:,} edges: a Python object for each"
        return lambda p, q: Contestant(name, missing=reason)
    try:
        from fastnode2vec import Graph
    except ImportError:
        return lambda p, q: Contestant(name, missing="not installed")
    edges = zip(*(column.tolist() for column in edges_of(graph)))
    theirs = Graph(edges, directed=False, weighted=True, verbose=False)
    rng = np.random.default_rng(0)
    starts = rng.integers(0, len(theirs.node_names), FASTNODE2VEC).tolist()

    def make(p: float, q: float) -> Contestant:
        def run() -> Done:
            for start in starts:
                theirs.generate_random_walk(LENGTH, p, q, start)
            return Done(len(starts))

        return Contestant(name, run, f"sample of {FASTNODE2VEC:,} walks, one thread")

    return make


def _pecanpy(graph: ProductGraph, workers: int) -> Callable[[float, float], Contestant]:
    """Return PecanPy's compiled walker, without its conversion of walks to lists of strings."""
    import numba

    name = "PecanPy"
    for old, new in NUMPY_1_NAMES.items():
        if old not in vars(np):
            setattr(np, old, getattr(np, new))
    try:
        from numba_progress import ProgressBar
        from pecanpy import pecanpy
    except (ImportError, AttributeError) as error:
        reason = f"cannot be imported: {error}"
        return lambda p, q: Contestant(name, missing=reason)
    csr = graph.indptr.astype(np.uint64), graph.indices.astype(np.uint32), graph.weights
    starts = np.random.default_rng(0).integers(0, graph.n_products, PECANPY).astype(np.uint32)

    def make(p: float, q: float) -> Contestant:
        kind = pecanpy.PreCompFirstOrder if p == q == 1 else pecanpy.SparseOTF
        peer = kind(p=p, q=q)
        peer.indptr, peer.indices, peer.data = csr
        peer.preprocess_transition_probs()
        ready = peer.get_has_nbrs(), peer.get_move_forward()

        def run() -> Done:
            numba.set_num_threads(workers)
            # Its length counts the steps.
            with ProgressBar(total=len(starts), disable=True) as bar:
                peer._random_walks(len(starts), LENGTH - 1, 42, starts, *ready, bar)
            return Done(len(starts))

        return Contestant(name, run, f"sample of {PECANPY:,} walks", compiles=True)

    return make
