"""Exact sums over short paths, row by row, never forming a power of the adjacency matrix.

One formula covers common neighbours, Adamic-Adar, resource allocation and the two- and three-hop
scores. With edge values a, a factor m for every product in the middle of a path and a factor e
for its two ends, the score of (u, v) is the sum over all walks u - w - v, or u - w - x - v, of

    e[u] a[u,w] m[w] a[w,v] e[v]          or          e[u] a[u,w] m[w] a[w,x] m[x] a[x,v] e[v].

Work is the number of such walks; memory is 24 bytes per product and thread, however large the hubs.
Each row is summed by one thread in a fixed order, so results do not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.graph.kernels.path_sum_loops import best_reached, in_tasks, pair_sums, row_sums
from core.graph.product_graph import ProductGraph

TOP = 100  # best products of a node that `draw_top` draws from
# Products per chunk of `draw_top`, to bound its memory.
NODES_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class PathSums:
    """The path sums of a graph, for one choice of a, m and e.

    Attributes
    ----------
    indptr, indices : the graph's rows
    values : float32 array, shape (n_edges,)
        a, one per stored edge.
    middle, end : float64 arrays, shape (n_products,)
        m and e.
    hops : int
        2 or 3.
    """

    indptr: np.ndarray
    indices: np.ndarray
    values: np.ndarray
    middle: np.ndarray
    end: np.ndarray
    hops: int

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the scores of the pairs (u[i], v[i]), float32, shape (len(u),)."""
        order, starts = groups(u)
        out = np.empty(len(u), np.float32)
        u, v = u[order], v[order]
        in_tasks(
            len(starts) - 1,
            lambda first, last: pair_sums(
                *self._arrays(), self.hops, u, v, starts, order, out, first, last
            ),
        )
        return out

    def rows(self, queries: np.ndarray) -> np.ndarray:
        """Return the scores of every product for each query, float32, (len(queries), n)."""
        out = np.zeros((len(queries), len(self.end)), np.float32)
        queries = np.asarray(queries, np.int64)
        in_tasks(
            len(queries),
            lambda first, last: row_sums(*self._arrays(), self.hops, queries, out, first, last),
        )
        return out

    def best(self, queries: np.ndarray, k: int, known: ProductGraph) -> np.ndarray:
        """Return the `k` best-scored products of each query that `known` does not pair with it.

        Returns
        -------
        int32 array, shape (len(queries), k)
            Unordered; padded with -1 if fewer are within reach.
        """
        out = np.empty((len(queries), k), np.int32)
        queries = np.asarray(queries, np.int64)
        in_tasks(
            len(queries),
            lambda first, last: best_reached(
                *self._arrays(), self.hops, queries, known.indptr, known.indices, out, first, last
            ),
        )
        return out

    def strongest(self, u: int, v: int, limit: int = 3) -> list[tuple[list[int], float]]:
        """Return the paths that add most to the score of (u, v), each with its share of the score.

        Paths that visit a product twice, as some of three steps do, count but are not returned.
        """
        near, far = self._row(u), self._row(v)
        last = np.zeros(len(self.end))
        last[far[0]] = far[1] * self.middle[far[0]]
        if self.hops == 2:
            paths = np.column_stack([near[0]])
            # The product in the middle is that of both edges: its factor counts once.
            amounts = near[1] * last[near[0]]
        else:
            starts, ends = self.indptr[near[0]], self.indptr[near[0] + 1]
            counts = ends - starts
            shift = np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
            edges = np.arange(counts.sum()) + shift
            first = np.repeat(near[0], counts)
            factor = np.repeat(near[1] * self.middle[near[0]], counts)
            paths = np.column_stack([first, self.indices[edges]])
            amounts = factor * self.values[edges] * last[paths[:, 1]]
        total = amounts.sum()
        simple = (amounts > 0) & ~np.isin(paths, (u, v)).any(axis=1)
        best = np.flatnonzero(simple)[np.argsort(-amounts[simple], kind="stable")[:limit]]
        return [([u, *paths[i].tolist(), v], float(amounts[i] / total)) for i in best]

    def _row(self, product: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the neighbours of `product` and the values of the edges to them."""
        part = slice(self.indptr[product], self.indptr[product + 1])
        return self.indices[part], self.values[part].astype(float)

    def draw_top(self, nodes: np.ndarray, uniform: np.ndarray, known: ProductGraph) -> np.ndarray:
        """Draw, for each node, one of its `TOP` best-scored products that `known` does not pair.

        Parameters
        ----------
        nodes : int array, shape (n,)
            Repeated nodes are searched once.
        uniform : float64 array, shape (n,)
            Numbers in [0, 1) that decide the draws.

        Returns
        -------
        int32 array, shape (n,)
            -1 where no product is within reach.
        """
        distinct, row_of = np.unique(nodes, return_inverse=True)
        out = np.full(len(nodes), -1, np.int32)
        order, starts = groups(row_of)
        for begin in range(0, len(distinct), NODES_AT_ONCE):
            best = self.best(distinct[begin : begin + NODES_AT_ONCE], TOP, known)
            last = min(begin + NODES_AT_ONCE, len(distinct))
            rows = order[starts[begin] : starts[last]]
            of_row = best[row_of[rows] - begin]
            drawn = (uniform[rows] * (of_row >= 0).sum(axis=1)).astype(np.int64)
            out[rows] = of_row[np.arange(len(rows)), drawn]
        return out

    def _arrays(self):
        return self.indptr, self.indices, self.values, self.middle, self.end


def normalised_hops(
    graph: ProductGraph, hops: int, exponent: float = 0.5, weighted: bool = True
) -> PathSums:
    """Return the path sums of N², or N³, with N = D^-a A D^-a and a = `exponent`.

    D holds the products' summed weights; with ``weighted=False`` every edge counts 1.
    """
    values = graph.weights if weighted else np.ones(len(graph.weights), np.float32)
    strength = graph.strength if weighted else graph.degree.astype(float)
    safe = np.where(strength > 0, strength, 1.0)
    return PathSums(
        graph.indptr, graph.indices, values, safe ** (-2 * exponent), safe**-exponent, hops
    )


def groups(nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stable order that sorts `nodes`, and the start of each group of equal nodes."""
    order = np.argsort(nodes, kind="stable")
    sorted_nodes = nodes[order]
    changes = np.flatnonzero(np.diff(sorted_nodes)) + 1
    if len(nodes) == 0:
        return order, np.zeros(1, np.int64)
    return order, np.concatenate([[0], changes, [len(nodes)]]).astype(np.int64)
