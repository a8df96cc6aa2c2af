"""Walks beside fastnode2vec and PecanPy: ``python tests/benchmarks/bench_walks.py [SIZE]``.

Peers (not dependencies): ``pip install --no-deps fastnode2vec pecanpy nptyping numba-progress``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from graphs import training_graph  # noqa: E402

from core.graph.product_graph import ProductGraph  # noqa: E402
from core.graph.walks import second_order_walks  # noqa: E402

LENGTH, WALKS = 10, 10
PARAMETERS = [(1.0, 1.0), (1.0, 0.5), (0.5, 2.0), (0.25, 4.0), (4.0, 0.25)]
PEER_WALKS = {"fastnode2vec": 40_000, "PecanPy": 10_000}  # timed for a rate; ours walks everything
# Names that numpy 2 dropped and that a requirement of PecanPy asks for when it is imported.
NUMPY_1_NAMES = {
    "bool8": "bool_", "object0": "object_", "int0": "intp", "uint0": "uintp", "void0": "void",
    "bytes0": "bytes_", "str0": "str_", "float_": "float64", "complex_": "complex128",
    "string_": "bytes_", "unicode_": "str_", "cfloat": "complex128", "longfloat": "longdouble",
    "singlecomplex": "complex64", "longcomplex": "clongdouble", "clongfloat": "clongdouble",
}  # fmt: skip


class Ours:
    """This project: the alias tables and hash sets are built anew within the time measured."""

    def __init__(self, graph: ProductGraph):
        self.graph = graph

    def walk(self, p: float, q: float, workers: int) -> int:
        """Make walks; return how many."""
        return len(second_order_walks(self.graph, p, q, WALKS, LENGTH, workers=workers))


class FastNode2Vec:
    """fastnode2vec as it comes: its graph is built apart, a Python call makes a walk.

    It walks on one thread whatever `workers` says, as in its own training; two were slower.
    """

    name = "fastnode2vec"

    def __init__(self, graph: ProductGraph):
        from fastnode2vec import Graph

        source = np.repeat(np.arange(graph.n_products), graph.degree)
        once = source <= graph.indices
        columns = source[once], graph.indices[once], graph.weights[once]
        edges = zip(*(column.tolist() for column in columns))
        self.graph = Graph(edges, directed=False, weighted=True, verbose=False)
        rng = np.random.default_rng(0)
        n_products = len(self.graph.node_names)
        self.starts = rng.integers(0, n_products, PEER_WALKS[self.name]).tolist()

    def walk(self, p: float, q: float, workers: int) -> int:
        """Make walks; return how many."""
        for start in self.starts:
            self.graph.generate_random_walk(LENGTH, p, q, start)
        return len(self.starts)


class PecanPy:
    """PecanPy's compiled walker alone, without its mapping of walks to lists of strings."""

    name = "PecanPy"

    def __init__(self, graph: ProductGraph):
        import numba

        for old, new in NUMPY_1_NAMES.items():
            if old not in vars(np):
                setattr(np, old, getattr(np, new))
        from numba_progress import ProgressBar
        from pecanpy import pecanpy

        self.numba, self.bar, self.module = numba, ProgressBar, pecanpy
        self.csr = graph.indptr.astype(np.uint64), graph.indices.astype(np.uint32), graph.weights
        starts = np.random.default_rng(0).integers(0, graph.n_products, PEER_WALKS[self.name])
        self.starts = starts.astype(np.uint32)
        self.compiled = {}

    def walk(self, p: float, q: float, workers: int) -> int:
        """Make walks; return how many."""
        if (p, q) not in self.compiled:
            kind = self.module.PreCompFirstOrder if p == q == 1 else self.module.SparseOTF
            peer = kind(p=p, q=q)
            peer.indptr, peer.indices, peer.data = self.csr
            peer.preprocess_transition_probs()
            functions = peer.get_has_nbrs(), peer.get_move_forward()
            self.compiled[p, q] = peer._random_walks, functions
        random_walks, functions = self.compiled[p, q]
        self.numba.set_num_threads(workers)
        # Its length counts the steps.
        with self.bar(total=len(self.starts), disable=True) as bar:
            random_walks(len(self.starts), LENGTH - 1, 42, self.starts, *functions, bar)
        return len(self.starts)


def run(
    size: str = "electronics", repeats: int = 3, workers: tuple[int, ...] = (1, 2)
) -> list[dict]:
    """Return one dict a stage, peer and number of workers.

    `rate` is in walks a second (median of `repeats`, all in turn so that other load on the machine
    hits them alike; compiled before), `ratio` ours to the peer's, taken within each turn.
    """
    graph = training_graph(size)
    ours, peers, rows = Ours(graph), {}, []
    for make in (FastNode2Vec, PecanPy):
        try:
            peers[make.name] = make(graph)
        except (ImportError, AttributeError, TypeError) as error:
            peers[make.name] = f"{type(error).__name__}: {error}"
    for p, q in PARAMETERS:
        stage = f"walks p={p:g} q={q:g}"
        for n in workers:
            runners = [ours, *(peer for peer in peers.values() if not isinstance(peer, str))]
            for runner in runners:
                runner.walk(p, q, n)
            rates = {runner: [] for runner in runners}
            for _ in range(repeats):
                for runner in runners:
                    begin = time.perf_counter()
                    done = runner.walk(p, q, n)
                    rates[runner].append(done / (time.perf_counter() - begin))
            where = f"{size}, {n} worker{'s' if n > 1 else ''}"
            rows.append(_row(stage, "ours", median(rates[ours]), None, where))
            for name, peer in peers.items():
                if isinstance(peer, str):
                    rows.append(_row(stage, name, None, None, f"{where}: {peer}"))
                    continue
                ratio = median(a / b for a, b in zip(rates[ours], rates[peer]))
                rows.append(_row(stage, name, median(rates[peer]), ratio, where))
    return rows


def _row(stage, peer, rate, ratio, note) -> dict:
    return {"stage": stage, "peer": peer, "rate": rate, "ratio": ratio, "note": note}


def main() -> None:
    """Print the table."""
    print(f"{'stage':22}{'peer':14}{'walks/s':>12}{'ours/peer':>11}  note")
    for row in run(*sys.argv[1:2]):
        rate = "-" if row["rate"] is None else f"{row['rate']:,.0f}"
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.1f} x"
        print(f"{row['stage']:22}{row['peer']:14}{rate:>12}{ratio:>11}  {row['note']}")


if __name__ == "__main__":
    main()
