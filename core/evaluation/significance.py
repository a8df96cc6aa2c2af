"""Intervals for the difference of two models that were measured on the same pairs.

Both models get the same resample each time (a paired bootstrap): what makes a resample easy is
easy for both, so the interval is that of the difference (Efron & Tibshirani 1993, chapter 13).
Of very many pairs the AUC's interval is computed instead of drawn: there both are the same.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

AUC_RESAMPLES = 200
MEAN_RESAMPLES = 1000
MANY = 500_000  # pairs above which an AUC's interval is computed
NORMAL_975 = 1.959964  # quantile of the standard normal distribution


class Interval(NamedTuple):
    """An estimate with its 95 % percentile interval."""

    estimate: float
    low: float
    high: float


def auc_difference(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    resamples: int = AUC_RESAMPLES,
    seed: int = 42,
) -> Interval:
    """Return the AUC of `first` minus that of `second`, on the same pairs.

    Positives and negatives are each drawn anew with replacement; the AUC of each resample is
    exact, ties half. Above `MANY` pairs it is `computed_auc_difference`.

    Parameters
    ----------
    first, second : pair of float arrays
        Scores of the positives and of the negatives; the same pairs in the same order for both.
    resamples : int
    seed : int
    """
    n_positive, n_negative = len(first[0]), len(first[1])
    if (len(second[0]), len(second[1])) != (n_positive, n_negative):
        raise ValueError("the two models were scored on different pairs")
    if n_positive == 0 or n_negative == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    if n_positive + n_negative > MANY:
        return computed_auc_difference(first, second)
    models = [_order(*first), _order(*second)]

    def difference(weights: tuple[np.ndarray, np.ndarray]) -> float:
        pooled = np.concatenate(weights)
        return _weighted_auc(pooled, n_positive, *models[0]) - _weighted_auc(
            pooled, n_positive, *models[1]
        )

    def resample(sequence: np.random.SeedSequence) -> float:
        rng = np.random.default_rng(sequence)
        return difference((_draws(n_positive, rng), _draws(n_negative, rng)))

    estimate = difference((np.ones(n_positive, np.int16), np.ones(n_negative, np.int16)))
    values = [resample(sequence) for sequence in np.random.SeedSequence(seed).spawn(resamples)]
    return Interval(estimate, *np.quantile(values, [0.025, 0.975]).tolist())


def computed_auc_difference(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> Interval:
    """Return the AUC of `first` minus that of `second` with its normal interval.

    DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988): an AUC is a mean over the positives
    and a mean over the negatives of how many of the others each stands right to; so is the
    difference of two, and the variances of the two means add up.

    Parameters are those of `auc_difference`.
    """
    (of_positives, of_negatives), theirs = _placements(*first), _placements(*second)
    of_positives, of_negatives = of_positives - theirs[0], of_negatives - theirs[1]
    variance = sum(part.var(ddof=1) / len(part) for part in (of_positives, of_negatives))
    estimate, reach = float(of_positives.mean()), NORMAL_975 * float(np.sqrt(variance))
    return Interval(estimate, estimate - reach, estimate + reach)


def auc_interval(positive: np.ndarray, negative: np.ndarray) -> Interval:
    """Return the AUC of one model with its normal interval; see `computed_auc_difference`."""
    if len(positive) < 2 or len(negative) < 2:
        return Interval(float("nan"), float("nan"), float("nan"))
    shares = _placements(positive, negative)
    reach = NORMAL_975 * float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in shares)))
    estimate = float(shares[0].mean())
    return Interval(estimate, max(0.0, estimate - reach), min(1.0, estimate + reach))


def _placements(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each positive, the share of the negatives that it beats, ties half, and for
    each negative the share of the positives that beat it."""
    shares = []
    for own, others in ((positive, negative), (negative, positive)):
        # Sorted ones are found many times faster: each search begins in the cache.
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
    resamples: int = MEAN_RESAMPLES,
    seed: int = 42,
) -> Interval:
    """Return the mean of `first` minus the mean of `second`; whole clusters are drawn anew.

    Parameters
    ----------
    first, second : float arrays, shape (n,)
        A value a question (a hit, a reciprocal rank) of each model, in the same order.
    clusters : int array, shape (n,)
        Values of one cluster are not independent: the query product of each question.
    """
    if len(first) == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    gain = np.asarray(first, np.float64) - second
    _, cluster = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(cluster, gain), np.bincount(cluster)
    rng = np.random.default_rng(seed)
    values = np.empty(resamples)
    for i in range(resamples):
        times = _draws(len(sums), rng)
        values[i] = (times @ sums) / (times @ sizes)
    return Interval(float(gain.mean()), *np.quantile(values, [0.025, 0.975]).tolist())


def _draws(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each of `n` things comes in `n` draws with replacement."""
    # Small integers, because the AUC reads them in the order of the scores.
    return np.bincount(rng.integers(0, n, n, dtype=np.int32), minlength=n).astype(np.int16)


def _order(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ascending order of the pooled scores, and where in it a new value starts."""
    scores = np.concatenate([positive, negative])
    order = np.argsort(scores).astype(np.int32)
    ascending = scores[order]
    return order, np.append(True, ascending[1:] != ascending[:-1])


@numba.njit(nogil=True, cache=True)
def _weighted_auc(weights, n_positive, order, starts_tie):
    """Return the AUC where pooled pair i counts `weights[i]` times; positives stand first."""
    twice_wins = below = total_positive = 0
    tied_positive = tied_negative = 0
    for place in range(len(order)):
        if starts_tie[place]:
            twice_wins += tied_positive * (2 * below + tied_negative)
            below += tied_negative
            total_positive += tied_positive
            tied_positive = tied_negative = 0
        pair = order[place]
        weight = np.int64(weights[pair])
        # Not a branch: it would be mispredicted for every other pair.
        of_positive = weight * np.int64(pair < n_positive)
        tied_positive += of_positive
        tied_negative += weight - of_positive
    twice_wins += tied_positive * (2 * below + tied_negative)
    below += tied_negative
    total_positive += tied_positive
    return twice_wins / 2 / (total_positive * below)
