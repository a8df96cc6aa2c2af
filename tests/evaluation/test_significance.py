"""Intervals against closed forms, explicit sums, and simulations with a known true value."""

from statistics import NormalDist

import numpy as np
import pytest

from core.evaluation.metrics import auc
from core.evaluation.significance import (
    auc_difference,
    auc_interval,
    clustered_variance,
    mean_difference,
    mean_interval,
)


def scores(rng, n_positive=60, n_negative=50, values=None):
    positive, negative = rng.normal(1, 1, n_positive), rng.normal(0, 1, n_negative)
    if values:
        positive, negative = np.round(positive * values), np.round(negative * values)
    return positive.astype(np.float32), negative.astype(np.float32)


def unshared(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the products of `n` pairs that have none in common."""
    return np.arange(n), np.arange(n, 2 * n)


def bootstrap_differences(first, second, resamples: int, rng) -> np.ndarray:
    """AUC differences of plain paired resamples of the positives and of the negatives."""
    differences = []
    for _ in range(resamples):
        drawn = [rng.integers(0, len(part), len(part)) for part in first]
        one, other = ([part[i] for part, i in zip(s, drawn)] for s in (first, second))
        differences.append(auc(*one) - auc(*other))
    return np.array(differences)


def test_the_variance_sums_all_influences_of_pairs_that_share_a_product():
    rng = np.random.default_rng(0)
    u, v = rng.integers(0, 12, (2, 80))
    u, v = u[u != v], v[u != v]
    influence = rng.normal(size=len(u)) + 0.2 * (u + v)
    ends = list(zip(u.tolist(), v.tolist()))
    # Some pairs occur twice, in either order.
    assert len({frozenset(pair) for pair in ends}) < len(ends)
    expected = sum(
        influence[i] * influence[j]
        for i in range(len(u))
        for j in range(len(u))
        if set(ends[i]) & set(ends[j])
    )
    assert clustered_variance(influence, (u, v)) == pytest.approx(expected)
    assert clustered_variance(influence, (v, u)) == pytest.approx(expected)


def test_the_variance_is_never_below_that_by_pairs():
    # The two pairs of a product cancel each other, those of no product add up.
    influence, products = np.array([1.0, -1.0]), (np.array([0, 0]), np.array([1, 2]))
    assert clustered_variance(influence, products) == 2
    # Both directions of one pair are one pair.
    twice = np.array([1.0, 1.0]), (np.array([0, 1]), np.array([1, 0]))
    assert clustered_variance(*twice) == 4


def test_the_interval_of_one_model_is_that_of_its_difference_to_chance():
    rng = np.random.default_rng(3)
    positive, negative = scores(rng, 900, 700, values=4)
    products = tuple(rng.integers(0, 300, (2, 1600)))
    guess = (np.zeros(900, np.float32), np.zeros(700, np.float32))
    difference = auc_difference((positive, negative), guess, products)
    got = auc_interval(positive, negative, products)
    assert got.estimate == pytest.approx(auc(positive, negative))
    assert got == pytest.approx([end + 0.5 for end in difference])
    assert np.isnan(auc_interval(positive[:1], negative, products).low)


def test_pairs_without_a_product_in_common_have_delongs_standard_error():
    rng = np.random.default_rng(1)
    first = scores(rng, 1500, 1200, values=4)
    second = tuple(np.round(s + rng.normal(0, 1, len(s)) * 4).astype(np.float32) for s in first)

    def components(positive, negative):
        wins = (positive[:, None] > negative) + (positive[:, None] == negative) / 2
        return wins.mean(axis=1), wins.mean(axis=0)

    (p1, n1), (p2, n2) = components(*first), components(*second)
    error = np.sqrt(np.var(p1 - p2, ddof=1) / len(p1) + np.var(n1 - n2, ddof=1) / len(n1))
    got = auc_difference(first, second, unshared(2700))
    assert got.estimate == pytest.approx(auc(*first) - auc(*second))
    assert got.low == pytest.approx(got.estimate - 1.959964 * error)
    assert got.high == pytest.approx(got.estimate + 1.959964 * error)


def test_the_difference_of_a_model_to_itself_is_exactly_0():
    first = scores(np.random.default_rng(2))
    # The same order on another scale, so every pair agrees.
    second = tuple(3 * s + 7 for s in first)
    assert auc_difference(first, second, unshared(110)) == (0, 0, 0)


@pytest.mark.parametrize("values", [None, 2])
def test_the_interval_of_an_auc_difference_is_that_of_a_plain_bootstrap(values):
    """Two models that are wrong about the same pairs, with ties and pairs at the very bottom."""
    rng = np.random.default_rng(8)
    shared = scores(rng, 3000, 2000)
    models = []
    for noise in (0.5, 0.8):
        model = [part + rng.normal(0, noise, len(part)).astype(np.float32) for part in shared]
        model = [np.round(part * values) if values else part for part in model]
        for part in model:
            part[:100] = -np.inf
        models.append(tuple(model))
    got = auc_difference(*models, unshared(5000))
    assert got.estimate == pytest.approx(auc(*models[0]) - auc(*models[1]), abs=1e-12)
    low, high = np.quantile(bootstrap_differences(*models, 1500, rng), [0.025, 0.975])
    assert got.low == pytest.approx(low, abs=0.08 * (high - low))
    assert got.high == pytest.approx(high, abs=0.08 * (high - low))


def test_different_pairs_are_refused_and_no_pairs_give_nan():
    rng = np.random.default_rng(4)
    with pytest.raises(ValueError, match="different pairs"):
        auc_difference(scores(rng, 5, 5), scores(rng, 6, 5), unshared(10))
    assert np.isnan(auc_difference(scores(rng, 0, 5), scores(rng, 0, 5), unshared(5)).low)
    assert np.isnan(mean_difference(np.empty(0), np.empty(0), unshared(0)).high)


def test_the_mean_of_unshared_questions_has_the_usual_interval():
    rng = np.random.default_rng(5)
    first, second = rng.random(3000), rng.random(3000)
    error = np.std(first - second, ddof=1) / np.sqrt(3000)
    got = mean_difference(first, second, unshared(3000))
    assert got.estimate == pytest.approx(np.mean(first) - np.mean(second))
    assert got.low == pytest.approx(got.estimate - 1.959964 * error)
    assert got.high == pytest.approx(got.estimate + 1.959964 * error)


def test_a_pair_that_is_asked_both_ways_counts_once():
    gain = np.random.default_rng(6).normal(size=400)
    u, v = unshared(400)
    once = mean_interval(gain, (u, v))
    both_ways = mean_interval(np.r_[gain, gain], (np.r_[u, v], np.r_[v, u]))
    # Except for n - 1 instead of n.
    assert both_ways == pytest.approx(once, rel=0.002)


def test_intervals_by_product_cover_the_true_value_95_times_in_100():
    """Popular products have most of the true pairs, and every product is scored too high or too
    low in all its pairs."""
    rng = np.random.default_rng(7)
    n, n_pairs, spread = 200, 1500, 0.7
    u, v = np.triu_indices(n, 1)
    popular = 1 / np.sqrt((1 + u) * (1 + v))
    truth = NormalDist().cdf(1 / np.sqrt(2 * (2 * spread**2 + 1)))
    inside = {"AUC by product": 0, "AUC by pair": 0, "mean by product": 0, "mean by pair": 0}
    for _ in range(200):
        # The first pairs of a draw without replacement, each in proportion to its popularity.
        order = np.argsort(rng.exponential(size=len(u)) / popular)
        true, false = order[:n_pairs], rng.permutation(order[n_pairs:])[:n_pairs]
        products = u[np.r_[true, false]], v[np.r_[true, false]]
        offset = rng.normal(0, spread, n)
        score = offset[products[0]] + offset[products[1]] + rng.normal(0, 1, 2 * n_pairs)
        positive, negative = 1 + score[:n_pairs], score[n_pairs:]
        of_true = products[0][:n_pairs], products[1][:n_pairs]
        for way, pairs in (("product", products), ("pair", unshared(2 * n_pairs))):
            interval = auc_interval(positive, negative, pairs)
            inside[f"AUC by {way}"] += interval.low <= truth <= interval.high
        for way, pairs in (("product", of_true), ("pair", unshared(n_pairs))):
            interval = mean_interval(positive, pairs)
            inside[f"mean by {way}"] += interval.low <= 1 <= interval.high
    # Binomial(200, 0.95) has a standard deviation of 3.1.
    assert 181 <= inside["AUC by product"] <= 199
    assert 181 <= inside["mean by product"] <= 199
    assert inside["AUC by pair"] < 160 and inside["mean by pair"] < 100
