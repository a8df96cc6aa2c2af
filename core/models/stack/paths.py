"""Sums over the paths of two and three hops of a pair, four variants at once, and its best path.

`core.graph.hops.PathSums` says what each sum is. Here the products around a query are walked once
for all of them, and what the variants have gathered at a product stands side by side in memory.
"""

from __future__ import annotations

import numba
import numpy as np

from core.graph.hops import PathSums, groups, in_tasks
from core.graph.product_graph import ProductGraph

# Weighted or not, a of the products in the middle of a path, and of its ends: d^-a. Two hops of
# the third are resource allocation, of the last the number of common neighbours.
PATHS = ((True, 0.8, 0.4), (True, 1.0, 0.5), (False, 1.0, 0.3), (False, 0.0, 0.0))
K, WEIGHTED = len(PATHS), np.array([weighted for weighted, _, _ in PATHS])


def path_sums(graph: ProductGraph, hops: int, weighted: bool, middle: float, end: float):
    """Return the sums over paths whose products count d^-middle inside and d^-end at the ends."""
    strength = graph.strength if weighted else graph.degree.astype(float)
    values = graph.weights if weighted else np.ones(len(graph.weights), np.float32)
    strength = np.where(strength > 0, strength, 1.0)
    return PathSums(graph.indptr, graph.indices, values, strength**-middle, strength**-end, hops)


class AllPaths:
    """The path sums of all `PATHS` on one graph."""

    def __init__(self, graph: ProductGraph):
        each = [path_sums(graph, 3, *variant) for variant in PATHS]
        middle = np.column_stack([sums.middle for sums in each])
        end = np.column_stack([sums.end for sums in each])
        self.arrays = graph.indptr, graph.indices, graph.weights, middle, end

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return what the paths of the pairs say, float32, shape (n, 9).

        Three hops of each of `PATHS`, then two; then the largest addend of two hops of the first,
        but for the ends' factors: one close common neighbour is another thing than many distant
        ones of the same sum.
        """
        order, starts = groups(u)
        out = np.empty((len(u), 2 * K + 1), np.float32)
        u, v = u[order], v[order]
        in_tasks(
            len(starts) - 1,
            lambda first, last: _pairs(*self.arrays, u, v, starts, order, out, first, last),
        )
        return out


@numba.njit(cache=True, nogil=True)
def _pairs(indptr, indices, weights, middle, end, u, v, starts, order, out, first, last):
    n = len(indptr) - 1
    # What the variants have gathered after two hops, then after one, times the factor of a middle.
    amounts = np.zeros((n, 2 * K))
    near, far = np.empty(n, np.int32), np.empty(n, np.int32)
    value = np.empty(K)
    for group in range(first, last):
        query = u[starts[group]]
        n_near = n_far = 0
        for e in range(indptr[query], indptr[query + 1]):
            node = indices[e]
            near[n_near] = node
            n_near += 1
            for i in range(K):
                value[i] = weights[e] if WEIGHTED[i] else 1.0
                amounts[node, K + i] = end[query, i] * value[i] * middle[node, i]
        for at in range(n_near):
            node = near[at]
            for e in range(indptr[node], indptr[node + 1]):
                target = indices[e]
                if amounts[target, 0] == 0.0:
                    far[n_far] = target
                    n_far += 1
                for i in range(K):
                    value[i] = weights[e] if WEIGHTED[i] else 1.0
                    amounts[target, i] += amounts[node, K + i] * value[i]
        for at in range(n_far):
            for i in range(K):
                amounts[far[at], i] *= middle[far[at], i]
        for row in range(starts[group], starts[group + 1]):
            other = v[row]
            # Written out, so that the sums stay in registers; two variants are weighted, two not.
            three_0 = three_1 = three_2 = three_3 = two_0 = two_1 = two_2 = two_3 = best = 0.0
            for e in range(indptr[other], indptr[other + 1]):
                gathered, weight = amounts[indices[e]], float(weights[e])
                three_0 += weight * gathered[0]
                three_1 += weight * gathered[1]
                three_2 += gathered[2]
                three_3 += gathered[3]
                path = weight * gathered[4]
                two_0 += path
                best = max(best, path)
                two_1 += weight * gathered[5]
                two_2 += gathered[6]
                two_3 += gathered[7]
            sums = (three_0, three_1, three_2, three_3, two_0, two_1, two_2, two_3)
            for i, total in enumerate(sums):
                out[order[row], i] = total * end[other, i % K]
            out[order[row], 2 * K] = best / end[query, 0]
        for at in range(n_far):
            for i in range(K):
                amounts[far[at], i] = 0.0
        for at in range(n_near):
            for i in range(K):
                amounts[near[at], K + i] = 0.0
