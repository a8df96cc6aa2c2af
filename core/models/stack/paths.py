"""Sums over the paths of two and three hops of a pair, four variants at once, and its best path.

`core.graph.path_scores.PathSums` says what each sum is. Here the products around a query are
walked once for all of them, and what the variants have gathered at a product stands side by side
in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch
from core.graph.path_scores import PathSums, groups, in_tasks
from core.graph.product_graph import ProductGraph
from core.parallel import in_chunks

# Weighted or not, a of the products in the middle of a path, and of its ends: d^-a. Two hops of
# the third are resource allocation, of the last the number of common neighbours.
PATHS = ((True, 0.8, 0.4), (True, 1.0, 0.5), (False, 1.0, 0.3), (False, 0.0, 0.0))
K, SUMS = len(PATHS), 2 * len(PATHS) + 1
# Queries that share the memory which their surroundings are gathered in.
TOGETHER = 16
# Reached products that there is room for at first.
ROOM = 1 << 16
AHEAD = 8  # sums asked for before they are needed


def path_sums(graph: ProductGraph, hops: int, weighted: bool, middle: float, end: float):
    """Return the sums over paths whose products count d^-middle inside and d^-end at the ends."""
    strength = graph.strength if weighted else graph.degree.astype(float)
    values = graph.weights if weighted else np.ones(len(graph.weights), np.float32)
    strength = np.where(strength > 0, strength, 1.0)
    return PathSums(graph.indptr, graph.indices, values, strength**-middle, strength**-end, hops)


@dataclass(frozen=True)
class Reached:
    """What three hops from some queries reach.

    Attributes
    ----------
    place : int32 array, shape (n_queries, n_products)
        0 where there is no path of three hops; else which of the query's paths, counted from 1.
    first : int64 array, shape (n_queries,)
        Where the paths of each query begin in `sums`.
    sums : float32 array, shape (n, 9)
        As of `AllPaths.pairs`.
    """

    place: np.ndarray
    first: np.ndarray
    sums: np.ndarray

    def between(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return which pairs of the queries with the products ``first .. last - 1`` have a path,
        counted query by query, and their sums, float32, shape (9, n)."""
        return _between(self.place, self.first, self.sums, first, last)


