"""One pass over dense score blocks: the rank of each target, and the ten best of each query."""

from __future__ import annotations

import numba
import numpy as np

from core.graph.kernels.sorted_rows import in_row

# Scores per step of the scan, which fit the first-level cache.
SPAN = 1024


@numba.njit(nogil=True, cache=True)
def count_ranks(
    block, rows, queries, starts, targets, seen, unseen,
    known_indptr, known_indices, train_indptr, train_indices, ranks, lists,
):  # fmt: skip
    """Fill `ranks` and `lists` for the queries at `rows`; return a product with score NaN, or -1.

    Row i of `block` holds the scores of all products for the query at ``rows[i]``, whose questions
    are ``starts[rows[i]]`` to ``starts[rows[i] + 1]``. The `known` graph has all true pairs, the
    `train` graph those of training; `unseen` lists the products that are not `seen`.
    """
    length = lists.shape[1]
    best = np.empty(length, np.float32)
    for position, at in enumerate(rows):
        query, scores = queries[at], block[position]
        filled = 0
        worst = np.float32(-np.inf)
        first, last = starts[at], starts[at + 1]
        # Count all products, including non-candidates, so that the loops over a span have no
        # branches and the compiler vectorises them.
        greater, reaching = np.zeros(last - first, np.int64), np.zeros(last - first, np.int64)
        for begin in range(0, len(scores), SPAN):
            span = scores[begin : begin + SPAN]
            above = np.int32(0)
            for i in range(len(span)):
                # Negated, so that NaN counts, too.
                above += np.int32(not (span[i] <= worst))
            for question in range(first, last):
                target = scores[targets[question]]
                more, as_much = np.int32(0), np.int32(0)
                for i in range(len(span)):
                    more += np.int32(span[i] > target)
                    as_much += np.int32(span[i] >= target)
                greater[question - first] += more
                reaching[question - first] += as_much
            if above == 0:
                continue
            for product in range(begin, begin + len(span)):
                if scores[product] <= worst or not seen[product]:
                    continue
                if np.isnan(scores[product]):
                    return product
                if product == query or in_row(train_indptr, train_indices, query, product):
                    continue
                # Equal scores stay in index order.
                slot = min(filled, length - 1)
                while slot > 0 and best[slot - 1] < scores[product]:
                    best[slot] = best[slot - 1]
                    lists[at, slot] = lists[at, slot - 1]
                    slot -= 1
                best[slot] = scores[product]
                lists[at, slot] = product
                filled = min(filled + 1, length)
                if filled == length:
                    worst = best[length - 1]
        for question in range(first, last):
            target = scores[targets[question]]
            # Subtract the products that are not candidates, including the target.
            more, as_much = greater[question - first], reaching[question - first]
            for product in unseen:
                more -= scores[product] > target
                as_much -= scores[product] >= target
            if seen[query]:
                more -= scores[query] > target
                as_much -= scores[query] >= target
            for edge in range(known_indptr[query], known_indptr[query + 1]):
                product = known_indices[edge]
                if seen[product] and product != query:
                    more -= scores[product] > target
                    as_much -= scores[product] >= target
            ranks[question] = 1 + more + (as_much - more) / 2
    return -1
