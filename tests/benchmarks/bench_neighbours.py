"""Exact neighbours compared with numpy and faiss; ranking compared with numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.evaluation.catalogue_ranking import rank, ranking_task
from core.explore.nearest_vectors import nearest
from core.graph.product_graph import Pairs, ProductGraph
from core.graph.split import Split, random_split
from core.models.inner_product_model import InnerProductModel, unit_rows
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size, edges_of

DIM, K = 128, 10
ONE, BATCH = 20, 512
NUMPY_QUERIES = 200


class Vectors(InnerProductModel):
    """Some vectors, compared by inner product."""

    def __init__(self, vectors: np.ndarray):
        super().__init__()
        self.vectors_ = vectors

    def fit(self, split, progress=None, monitor=None):
        return self

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        return self.vectors_, self.vectors_

    def save(self, folder: Path) -> None:
        """Keep nothing."""

    def load(self, folder: Path, split: Split):
        return self


def stages(size: Size, graph: ProductGraph, workers: int) -> list[Stage]:
    """Return one query, a batch of queries, and the ranking of 5,000 pairs both ways."""
    rng = np.random.default_rng(0)
    vectors = unit_rows(rng.standard_normal((size.n_products, DIM), np.float32))
    return [*_top_k(size, vectors, workers), _ranking(size, graph, vectors, workers)]


def _top_k(size: Size, vectors: np.ndarray, workers: int) -> list[Stage]:
    model = Vectors(vectors)
    rng = np.random.default_rng(0)
    singles, batch = rng.integers(0, len(vectors), ONE), rng.integers(0, len(vectors), BATCH)

    def ours_one() -> Done:
        for query in singles.tolist():
            model.similar(query, K)
        return Done(ONE)

    def numpy_one() -> Done:
        for query in singles.tolist():
            scores = vectors @ vectors[query]
            best = np.argpartition(scores, -K - 1)[-K - 1 :]
            best[np.argsort(-scores[best])]
        return Done(ONE)

    def ours_batch() -> Done:
        nearest(vectors, K, queries=batch, workers=workers)
        return Done(BATCH)

    def numpy_batch() -> Done:
        for first in range(0, BATCH, 64):
            scores = vectors[batch[first : first + 64]] @ vectors.T
            best = np.argpartition(scores, -K - 1, axis=1)[:, -K - 1 :]
            np.take_along_axis(best, np.take_along_axis(-scores, best, 1).argsort(1), 1)
        return Done(BATCH)

    one, many = [Contestant("ours", ours_one)], [Contestant("ours", ours_batch)]
    if not size.growing:
        one.append(Contestant("numpy", numpy_one))
        many.append(Contestant("numpy", numpy_batch))
        try:
            import faiss

            faiss.omp_set_num_threads(workers)
            index = faiss.IndexFlatIP(DIM)
            index.add(vectors)

            def faiss_one() -> Done:
                for query in singles.tolist():
                    index.search(vectors[query : query + 1], K + 1)
                return Done(ONE)

            def faiss_batch() -> Done:
                index.search(vectors[batch], K + 1)
                return Done(BATCH)

            one.append(Contestant("faiss flat", faiss_one))
            many.append(Contestant("faiss flat", faiss_batch))
        except ImportError:
            one.append(Contestant("faiss flat", missing="not installed"))
            many.append(Contestant("faiss flat", missing="not installed"))
    size_in_bytes, products = vectors.nbytes, 2 * DIM * len(vectors)
    return [
        Stage("top 10 of one query", "queries", one, lambda m: m.bytes_read / size_in_bytes),
        Stage(f"top 10 of {BATCH}", "queries", many, lambda m: m.flops / products),
    ]


def _ranking(size: Size, graph: ProductGraph, vectors: np.ndarray, workers: int) -> Stage:
    u, v, weight = edges_of(graph)
    pairs = Pairs(u, v, weight, np.ones(len(u), np.uint8))
    split = random_split(pairs, graph.n_products, np.ones(graph.n_products, bool))
    task = ranking_task(split)
    model = Vectors(vectors)
    few = np.arange(min(NUMPY_QUERIES, len(task)))
    seen, known = split.seen, split.known
    numpy_ranks = np.empty(len(few))

    def ours() -> Done:
        rank(model, split, task, workers=workers)
        return Done(len(task))

    def numpy() -> Done:
        for row in few:
            query = task.queries[row]
            scores = vectors @ vectors[query]
            target = scores[task.targets[row]]
            candidate = seen.copy()
            candidate[known.neighbours(query)[0]] = candidate[query] = False
            scores = scores[candidate]
            numpy_ranks[row] = 1 + (scores > target).sum() + (scores == target).sum() / 2
        return Done(len(few))

    contestants = [Contestant("ours", ours, f"{len(task):,} questions")]
    if not size.growing:
        contestants.append(Contestant("numpy", numpy, f"{len(few)} questions"))
    products = 2 * DIM * len(vectors)
    return Stage("full-catalogue ranking", "questions", contestants, lambda m: m.flops / products)
