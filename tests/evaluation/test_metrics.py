"""Every measure against scikit-learn, or counted pair by pair; ties on purpose."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn import metrics as sk

from core.evaluation.metrics import (
    apply_unseen_rule,
    auc,
    average_precision,
    pr_curve,
    precision_recall_at,
    roc_curve,
    threshold_grid,
)


def random_cases():
    rng = np.random.default_rng(0)
    for _ in range(40):
        n_positive, n_negative = rng.integers(1, 40, 2)
        values = rng.integers(1, 12)  # few values: many ties; one value: all tie
        positive = rng.integers(0, values, n_positive).astype(np.float32)
        negative = rng.integers(0, values, n_negative).astype(np.float32) - 1
        yield positive, negative


def labelled(positive, negative):
    labels = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    return labels, np.concatenate([positive, negative])


def test_auc_counts_pairs_with_ties_half():
    for positive, negative in random_cases():
        gap = positive[:, None] - negative[None, :]
        wins = (gap > 0).mean() + (gap == 0).mean() / 2
        assert auc(positive, negative) == pytest.approx(wins)
        assert auc(positive, negative) == pytest.approx(
            sk.roc_auc_score(*labelled(positive, negative))
        )


def test_auc_accepts_minus_infinity():
    assert auc(np.array([1, -np.inf]), np.array([0, -np.inf])) == (1 + 1 + 0 + 0.5) / 4


def test_auc_without_pairs_is_nan():
    assert np.isnan(auc(np.empty(0), np.ones(3)))
    assert np.isnan(auc(np.ones(3), np.empty(0)))


def test_average_precision():
    for positive, negative in random_cases():
        expected = sk.average_precision_score(*labelled(positive, negative))
        assert average_precision(positive, negative) == pytest.approx(expected)
    assert np.isnan(average_precision(np.empty(0), np.ones(2)))


def test_precision_recall_at_thresholds():
    for positive, negative in random_cases():
        labels, scores = labelled(positive, negative)
        thresholds = np.array([5.0, -3.0, 0.0, 0.5, 2.0])
        got = precision_recall_at(positive, negative, thresholds)
        for i, threshold in enumerate(thresholds):
            called = scores >= threshold
            table = sk.confusion_matrix(labels, called, labels=[0, 1])
            assert [[got["tn"][i], got["fp"][i]], [got["fn"][i], got["tp"][i]]] == table.tolist()
            assert got["recall"][i] == sk.recall_score(labels, called)
            assert got["f1"][i] == pytest.approx(sk.f1_score(labels, called))
            if called.any():
                assert got["precision"][i] == sk.precision_score(labels, called)
            else:
                assert np.isnan(got["precision"][i])


def test_roc_curve_is_scikit_learns():
    for positive, negative in random_cases():
        fpr, tpr, thresholds = sk.roc_curve(*labelled(positive, negative), drop_intermediate=False)
        np.testing.assert_allclose(
            roc_curve(positive, negative), np.column_stack([fpr, tpr, thresholds])
        )


def test_pr_curve_is_scikit_learns():
    for positive, negative in random_cases():
        precision, recall, thresholds = sk.precision_recall_curve(*labelled(positive, negative))
        got = pr_curve(positive, negative)[::-1]
        np.testing.assert_allclose(got[:, 0], recall)
        np.testing.assert_allclose(got[:, 1], precision)
        np.testing.assert_allclose(got[:-1, 2], thresholds)


@pytest.mark.parametrize("curve", [pr_curve, roc_curve])
def test_thinned_curves_keep_exact_points_shape_and_steps(curve):
    rng = np.random.default_rng(1)
    # A third of each tie at one score: the step of a stand-in score.
    positive = np.where(rng.random(20_000) < 0.3, 0.5, rng.normal(1, 1, 20_000))
    negative = np.where(rng.random(20_000) < 0.3, 0.5, rng.normal(0, 1, 20_000))
    exact = curve(positive, negative, points=10**6)
    thin = curve(positive, negative)
    assert len(exact) > 20_000
    assert 500 < len(thin) <= 1000
    assert set(map(tuple, thin)) <= set(map(tuple, exact))
    np.testing.assert_array_equal(thin[[0, -1]], exact[[0, -1]])
    step = np.flatnonzero(exact[:, 2] == 0.5)[0]
    for corner in (exact[step - 1], exact[step]):
        assert (thin == corner).all(axis=1).any()
    area = np.trapezoid(exact[:, 1], exact[:, 0])
    assert np.trapezoid(thin[:, 1], thin[:, 0]) == pytest.approx(area, abs=2e-4)


def test_sigmoid_thresholds_are_probabilities():
    positive, negative = np.array([-3.0, 0.0, 4.0]), np.array([-5.0, 0.2, -np.inf])
    shown, raw = threshold_grid(np.empty(0), "sigmoid", n=11)
    np.testing.assert_allclose(shown, np.linspace(0, 1, 11))
    on_scores = precision_recall_at(positive, negative, raw)
    on_probabilities = precision_recall_at(expit(positive), expit(negative), shown)
    for name in ("tp", "fp", "fn", "tn"):
        np.testing.assert_array_equal(on_scores[name], on_probabilities[name])
    assert (on_scores["fp"][0], on_scores["tp"][-1]) == (3, 0)


def test_identity_thresholds_span_the_finite_scores():
    shown, raw = threshold_grid(np.array([2.0, -1.0, -np.inf, 0.5]), "identity", n=4)
    np.testing.assert_allclose(shown, [-1, 0, 1, 2])
    np.testing.assert_array_equal(shown, raw)


def test_outliers_do_not_take_up_the_grid():
    scores = np.append(np.linspace(0, 10, 990), np.full(5, 1e6))
    shown, _ = threshold_grid(scores, "identity")
    assert shown[0] == 0 and 9.8 < shown[-1] <= 10


def test_rules_for_unseen_products():
    scores = np.array([9, 1, 2, 4, 8], np.float32)
    seen = np.array([False, True, True, True, False])
    lowest = apply_unseen_rule(scores, seen, "lowest")
    assert lowest[0] == lowest[4] < scores[seen].min()
    np.testing.assert_array_equal(lowest[seen], scores[seen])
    assert lowest.dtype == np.float32
    np.testing.assert_array_equal(apply_unseen_rule(scores, seen, "median"), [2, 1, 2, 4, 2])
    np.testing.assert_array_equal(apply_unseen_rule(scores, seen, "own"), scores)
    np.testing.assert_array_equal(scores, [9, 1, 2, 4, 8])
    assert len(set(apply_unseen_rule(scores, np.zeros(5, bool), "median"))) == 1
    with pytest.raises(ValueError, match="no rule"):
        apply_unseen_rule(scores, seen, "best")
