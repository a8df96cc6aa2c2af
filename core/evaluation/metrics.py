"""Metrics of pair scores: AUC, precision, recall.

Functions of pairs take the scores of the positive and of the negative pairs as two arrays. These
may contain -inf (the lowest score), but not NaN. Ties are exact. A pair is called positive
at a threshold if its score is at least the threshold.

To add a measure to the results table, add an entry to `core.evaluation.measures.MEASURES`; a
function here is needed only if it computes something new.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

UnseenRule = Literal["lowest", "median", "own"]
CURVE_POINTS = 1000  # enough for a smooth plot


def auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the area under the ROC curve: P(positive scores above negative), ties count half.

    Parameters
    ----------
    positive, negative : float arrays, shapes (n_positive,) and (n_negative,)

    Returns
    -------
    float
        NaN if either is empty.
    """
    if len(positive) == 0 or len(negative) == 0:
        return float("nan")
    positive, negative = np.sort(positive), np.sort(negative)
    beaten = np.searchsorted(negative, positive, "left").sum()
    not_above = np.searchsorted(negative, positive, "right").sum()
    return float((beaten + not_above) / 2 / (len(positive) * len(negative)))


def average_precision(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return the mean precision at the positives, each at the end of its group of ties.

    Equal to scikit-learn's `average_precision_score`: the step-wise area, not interpolated. NaN if
    there is no positive.
    """
    if len(positive) == 0:
        return float("nan")
    positive, negative = np.sort(positive), np.sort(negative)
    # Recall changes only at the scores of positives.
    first = np.flatnonzero(np.append(True, positive[1:] != positive[:-1]))
    true = len(positive) - first
    false = len(negative) - np.searchsorted(negative, positive[first], "left")
    in_group = np.diff(np.append(first, len(positive)))
    return float((in_group * (true / (true + false))).sum() / len(positive))


def precision_recall_at(
    positive: np.ndarray, negative: np.ndarray, thresholds: np.ndarray
) -> dict[str, np.ndarray]:
    """Return precision, recall, F1 and the four counts at each threshold.

    Parameters
    ----------
    positive, negative : float arrays
    thresholds : float array, shape (n,), any order

    Returns
    -------
    dict of arrays, shape (n,)
        ``threshold, precision, recall, f1, tp, fp, fn, tn``; precision is NaN where no pair
        reaches the threshold, recall where there is no positive.
    """
    tp = _reaching(np.sort(positive), thresholds)
    fp = _reaching(np.sort(negative), thresholds)
    fn, tn = len(positive) - tp, len(negative) - fp
    with np.errstate(invalid="ignore"):
        precision, recall, f1 = tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)
    return {
        "threshold": np.asarray(thresholds, np.float64),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "tn": tn,
    }


def threshold_grid(scores: np.ndarray, link: str, n: int = 201) -> tuple[np.ndarray, np.ndarray]:
    """Return `n` evenly spaced thresholds to show, and the corresponding raw scores.

    Parameters
    ----------
    scores : float array
        The grid of an ``identity`` model runs from the lowest finite score to the 99th percentile,
        because a few outliers would take up most of it.
    link : str
        ``sigmoid``: thresholds are shown as probabilities 0 … 1; ``identity``: as scores.

    Returns
    -------
    shown, raw : float64 arrays, shape (n,)
    """
    if link == "sigmoid":
        shown = np.linspace(0, 1, n)
        with np.errstate(divide="ignore"):
            return shown, np.log(shown) - np.log1p(-shown)
    finite = scores[np.isfinite(scores)]
    if len(finite) == 0:
        finite = np.array([0.0, 1.0])
    shown = np.linspace(float(finite.min()), float(np.quantile(finite, 0.99, method="higher")), n)
    return shown, shown


def pr_curve(positive: np.ndarray, negative: np.ndarray, points: int = CURVE_POINTS) -> np.ndarray:
    """Return the precision-recall curve, thinned to at most `points` of its exact points.

    Returns
    -------
    float64 array, shape (<= points, 3)
        Recall, precision, threshold; from recall 0 (precision 1, threshold inf) to recall 1.
    """
    tp, fp, thresholds = _all_points(positive, negative)
    precision = np.divide(tp, tp + fp, out=np.ones(len(tp)), where=tp + fp > 0)
    return _thinned(np.column_stack([tp / max(len(positive), 1), precision, thresholds]), points)


def roc_curve(positive: np.ndarray, negative: np.ndarray, points: int = CURVE_POINTS) -> np.ndarray:
    """Return the ROC curve, thinned to at most `points` of its exact points.

    Returns
    -------
    float64 array, shape (<= points, 3)
        False positive rate, true positive rate, threshold; from (0, 0, inf) to (1, 1, lowest).
    """
    tp, fp, thresholds = _all_points(positive, negative)
    rates = [fp / max(len(negative), 1), tp / max(len(positive), 1), thresholds]
    return _thinned(np.column_stack(rates), points)


def apply_unseen_rule(scores: np.ndarray, seen: np.ndarray, rule: UnseenRule) -> np.ndarray:
    """Return `scores`, replaced if a product of the pair has no training pair.

    Pass all pairs that are compared with each other at once: the median depends on them.

    Parameters
    ----------
    scores : float array, shape (n,)
    seen : bool array, shape (n,)
        Both ends have a training pair.
    rule : str
        ``lowest``: -inf, so that all such pairs tie below the others; ``median``: the median of
        the other scores (as the study did for gensim); ``own``: the model's own score.
    """
    if rule == "own" or seen.all():
        return scores
    if rule == "lowest":
        return np.where(seen, scores, scores.dtype.type(-np.inf))
    if rule == "median":
        middle = np.median(scores[seen]) if seen.any() else 0
        return np.where(seen, scores, scores.dtype.type(middle))
    raise ValueError(f"no rule '{rule}' for unseen products: lowest, median or own")


def _reaching(ascending: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    return len(ascending) - np.searchsorted(ascending, thresholds, "left")


def _all_points(
    positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (tp, fp, threshold) at every distinct score, highest first, after (0, 0, inf)."""
    positive, negative = np.sort(positive), np.sort(negative)
    thresholds = np.unique(np.concatenate([positive, negative]))[::-1]
    tp, fp = _reaching(positive, thresholds), _reaching(negative, thresholds)
    return np.append(0, tp), np.append(0, fp), np.append(np.inf, thresholds.astype(np.float64))


def _thinned(curve: np.ndarray, points: int) -> np.ndarray:
    """Return points evenly spaced along the curve, and both ends of each long step."""
    if len(curve) <= points:
        return curve
    steps = np.abs(np.diff(curve[:, :2], axis=0)).sum(axis=1)
    length = np.append(0, np.cumsum(steps))
    even = np.linspace(0, length[-1], points // 2)
    after = np.searchsorted(length, even, "left").clip(1, len(curve) - 1)
    return curve[np.unique(np.concatenate([after - 1, after, [len(curve) - 1]]))[:points]]
