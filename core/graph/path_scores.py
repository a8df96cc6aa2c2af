"""Exact sums over short paths, row by row, never forming a power of the adjacency matrix.

One formula covers common neighbours, Adamic-Adar, resource allocation and the two- and three-hop
scores. With edge values a, a factor m for every product in the middle of a path and a factor e
for its two ends, the score of (u, v) is the sum over all walks u - w - v, or u - w - x - v, of

    e[u] a[u,w] m[w] a[w,v] e[v]          or          e[u] a[u,w] m[w] a[w,x] m[x] a[x,v] e[v].

Work is the number of such walks; memory is 24 bytes a product and thread, whatever the hubs. Each
row is summed by one thread in a fixed order: results do not depend on the threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from core.graph.product_graph import ProductGraph
from core.parallel import in_chunks

CHUNKS_PER_THREAD = 8
TOP = 100


@dataclass(frozen=True)
class PathSums:
    """What the formula above needs.

    Attributes
    ----------
    indptr, indices : the graph's rows
    values : float32 array, shape (n_edges,)
        a, one a stored edge.
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
            lambda first, last: _pairs(
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
            lambda first, last: _rows(*self._arrays(), self.hops, queries, out, first, last),
        )
        return out

    def draw_top(self, nodes: np.ndarray, uniform: np.ndarray, known: ProductGraph) -> np.ndarray:
        """Draw, for each node, one of its `TOP` best-scored products that `known` does not pair.

        Parameters
        ----------
        nodes : int array, shape (n,)
            Repeats are looked up once.
        uniform : float64 array, shape (n,)
            Numbers in [0, 1) that decide the draws.

        Returns
        -------
        int32 array, shape (n,)
            -1 where no product is within reach.
        """
        order, starts = groups(nodes)
        out = np.full(len(nodes), -1, np.int32)
        nodes = nodes[order]
        in_tasks(
            len(starts) - 1,
            lambda first, last: _draw_top(
                *self._arrays(),
                self.hops,
                nodes,
                starts,
                order,
                uniform,
                known.indptr,
                known.indices,
                out,
                first,
                last,
            ),
        )
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
    """Return the stable order that sorts `nodes`, and where each group of equals starts."""
    order = np.argsort(nodes, kind="stable")
    sorted_nodes = nodes[order]
    changes = np.flatnonzero(np.diff(sorted_nodes)) + 1
    # No nodes are no groups, not one empty group.
    bounds = [[0], changes, [len(nodes)]] if len(nodes) else [[0]]
    return order, np.concatenate(bounds).astype(np.int64)


def in_tasks(total: int, work) -> None:
    """Share `total` rows among the threads; every task has scratch memory of its own."""
    threads = numba.get_num_threads()
    in_chunks(work, total, max(1, -(-total // (threads * CHUNKS_PER_THREAD))), threads)


@numba.njit(cache=True, nogil=True)
def _spread(indptr, indices, values, middle, sources, n_sources, amounts, reached, amount_in):
    """One hop: amounts at `sources` flow along their edges into `amounts`; list what is new.

    `amounts` must be 0 at everything not yet listed; a listed product has an amount > 0 because
    edge values and factors are positive.
    """
    n_reached = 0
    for i in range(n_sources):
        node = sources[i]
        flow = amount_in[i] * middle[node]
        for e in range(indptr[node], indptr[node + 1]):
            target = indices[e]
            if amounts[target] == 0.0:
                reached[n_reached] = target
                n_reached += 1
            amounts[target] += flow * values[e]
    return n_reached


@numba.njit(cache=True, nogil=True)
def from_query(indptr, indices, values, middle, end, hops, query, amounts, reached, first, flow):
    """Spread from `query` over `hops` hops; return how many products are listed in `reached`.

    `amounts` comes in all 0 and goes out with e[query]·(sums over walks) at the listed products.
    """
    first[0] = query
    # The query itself is an end of the path, not in its middle.
    flow[0] = end[query] / middle[query]
    n_reached = _spread(indptr, indices, values, middle, first, 1, amounts, reached, flow)
    for _ in range(hops - 1):
        for i in range(n_reached):
            first[i] = reached[i]
            flow[i] = amounts[reached[i]]
            amounts[reached[i]] = 0.0
        n_reached = _spread(
            indptr, indices, values, middle, first, n_reached, amounts, reached, flow
        )
    return n_reached


@numba.njit(cache=True, nogil=True)
def _pairs(
    indptr, indices, values, middle, end, hops, u, v, starts, order, out, first_group, last_group
):
    n = len(indptr) - 1
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for group in range(first_group, last_group):
        query = u[starts[group]]
        # All hops but the last; the last one is taken backwards from each v.
        n_reached = from_query(
            indptr, indices, values, middle, end, hops - 1, query, amounts, reached, first, flow
        )
        for i in range(n_reached):
            amounts[reached[i]] *= middle[reached[i]]
        for row in range(starts[group], starts[group + 1]):
            total = 0.0
            for e in range(indptr[v[row]], indptr[v[row] + 1]):
                total += values[e] * amounts[indices[e]]
            out[order[row]] = total * end[v[row]]
        for i in range(n_reached):
            amounts[reached[i]] = 0.0


@numba.njit(cache=True, nogil=True)
def _rows(indptr, indices, values, middle, end, hops, queries, out, first_row, last_row):
    n = len(indptr) - 1
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for i in range(first_row, last_row):
        n_reached = from_query(
            indptr,
            indices,
            values,
            middle,
            end,
            hops,
            queries[i],
            amounts,
            reached,
            first,
            flow,
        )
        for j in range(n_reached):
            node = reached[j]
            out[i, node] = amounts[node] * end[node]
            amounts[node] = 0.0


@numba.njit(cache=True, nogil=True)
def _draw_top(
    indptr, indices, values, middle, end, hops, nodes, starts, order, uniform,
    known_indptr, known_indices, out, first_group, last_group,
):  # fmt: skip
    n = len(indptr) - 1
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for group in range(first_group, last_group):
        query = nodes[starts[group]]
        n_reached = from_query(
            indptr, indices, values, middle, end, hops, query, amounts, reached, first, flow
        )
        amounts[query] = -1.0
        for e in range(known_indptr[query], known_indptr[query + 1]):
            if amounts[known_indices[e]] > 0.0:
                amounts[known_indices[e]] = -1.0
        n_open = 0
        for i in range(n_reached):
            node = reached[i]
            if amounts[node] > 0.0:
                first[n_open] = node
                flow[n_open] = amounts[node] * end[node]
                n_open += 1
            amounts[node] = 0.0
        amounts[query] = 0.0
        if n_open == 0:
            continue
        if n_open > TOP:
            border = np.partition(flow[:n_open], n_open - TOP)[n_open - TOP]
            n_top = 0
            # Strictly better ones first, then ties at the border until the list is full.
            for tie in range(2):
                for i in range(n_open):
                    better = flow[i] > border if tie == 0 else flow[i] == border
                    if better and n_top < TOP:
                        reached[n_top] = first[i]
                        n_top += 1
        else:
            n_top = n_open
            for i in range(n_open):
                reached[i] = first[i]
        for row in range(starts[group], starts[group + 1]):
            out[order[row]] = reached[int(uniform[order[row]] * n_top)]
