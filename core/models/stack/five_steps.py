"""The entries of N⁵ for any pairs: the three steps from one end meet the two from the other.

Most pairs of a catalogue have no path of three steps, and many of them one of five. As a list it
would be nearly all products, so it is not kept: what three steps from a query gather is looked for
two steps around the other product, or, for all products, pulled along all edges twice.
"""

from __future__ import annotations

import numba
import numpy as np

from core.graph.path_scores import from_query, groups, in_tasks, normalised_hops
from core.graph.product_graph import ProductGraph
from core.parallel import in_chunks

NO_PATH = 1e-9
# Queries that are pulled along an edge side by side.
TOGETHER = 8


class FiveSteps:
    """Logarithms of the entries of N⁵, with N = D^-½ A D^-½ of the unweighted graph.

    They are added up in the same order in either way of asking, so that they are the same to the
    last bit.
    """

    def __init__(self, graph: ProductGraph):
        hops = normalised_hops(graph, 3, weighted=False)
        self.arrays = hops.indptr, hops.indices, hops.values, hops.middle, hops.end

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return ``log(N⁵[u[i], v[i]] + 1e-9)``, float32, shape (len(u),)."""
        order, starts = groups(u)
        out = np.empty(len(u), np.float32)
        u, v = u[order], v[order]
        in_tasks(
            len(starts) - 1,
            lambda first, last: _pairs(*self.arrays, u, v, starts, order, out, first, last),
        )
        return out

    def rows(self, queries: np.ndarray) -> np.ndarray:
        """Return the same of every product for each query, float32, (len(queries), n_products)."""
        out = np.empty((len(queries), len(self.arrays[-1])), np.float32)
        in_chunks(
            lambda first, last: _rows(*self.arrays, queries, out, first, last),
            len(queries),
            TOGETHER,
            numba.get_num_threads(),
        )
        return out


@numba.njit(cache=True, nogil=True)
def _pairs(indptr, indices, values, middle, end, u, v, starts, order, out, first, last):
    n = len(indptr) - 1
    amounts, flow = np.zeros(n), np.empty(n)
    reached, sources = np.empty(n, np.int32), np.empty(n, np.int32)
    for group in range(first, last):
        query = u[starts[group]]
        n_reached = from_query(
            indptr, indices, values, middle, end, 3, query, amounts, reached, sources, flow
        )
        for at in range(n_reached):
            amounts[reached[at]] *= middle[reached[at]]
        for row in range(starts[group], starts[group + 1]):
            other, total = v[row], 0.0
            for e in range(indptr[other], indptr[other + 1]):
                through, gathered = indices[e], 0.0
                for next_e in range(indptr[through], indptr[through + 1]):
                    gathered += amounts[indices[next_e]]
                total += gathered * middle[through]
            out[order[row]] = np.log(total * end[other] + NO_PATH)
        for at in range(n_reached):
            amounts[reached[at]] = 0.0


@numba.njit(cache=True, nogil=True)
def _rows(indptr, indices, values, middle, end, queries, out, first, last):
    n = len(indptr) - 1
    amounts, flow = np.zeros(n), np.empty(n)
    reached, sources = np.empty(n, np.int32), np.empty(n, np.int32)
    three, four, total = np.zeros((n, TOGETHER)), np.empty((n, TOGETHER)), np.empty(TOGETHER)
    for row in range(first, last):
        n_reached = from_query(
            indptr, indices, values, middle, end, 3, queries[row], amounts, reached, sources, flow
        )
        for at in range(n_reached):
            node = reached[at]
            three[node, row - first] = amounts[node] * middle[node]
            amounts[node] = 0.0
    for node in range(n):
        _gather(indptr, indices, three, node, total)
        for i in range(TOGETHER):
            four[node, i] = total[i] * middle[node]
    for node in range(n):
        _gather(indptr, indices, four, node, total)
        for row in range(first, last):
            out[row, node] = np.log(total[row - first] * end[node] + NO_PATH)


@numba.njit(cache=True, nogil=True)
def _gather(indptr, indices, amounts, node, total):
    """Add up in `total` what the neighbours of `node` have of each query."""
    for i in range(TOGETHER):
        total[i] = 0.0
    for e in range(indptr[node], indptr[node + 1]):
        for i in range(TOGETHER):
            total[i] += amounts[indices[e], i]
