"""95 % intervals of one model's measures, and of the difference between two models.

An AUC has DeLong's closed-form variance. A mean over ranking questions has a bootstrap interval
that resamples whole query products. Differences are paired: both models are measured on the same
pairs and questions, whose difficulty is correlated between models.

References
----------
DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988); Efron & Tibshirani, An Introduction to the
Bootstrap (1993), chapter 13.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RESAMPLES = 1000
NORMAL_975 = 1.959964  # quantile of the standard normal distribution


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval; NaN where it could not be computed."""

    estimate: float
    low: float
    high: float


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def auc_interval(positive: np.ndarray, negative: np.ndarray) -> Interval:
    """Return the AUC of one model with its interval; see `auc_difference`."""
    if len(positive) < 2 or len(negative) < 2:
        return UNKNOWN
    estimate, low, high = _normal_interval(*_placements(positive, negative))
    return Interval(estimate, max(0.0, low), min(1.0, high))


def auc_difference(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> Interval:
    """Return the AUC of `first` minus the AUC of `second`, on the same pairs.

    An AUC is the mean placement of the positives among the negatives, and also that of the
    negatives among the positives. The variance of a difference of AUCs is the sum of the variances
    of the differences of both means (DeLong et al., 1988).

    Parameters
    ----------
    first, second : pair of float arrays, shapes (n_positive,) and (n_negative,)
        Scores of the positives and of the negatives, in the same order for both models.

    Raises
    ------
    ValueError
        If the two have different numbers of pairs.
    """
    if [len(scores) for scores in first] != [len(scores) for scores in second]:
        raise ValueError("the two models were scored on different pairs")
    if min(map(len, first)) < 2:
        return UNKNOWN
    placements = zip(_placements(*first), _placements(*second))
    return _normal_interval(*(one - other for one, other in placements))


def _normal_interval(of_positives: np.ndarray, of_negatives: np.ndarray) -> Interval:
    variance = sum(part.var(ddof=1) / len(part) for part in (of_positives, of_negatives))
    estimate, margin = float(of_positives.mean()), NORMAL_975 * float(np.sqrt(variance))
    return Interval(estimate, estimate - margin, estimate + margin)


def _placements(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each positive's share of negatives below it, and each negative's share of positives
    above it; ties count half."""
    shares = []
    for own, others in ((positive, negative), (negative, positive)):
        # Searching for sorted values is many times faster, because of the cache.
        order = np.argsort(own)
        ascending, others = own[order], np.sort(others)
        below = np.searchsorted(others, ascending, "left")
        twice = below + np.searchsorted(others, ascending, "right")
        share = np.empty(len(own))
        share[order] = twice / (2 * len(others))
        shares.append(share)
    return shares[0], 1 - shares[1]


def mean_interval(values: np.ndarray, clusters: np.ndarray, seed: int = 42) -> Interval:
    """Return the mean of `values` with its interval; see `mean_difference`."""
    return mean_difference(values, np.zeros(len(values)), clusters, seed=seed)


def mean_difference(
    first: np.ndarray,
    second: np.ndarray,
    clusters: np.ndarray,
    resamples: int = RESAMPLES,
    seed: int = 42,
) -> Interval:
    """Return the mean of `first` minus the mean of `second`, with a cluster bootstrap interval.

    Parameters
    ----------
    first, second : float arrays, shape (n,)
        One value per question (a hit, a reciprocal rank) for each model, in the same order.
    clusters : int array, shape (n,)
        Values of one cluster are not independent: the query product of each question.
    resamples, seed : int
    """
    if len(first) == 0:
        return UNKNOWN
    difference = np.asarray(first, np.float64) - second
    _, cluster = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(cluster, difference), np.bincount(cluster)
    n, rng = len(sums), np.random.default_rng(seed)
    means = np.empty(resamples)
    for i in range(resamples):
        times = np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n)
        means[i] = (times @ sums) / (times @ sizes)
    return Interval(float(difference.mean()), *np.quantile(means, [0.025, 0.975]).tolist())