class AllPaths:
    """The path sums of all `PATHS` on one graph.

    The sums of a pair are three hops of each of `PATHS`, then two; then the largest addend of two
    hops of the first, but for the ends' factors: one close common neighbour is another thing than
    many distant ones of the same sum. They are added up in the same order in either way of asking,
    so that they are the same to the last bit.
    """

    def __init__(self, graph: ProductGraph):
        each = [path_sums(graph, 3, *variant) for variant in PATHS]
        middle = np.column_stack([sums.middle for sums in each])
        end = np.column_stack([sums.end for sums in each])
        self.arrays = graph.indptr, graph.indices, graph.weights, middle, end

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the sums of the pairs, float32, shape (9, n)."""
        order, starts = groups(u)
        out = np.empty((len(u), SUMS), np.float32)
        u, v = u[order], v[order]
        in_tasks(
            len(starts) - 1,
            lambda first, last: _pairs(*self.arrays, u, v, starts, order, out, first, last),
        )
        return out.T

    def rows(self, queries: np.ndarray) -> Reached:
        """Return what three hops from the queries reach, with the sums."""
        indptr = self.arrays[0]
        place = np.zeros((len(queries), len(indptr) - 1), np.int32)
        counts, found = np.zeros(len(queries), np.int64), {}

        def walk(first: int, last: int) -> None:
            found[first] = _rows(*self.arrays, queries, place, counts, first, last)

        threads = numba.get_num_threads()
        size = max(1, min(TOGETHER, -(-len(queries) // threads)))
        in_chunks(walk, len(queries), size, threads)
        sums = [found[first] for first in sorted(found)] or [np.empty((0, SUMS), np.float32)]
        return Reached(place, np.cumsum(counts) - counts, np.concatenate(sums))


@numba.njit(cache=True, nogil=True)
def _pairs(indptr, indices, weights, middle, end, u, v, starts, order, out, first, last):
    n = len(indptr) - 1
    two, best = np.zeros((n, 2 * K)), np.zeros(n)
    far = np.empty(n, np.int32)
    for group in range(first, last):
        query = u[starts[group]]
        n_far = _two_hops(indptr, indices, weights, middle, end, query, two, best, far)
        for row in range(starts[group], starts[group + 1]):
            other = v[row]
            # Written out, so that the sums stay in registers; two variants are weighted, two not.
            three_0 = three_1 = three_2 = three_3 = 0.0
            for e in range(indptr[other], indptr[other + 1]):
                through, weight = two[indices[e]], float(weights[e])
                three_0 += weight * through[K]
                three_1 += weight * through[K + 1]
                three_2 += through[K + 2]
                three_3 += through[K + 3]
            three = three_0, three_1, three_2, three_3
            closest = best[other] / end[query, 0]
            _write(three, two[other], closest, end[other], out[order[row]])
        for at in range(n_far):
            two[far[at]] = 0.0
            best[far[at]] = 0.0


@numba.njit(cache=True, nogil=True)
def _rows(indptr, indices, weights, middle, end, queries, place, counts, first, last):
    """Number in `place` and `counts` what is reached; return the sums."""
    n = len(indptr) - 1
    two, three, best = np.zeros((n, 2 * K)), np.zeros((n, K)), np.zeros(n)
    far, reached = np.empty(n, np.int32), np.empty(n, np.int32)
    out, total = np.empty((ROOM, SUMS), np.float32), 0
    for row in range(first, last):
        query = queries[row]
        n_far = _two_hops(indptr, indices, weights, middle, end, query, two, best, far)
        # `_pairs` meets the neighbours of a product in the order of their numbers.
        through = np.sort(far[:n_far])
        n_reached = 0
        for node in through:
            flow = two[node]
            flow_0, flow_1, flow_2, flow_3 = flow[K], flow[K + 1], flow[K + 2], flow[K + 3]
            for e in range(indptr[node], indptr[node + 1]):
                target, weight = indices[e], float(weights[e])
                to = three[target]
                if to[0] == 0.0:
                    reached[n_reached] = target
                    n_reached += 1
                to[0] += weight * flow_0
                to[1] += weight * flow_1
                to[2] += flow_2
                to[3] += flow_3
        if total + n_reached > len(out):
            wider = np.empty((2 * len(out) + n_reached, SUMS), np.float32)
            wider[:total] = out[:total]
            out = wider
        for at in range(n_reached):
            other = reached[at]
            place[row, other] = at + 1
            to = three[other]
            gathered, closest = (to[0], to[1], to[2], to[3]), best[other] / end[query, 0]
            _write(gathered, two[other], closest, end[other], out[total + at])
            three[other] = 0.0
        counts[row] = n_reached
        total += n_reached
        for node in through:
            two[node] = 0.0
            best[node] = 0.0
    return out[:total].copy()


@numba.njit(cache=True, nogil=True)
def _between(place, firsts, sums, first, last):
    n = 0
    for query in range(len(place)):
        for product in range(first, last):
            n += place[query, product] > 0
    near, rows = np.empty(n, np.int64), np.empty(n, np.int64)
    at = 0
    for query in range(len(place)):
        for product in range(first, last):
            if place[query, product] > 0:
                near[at] = query * (last - first) + product - first
                rows[at] = firsts[query] + place[query, product] - 1
                at += 1
    out = np.empty((SUMS, n), np.float32)
    for at in range(n):
        prefetch(sums, np.uint64(rows[min(at + AHEAD, n - 1)]))
        for i in range(SUMS):
            out[i, at] = sums[rows[at], i]
    return near, out


@numba.njit(cache=True, nogil=True)
def _two_hops(indptr, indices, weights, middle, end, query, two, best, far):
    """Walk two hops from `query`; return how many products are listed in `far`.

    Their rows of `two`, all 0 before, are filled with what each variant has gathered there, and
    the same times their factors of a middle; `best` with the largest addend of the first.
    """
    n_far = 0
    for e in range(indptr[query], indptr[query + 1]):
        node, weight = indices[e], float(weights[e])
        flow_0 = end[query, 0] * weight * middle[node, 0]
        flow_1 = end[query, 1] * weight * middle[node, 1]
        flow_2 = end[query, 2] * middle[node, 2]
        flow_3 = end[query, 3] * middle[node, 3]
        for next_e in range(indptr[node], indptr[node + 1]):
            target, weight = indices[next_e], float(weights[next_e])
            to = two[target]
            if to[0] == 0.0:
                far[n_far] = target
                n_far += 1
            path = weight * flow_0
            to[0] += path
            to[1] += weight * flow_1
            to[2] += flow_2
            to[3] += flow_3
            best[target] = max(best[target], path)
    for at in range(n_far):
        to = two[far[at]]
        for i in range(K):
            to[K + i] = to[i] * middle[far[at], i]
    return n_far


@numba.njit(cache=True, nogil=True)
def _write(three, two, closest, end, out):
    for i in range(K):
        out[i] = three[i] * end[i]
        out[K + i] = two[i] * end[i]
    out[2 * K] = closest
