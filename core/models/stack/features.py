"""What the stack knows of a pair of products: short paths, embeddings, ids, degrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.graph.path_scores import PathSums
from core.graph.product_graph import ProductGraph
from core.models.stack.five_steps import FiveSteps
from core.models.stack.id_gaps import IdGaps
from core.models.stack.mean_dots import MeanDots
from core.models.stack.paths import PATHS, AllPaths, path_sums

FEW = 2
NO_PATH = 1e-9
# If one pair in so many has a path, it is faster to multiply whole matrices than those pairs'
# vectors, one by one.
DENSE = 5
NODES = ("log degree", "neighbours' log degree", "mean weight", "share of rare neighbours")
# The inner products of every pair, and those that only pairs with a path are asked for; the wide
# and popular ones where there are such embeddings.
DOTS = (
    "in-out", "cosine", "near in-out", "spectral dot", "mf dot", "both lent",
    "wide in-out", "wide cosine", "wide both lent", "popular dot", "popular both lent",
)  # fmt: skip
MORE_DOTS = ("near cosine", "spectral cosine")
# Those that say one thing of a product's neighbours and another of the product.
TWO_SIDED = (
    "lent in-out", "lent cosine", "wide lent in-out", "wide lent cosine", "popular lent dot",
)  # fmt: skip


def node_features(graph: ProductGraph) -> np.ndarray:
    """Return the columns `NODES`, float32, shape (n_products, 4); 0 for unseen products.

    A neighbour is rare if it has at most `FEW` pairs.
    """
    log_degree = np.log1p(graph.degree)
    rows = np.repeat(np.arange(graph.n_products), graph.degree)
    divisor = np.maximum(graph.degree, 1)

    def mean(of_edges: np.ndarray) -> np.ndarray:
        return np.bincount(rows, of_edges, minlength=graph.n_products) / divisor

    columns = [
        log_degree,
        mean(log_degree[graph.indices]),
        mean(graph.weights),
        mean(graph.degree[graph.indices] <= FEW),
    ]
    return np.column_stack(columns).astype(np.float32)


@dataclass(frozen=True)
class PairFeatures:
    """The features of any pair on one graph; a pair and its mirror image have the same.

    Attributes
    ----------
    nodes : float32 array, shape (n_products, 4)
        See `node_features`.
    reach : PathSums
        The three-hop score that says whether there is a path at all, and by which pairs are drawn:
        the first of `paths`.
    paths : AllPaths
    embeddings : dict of MeanDots
        By the names in `DOTS`, `MORE_DOTS` and `TWO_SIDED`; fitted on that graph. The wide
        and popular ones may be missing.
    gaps : IdGaps
    steps : FiveSteps or None
        Where there are wide embeddings.
    """

    nodes: np.ndarray
    reach: PathSums
    paths: AllPaths
    embeddings: dict[str, MeanDots]
    gaps: IdGaps
    steps: FiveSteps | None

    @classmethod
    def of(
        cls, graph: ProductGraph, embeddings: dict[str, MeanDots], places: np.ndarray
    ) -> PairFeatures:
        """Make the features of `graph`, of embeddings fitted on it, and of the ids' `places`."""
        reach, gaps = path_sums(graph, 3, *PATHS[0]), IdGaps(places, graph)
        steps = FiveSteps(graph) if "wide in-out" in embeddings else None
        return cls(node_features(graph), reach, AllPaths(graph), embeddings, gaps, steps)

    def of_pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return what every pair is asked for: the products `DOTS`, and where there are wide
        embeddings what five steps and the ids say; float32, shape (6 or 17, n)."""
        each = [dots.pairs(u, v) for dots in self._embeddings(DOTS)]
        return np.vstack(each + ([self.steps.pairs(u, v), self.gap(u, v)] if self.steps else []))

    def steps_of_rows(self, queries: np.ndarray) -> np.ndarray | None:
        """Return what five steps say of each query with all products, for `of_rows`."""
        return self.steps.rows(queries) if self.steps else None

    def of_rows(
        self, queries: np.ndarray, steps: np.ndarray | None, first: int, last: int
    ) -> np.ndarray:
        """Return `of_pairs` of each query with the products ``first .. last - 1``, float32, shape
        (6 or 17, len(queries) * (last - first))."""
        each = [dots.rows(queries, first, last).ravel() for dots in self._embeddings(DOTS)]
        if self.steps:
            u, v = np.repeat(queries, last - first), np.tile(np.arange(first, last), len(queries))
            each += [steps[:, first:last].ravel(), self.gap(u, v)]
        return np.vstack(each)

    def gap(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return what the ids of the pairs say, float32, shape (5, n): see `IdGaps.pairs`."""
        return self.gaps.pairs(*by_degree(self.nodes, u, v))

    def ends(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the node features of both ends, those of the higher degree first, (8, n)."""
        return np.vstack([self.nodes[end].T for end in by_degree(self.nodes, u, v)])

    def more_of_pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return what pairs with a path are asked for, too: the products `MORE_DOTS`, and those of
        `TWO_SIDED` from the end of higher degree to the other and back; float32, (6 or 12, n)."""
        high, low = by_degree(self.nodes, u, v)
        more = [each.pairs(u, v) for each in self._embeddings(MORE_DOTS)]
        for each in self._embeddings(TWO_SIDED):
            more += [each.pairs(high, low), each.pairs(low, high)]
        return np.vstack(more)

    def more_of_rows(
        self, queries: np.ndarray, first: int, last: int, near: np.ndarray
    ) -> np.ndarray:
        """Return `more_of_pairs` of those of `of_rows`' pairs that are at the places `near`."""
        row, column = np.divmod(near, last - first)
        u, v = queries[row], first + column
        if len(near) * DENSE < len(queries) * (last - first):
            return self.more_of_pairs(u, v)

        def at_near(dots: MeanDots) -> np.ndarray:
            return dots.rows(queries, first, last).ravel()[near]

        from_query = by_degree(self.nodes, u, v)[0] == u
        more = [at_near(each) for each in self._embeddings(MORE_DOTS)]
        for each in self._embeddings(TWO_SIDED):
            there, back = at_near(each), at_near(each.turned)
            more += [np.where(from_query, there, back), np.where(from_query, back, there)]
        return np.vstack(more)

    def near(
        self,
        u: np.ndarray,
        v: np.ndarray,
        paths: np.ndarray,
        of_pairs: np.ndarray,
        more: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return all features of pairs with a path of three steps, float32, (34 or 46, n).

        Parameters
        ----------
        u, v : int arrays, shape (n,)
        paths : float32 array, shape (9, n)
            Their sums; see `AllPaths`.
        of_pairs : float32 array, shape (6 or 17, n)
            What `of_pairs` says of them.
        more : float32 array, shape (6 or 12, n), optional
            What `more_of_pairs` says of them, where it is known already.
        """
        if more is None:
            more = self.more_of_pairs(u, v)
        high, low = by_degree(self.nodes, u, v)
        gap = [] if self.steps else [self.gaps.pairs(high, low)]
        logs = paths + np.float32(NO_PATH)
        np.log(logs, out=logs)
        return np.vstack([logs, of_pairs, more, *gap, self.nodes[high].T, self.nodes[low].T])

    def _embeddings(self, names: tuple[str, ...]) -> list[MeanDots]:
        return [self.embeddings[name] for name in names if name in self.embeddings]


def by_degree(nodes: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of pairs, those of higher degree first; of equals, the smaller index."""
    swap = (nodes[u, 0] < nodes[v, 0]) | ((nodes[u, 0] == nodes[v, 0]) & (v < u))
    return np.where(swap, v, u), np.where(swap, u, v)
