"""Compiled log-likelihood ratios of product pairs; each thread needs one row of counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import get_num_threads, njit, prange


class Incidence(NamedTuple):
    """The items of each group and the groups of each item, both in compressed sparse rows.

    Attributes
    ----------
    group_ptr, group_items : int64 array, shape (n_groups + 1,); int32 array
        The items of group g are ``group_items[group_ptr[g] : group_ptr[g + 1]]``.
    item_ptr, item_groups : int64 array, shape (n_items + 1,); int32 array
        The groups of item i, in the same way.
    """

    group_ptr: np.ndarray
    group_items: np.ndarray
    item_ptr: np.ndarray
    item_groups: np.ndarray


class Limits(NamedTuple):
    """Thresholds for partners: at most `top` per item, minimum shared groups and score.

    A score of 10.8 is exceeded by chance in 1 of 1,000 pairs.
    """

    top: int = 20
    min_together: int = 1
    min_score: float = 0.0


DEFAULT_LIMITS = Limits()


@njit(cache=True, nogil=True)
def _term(k, row, column, total):
    return k * np.log(k * total / (row * column)) if k > 0 else 0.0


@njit(cache=True, nogil=True)
def log_likelihood_ratio(together: float, first: float, second: float, total: float) -> float:
    """Return G2 of the 2x2 table of two products, 0 unless they co-occur more than by chance.

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
def upper_bound(together: float, first: float, second: float, total: float) -> float:
    """Return a number that is at least G2, without a logarithm; 0 if G2 is 0.

    The terms of the two cells with one product alone are negative; the others are bounded by
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


def strongest_partners(begin: int, end: int, incidence: Incidence, limits: Limits) -> np.ndarray:
    """Return the strongest partners of items ``begin .. end - 1``, best first, padded with -1.

    Each thread counts one item at a time against all others, so memory is one row of counts
    per thread. Equal scores are ordered by item, so the result does not depend on the threads.

    Returns
    -------
    int32 array, shape (end - begin, limits.top)
    """
    return _strongest_partners(begin, end, incidence, limits, get_num_threads())


@njit(cache=True, nogil=True, parallel=True)
def _strongest_partners(begin, end, incidence, limits, n_threads):
    group_ptr, group_items, item_ptr, item_groups = incidence
    top, min_together, min_score = limits
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
                    if counts[other] == min_together:
                        met[n_met] = other
                        n_met += 1
            own = float(item_ptr[item + 1] - item_ptr[item])
            row = partners[item - begin]
            n_kept = 0
            for i in range(n_met):
                other = met[i]
                together = counts[other]
                if other == item:
                    continue
                size = float(item_ptr[other + 1] - item_ptr[other])
                needed = scores[top - 1] if n_kept == top else min_score
                if upper_bound(float(together), own, size, total) < needed:
                    continue
                score = log_likelihood_ratio(float(together), own, size, total)
                if score <= 0.0 or score < needed:
                    continue
                position = n_kept
                while position > 0 and (
                    score > scores[position - 1]
                    or (score == scores[position - 1] and other < row[position - 1])
                ):
                    position -= 1
                if position == top:
                    continue
                n_kept = min(n_kept + 1, top)
                for j in range(n_kept - 1, position, -1):
                    scores[j] = scores[j - 1]
                    row[j] = row[j - 1]
                scores[position] = score
                row[position] = other
            if work > n_items // 4:
                counts[:] = 0
                continue
            for at in range(item_ptr[item], item_ptr[item + 1]):
                group = item_groups[at]
                for other in group_items[group_ptr[group] : group_ptr[group + 1]]:
                    counts[other] = 0
    return partners
