"""Which products go together more than chance: Dunning's log-likelihood ratio, exact.

For two products, with k11 groups (baskets, customers) that hold both, k12 and k21 that hold only
one and k22 that hold neither, the statistic is ``G2 = 2 * sum(k * log(k * N / (row * column)))``
(Dunning 1993, "Accurate methods for the statistics of surprise and coincidence", section 4). It
tells surprise, not frequency: what is in every basket goes with nothing in particular.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numba import get_num_threads, njit, prange

from core.progress import QUIET, Progress

_BLOCK = 4096  # products a compiled call, so that progress can be told between


@njit(cache=True, nogil=True)
def _term(k, row, column, total):
    return k * np.log(k * total / (row * column)) if k > 0 else 0.0


@njit(cache=True, nogil=True)
def log_likelihood_ratio(together, first, second, total):
    """Return G2 of the 2x2 table of two products, 0 if they are together no more than by chance.

    Parameters
    ----------
    together, first, second, total : float
        Groups with both, with the first, with the second, and all groups.
    """
    if together * total <= first * second:
        return 0.0
    neither = total - first - second + together
    return 2.0 * (
        _term(together, first, second, total)
        + _term(first - together, first, total - second, total)
        + _term(second - together, total - first, second, total)
        + _term(neither, total - first, total - second, total)
    )


@njit(cache=True, nogil=True)
def _bound(together, first, second, total):
    """Return a number that is at least G2, without a logarithm; 0 if G2 is 0.

    Of the four terms the two of the unlike cells are negative; in the other two
    log(x) <= (x - 1) / sqrt(x) and log(x) <= x - 1. The margin covers rounding.
    """
    both = together * total / (first * second)
    if both <= 1.0:
        return 0.0
    neither = total - first - second + together
    surplus = 0.0
    if neither > 0.0:
        surplus = neither * (neither * total / ((total - first) * (total - second)) - 1.0)
    bound = 2.0 * (together * (both - 1.0) / np.sqrt(both) + surplus)
    return bound * (1 + 1e-9) + 1e-6


@njit(cache=True, nogil=True, parallel=True)
def _strongest(
    begin, end, group_ptr, group_items, item_ptr, item_groups, top, least, score_floor, n_threads
):
    """Return the `top` partners of the products begin..end-1, strongest first, -1 where fewer.

    Every thread counts one product at a time against all others, so memory is one row of counts
    a thread. Equal scores are ordered by product, so the result depends on nothing else.
    """
    n_items, total = len(item_ptr) - 1, float(len(group_ptr) - 1)
    partners = np.full((end - begin, top), -1, np.int32)
    for thread in prange(n_threads):
        counts = np.zeros(n_items, np.int32)
        met = np.empty(n_items, np.int32)
        scores = np.empty(top)
        for item in range(begin + thread, end, n_threads):
            n_met = work = 0
            for at in range(item_ptr[item], item_ptr[item + 1]):
                group = item_groups[at]
                work += group_ptr[group + 1] - group_ptr[group]
                for other in group_items[group_ptr[group] : group_ptr[group + 1]]:
                    counts[other] += 1
                    if counts[other] == least:
                        met[n_met] = other
                        n_met += 1
            own = float(item_ptr[item + 1] - item_ptr[item])
            row = partners[item - begin]
            kept = 0
            for i in range(n_met):
                other = met[i]
                together = counts[other]
                if other == item:
                    continue
                size = float(item_ptr[other + 1] - item_ptr[other])
                needed = scores[top - 1] if kept == top else score_floor
                if _bound(float(together), own, size, total) < needed:
                    continue
                score = log_likelihood_ratio(float(together), own, size, total)
                if score <= 0.0 or score < needed:
                    continue
                place = kept
                while place > 0 and (
                    score > scores[place - 1]
                    or (score == scores[place - 1] and other < row[place - 1])
                ):
                    place -= 1
                if place == top:
                    continue
                kept = min(kept + 1, top)
                for j in range(kept - 1, place, -1):
                    scores[j] = scores[j - 1]
                    row[j] = row[j - 1]
                scores[place] = score
                row[place] = other
            if work > n_items // 4:
                counts[:] = 0
                continue
            for at in range(item_ptr[item], item_ptr[item + 1]):
                group = item_groups[at]
                for other in group_items[group_ptr[group] : group_ptr[group + 1]]:
                    counts[other] = 0
    return partners


def associations(
    group: np.ndarray,
    item: np.ndarray,
    n_items: int,
    top: int = 20,
    min_together: int = 1,
    min_score: float = 0.0,
    progress: Progress = QUIET,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for every item those that share its groups most surprisingly, as (source, target).

    Parameters
    ----------
    group, item : int arrays, same length
        Who held what; repeats count once. The number of groups is that of the distinct ones.
    n_items : int
        Items are ``0 .. n_items - 1``.
    top : int
        Partners kept an item, at most.
    min_together : int
        Groups that must hold both.
    min_score : float
        Least log-likelihood ratio; chance alone exceeds 10.8 once in 1,000 pairs.

    Returns
    -------
    source, target : int32 arrays
        By source, the strongest target first.
    """
    present = np.bincount(group) > 0
    n_groups = int(present.sum())
    group = (np.cumsum(present) - 1)[group]
    holds = sp.coo_array((np.ones(len(item), np.int8), (group, item)), shape=(n_groups, n_items))
    by_group = holds.astype(bool).tocsr()  # sums the repeats
    by_item = by_group.tocsc()
    group_ptr, item_ptr = by_group.indptr.astype(np.int64), by_item.indptr.astype(np.int64)
    found = []
    for begin in range(0, n_items, _BLOCK):
        end = min(begin + _BLOCK, n_items)
        found.append(
            _strongest(
                begin,
                end,
                group_ptr,
                by_group.indices,
                item_ptr,
                by_item.indices,
                top,
                min_together,
                float(min_score),
                get_num_threads(),
            )
        )
        progress.advance(end)
    partners = np.concatenate(found) if found else np.empty((0, top), np.int32)
    source, place = np.nonzero(partners >= 0)
    return source.astype(np.int32), partners[source, place]
