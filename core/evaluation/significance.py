"""95 % intervals of one model's measures, and of the difference between two models.

They answer: would this hold for other products of a similar shop? Pairs that share a product are
not independent, so the variance sums the products of the influences of every two pairs that have a
product in common (a dyadic cluster-robust variance). For pairs that share none, it is DeLong's
variance of an AUC and the usual one of a mean. How much a result varies with the split and the seed
is another question: see the study ``seeds``.

Differences are paired: both models are evaluated on the same pairs and questions, whose difficulty
is correlated between models.

References
----------
DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988); Aronow, Samii & Assenova, Cluster-robust
variance estimation for dyadic data, Political Analysis 23 (2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

NORMAL_975 = 1.959964  # quantile of the standard normal distribution
# In one sentence, for the reader of a table.
ABOUT_INTERVALS = (
    "95 % intervals show how results would vary with other products of a similar shop: pairs that "
    "share a product count as dependent (Aronow, Samii & Assenova, 2015). How results vary with "
    "the split and the seed is another question: see the study of seeds."
)

# The two products of each pair, int arrays of shape (n,).
Products = tuple[np.ndarray, np.ndarray]


class Interval(NamedTuple):
    """An estimate with the ends of its 95 % interval; NaN where it could not be computed."""

    estimate: float
    low: float
    high: float


UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def auc_interval(positive: np.ndarray, negative: np.ndarray, products: Products) -> Interval:
    """Return the AUC of one model with its interval; see `auc_difference`."""
    if len(positive) < 2 or len(negative) < 2:
        return UNKNOWN
    estimate, low, high = _auc_interval(*_placements(positive, negative), products)
    return Interval(estimate, max(0.0, low), min(1.0, high))


def auc_difference(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    products: Products,
) -> Interval:
    """Return the AUC of `first` minus the AUC of `second`, on the same pairs.

    An AUC is the mean placement of the positives among the negatives, and also that of the
    negatives among the positives. The influence of a pair is its placement's distance to the mean
    (DeLong et al., 1988).

    Parameters
    ----------
    first, second : pair of float arrays, shapes (n_positive,) and (n_negative,)
        Scores of the positives and of the negatives, in the same order for both models.
    products : pair of int arrays, shape (n_positive + n_negative,)
        The products of the positives, then of the negatives.

    Raises
    ------
    ValueError
        If the two have different numbers of pairs.
    """
    if [len(scores) for scores in first] != [len(scores) for scores in second]:
        raise ValueError("the two models were scored on different pairs")
    if min(map(len, first)) < 2:
        return UNKNOWN
    of_positives, of_negatives = (
        one - other for one, other in zip(_placements(*first), _placements(*second))
    )
    return _auc_interval(of_positives, of_negatives, products)


def mean_interval(values: np.ndarray, products: Products) -> Interval:
    """Return the mean of `values` with its interval; see `mean_difference`."""
    return mean_difference(values, np.zeros(len(values)), products)


def mean_difference(first: np.ndarray, second: np.ndarray, products: Products) -> Interval:
    """Return the mean of `first` minus the mean of `second`, with its interval.

    Parameters
    ----------
    first, second : float arrays, shape (n,)
        One value per question (a hit, a reciprocal rank) for each model, in the same order.
    products : pair of int arrays, shape (n,)
        Query and target of each question; a pair that is asked both ways counts as one.
    """
    if len(first) < 2:
        return UNKNOWN
    difference = np.asarray(first, np.float64) - second
    return _normal_interval(float(difference.mean()), _influence(difference), products)


def clustered_variance(influence: np.ndarray, products: Products) -> float:
    """Return the variance of a sum of influences, of which those that share a product correlate.

    It is the sum of ``influence[i] * influence[j]`` over all i and j with a product in common: the
    squared sums of all products, less those of all pairs, which have two products in common and
    were counted twice. In small samples it can be negative or too small; it is then the variance
    by pairs.

    Parameters
    ----------
    influence : float array, shape (n,)
    products : pair of int arrays, shape (n,)
    """
    u, v = (np.asarray(end, np.int64) for end in products)
    size = int(max(u.max(), v.max())) + 1
    by_product = np.bincount(u, influence, size) + np.bincount(v, influence, size)
    pair, _ = pd.factorize(np.minimum(u, v) * size + np.maximum(u, v))
    by_pair = np.bincount(pair, influence)
    of_pairs = float(by_pair @ by_pair)
    return max(float(by_product @ by_product) - of_pairs, of_pairs)


def _auc_interval(
    of_positives: np.ndarray, of_negatives: np.ndarray, products: Products
) -> Interval:
    influence = np.concatenate([_influence(of_positives), _influence(of_negatives)])
    return _normal_interval(float(of_positives.mean()), influence, products)


def _influence(values: np.ndarray) -> np.ndarray:
    """Return each value's share in the error of their mean; the squares sum to its variance."""
    n = len(values)
    return (values - values.mean()) / np.sqrt(n * (n - 1))


def _normal_interval(estimate: float, influence: np.ndarray, products: Products) -> Interval:
    margin = NORMAL_975 * float(np.sqrt(clustered_variance(influence, products)))
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
