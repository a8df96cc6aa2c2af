"""Compiled sums over the short paths from a product; see `core.graph.path_sums`."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np

from core.parallel import in_chunks

CHUNKS_PER_THREAD = 8  # more tasks than threads, so that all threads end at about the same time


def in_tasks(total: int, work: Callable[[int, int], None]) -> None:
    """Divide `total` rows among the threads; every task has separate scratch memory."""
    threads = numba.get_num_threads()
    in_chunks(work, total, max(1, -(-total // (threads * CHUNKS_PER_THREAD))), threads)


@numba.njit(cache=True, nogil=True)
def _spread(indptr, indices, values, middle, sources, n_sources, amounts, reached, amount_in):
    """One hop: add the amounts at `sources`, times edge values, to their neighbours' `amounts`.

    New products are appended to `reached`. `amounts` must be 0 at products not in it; those in it
    have amounts > 0, because edge values and factors are positive.
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
def _from_query(indptr, indices, values, middle, end, hops, query, amounts, reached, first, flow):
    """Spread from `query` over `hops` hops; return how many products are listed in `reached`.

    `amounts` must be all 0; on return it holds e[query]·(sums over walks) at the listed products.
    """
    first[0] = query
    # The query is an end of the path, so its middle factor does not apply.
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
def pair_sums(
    indptr, indices, values, middle, end, hops, u, v, starts, order, out, first_group, last_group
):
    n = len(indptr) - 1
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for group in range(first_group, last_group):
        query = u[starts[group]]
        # All hops but the last, which is computed backwards from each v.
        n_reached = _from_query(
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
def row_sums(indptr, indices, values, middle, end, hops, queries, out, first_row, last_row):
    n = len(indptr) - 1
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for i in range(first_row, last_row):
        n_reached = _from_query(
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
def best_reached(
    indptr, indices, values, middle, end, hops, queries, known_indptr, known_indices, out,
    first_row, last_row,
):  # fmt: skip
    """Fill the rows of `out` with the best-scored products that `known` does not pair, unordered;
    -1 behind them where there are fewer."""
    n, k = len(indptr) - 1, out.shape[1]
    amounts = np.zeros(n)
    reached = np.empty(n, np.int32)
    first = np.empty(n, np.int32)
    flow = np.empty(n)
    for row in range(first_row, last_row):
        query = queries[row]
        n_reached = _from_query(
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
        out[row, n_open:] = -1
        if n_open <= k:
            out[row, :n_open] = first[:n_open]
            continue
        border = np.partition(flow[:n_open], n_open - k)[n_open - k]
        n_top = 0
        # Scores above the k-th best first, then ties with it until the row is full.
        for tie in range(2):
            for i in range(n_open):
                better = flow[i] > border if tie == 0 else flow[i] == border
                if better and n_top < k:
                    out[row, n_top] = first[i]
                    n_top += 1
