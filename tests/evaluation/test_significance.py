"""Intervals against closed forms and by simulation."""

import numpy as np
import pytest

from core.evaluation.metrics import auc
from core.evaluation.significance import auc_difference, auc_interval, mean_difference


def scores(rng, n_positive=60, n_negative=50, values=None):
    positive, negative = rng.normal(1, 1, n_positive), rng.normal(0, 1, n_negative)
    if values:
        positive, negative = np.round(positive * values), np.round(negative * values)
    return positive.astype(np.float32), negative.astype(np.float32)


def bootstrap_differences(first, second, resamples: int, rng) -> np.ndarray:
    """AUC differences of plain paired resamples of the positives and of the negatives."""
    differences = []
    for _ in range(resamples):
        drawn = [rng.integers(0, len(part), len(part)) for part in first]
        one, other = ([part[i] for part, i in zip(s, drawn)] for s in (first, second))
        differences.append(auc(*one) - auc(*other))
    return np.array(differences)


def test_the_interval_of_one_model_is_that_of_its_difference_to_chance():
    rng = np.random.default_rng(3)
    positive, negative = scores(rng, 900, 700, values=4)
    guess = (np.zeros(900, np.float32), np.zeros(700, np.float32))
    difference = auc_difference((positive, negative), guess)
    got = auc_interval(positive, negative)
    assert got.estimate == pytest.approx(auc(positive, negative))
    assert got == pytest.approx([end + 0.5 for end in difference])
    assert np.isnan(auc_interval(positive[:1], negative).low)


def test_auc_difference_has_delongs_standard_error():
    rng = np.random.default_rng(1)
    first = scores(rng, 1500, 1200, values=4)
    second = tuple(np.round(s + rng.normal(0, 1, len(s)) * 4).astype(np.float32) for s in first)

    def components(positive, negative):
        wins = (positive[:, None] > negative) + (positive[:, None] == negative) / 2
        return wins.mean(axis=1), wins.mean(axis=0)

    (p1, n1), (p2, n2) = components(*first), components(*second)
    error = np.sqrt(np.var(p1 - p2, ddof=1) / len(p1) + np.var(n1 - n2, ddof=1) / len(n1))
    got = auc_difference(first, second)
    assert got.estimate == pytest.approx(auc(*first) - auc(*second))
    assert got.low == pytest.approx(got.estimate - 1.959964 * error)
    assert got.high == pytest.approx(got.estimate + 1.959964 * error)


def test_the_difference_of_a_model_to_itself_is_exactly_0():
    first = scores(np.random.default_rng(2))
    # The same order on another scale: paired, so every resample agrees.
    second = tuple(3 * s + 7 for s in first)
    assert auc_difference(first, second) == (0, 0, 0)


def test_same_interval_by_the_same_seed_and_another_by_another():
    rng = np.random.default_rng(3)
    values, clusters = rng.random((2, 50)), np.arange(50)
    one = mean_difference(*values, clusters)
    assert one == mean_difference(*values, clusters)
    assert one != mean_difference(*values, clusters, seed=1)


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
    got = auc_difference(*models)
    assert got.estimate == pytest.approx(auc(*models[0]) - auc(*models[1]), abs=1e-12)
    low, high = np.quantile(bootstrap_differences(*models, 1500, rng), [0.025, 0.975])
    assert got.low == pytest.approx(low, abs=0.08 * (high - low))
    assert got.high == pytest.approx(high, abs=0.08 * (high - low))


def test_different_pairs_are_refused_and_no_pairs_give_nan():
    rng = np.random.default_rng(4)
    with pytest.raises(ValueError, match="different pairs"):
        auc_difference(scores(rng, 5, 5), scores(rng, 6, 5))
    assert np.isnan(auc_difference(scores(rng, 0, 5), scores(rng, 0, 5)).low)
    assert np.isnan(mean_difference(np.empty(0), np.empty(0), np.empty(0)).high)


def test_mean_difference_of_single_values_is_the_normal_interval():
    rng = np.random.default_rng(5)
    first, second = rng.random(3000), rng.random(3000)
    error = np.std(first - second, ddof=1) / np.sqrt(3000)
    got = mean_difference(first, second, np.arange(3000))
    assert got.estimate == pytest.approx(np.mean(first) - np.mean(second))
    assert got.low == pytest.approx(got.estimate - 1.96 * error, abs=0.2 * error)
    assert got.high == pytest.approx(got.estimate + 1.96 * error, abs=0.2 * error)


def test_values_of_one_cluster_widen_the_interval():
    rng = np.random.default_rng(6)
    gain = rng.normal(size=400)
    clusters = np.repeat(np.arange(400), 4)
    together = mean_difference(np.repeat(gain, 4), np.zeros(1600), clusters)
    alone = mean_difference(gain, np.zeros(400), np.arange(400))
    apart = mean_difference(np.repeat(gain, 4), np.zeros(1600), np.arange(1600))
    assert together.high - together.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert together.high - together.low == pytest.approx(2 * (apart.high - apart.low), rel=0.15)


def test_interval_holds_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(7)
    inside = 0
    for trial in range(300):
        sizes = rng.integers(1, 4, 150)
        clusters = np.repeat(np.arange(150), sizes)
        gain = rng.normal(0.3, 1, 150)[clusters] + rng.normal(0, 1, len(clusters))
        got = mean_difference(gain, np.zeros(len(gain)), clusters, resamples=300, seed=trial)
        inside += got.low <= 0.3 <= got.high
    # Binomial(300, 0.95) has a standard deviation of 3.8.
    assert 270 <= inside <= 297
