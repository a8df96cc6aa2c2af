"""The stack's parts, each against something independent."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from core.graph.product_graph import pair_keys
from core.graph.split import random_split
from core.models.stack.far import CLIP, FarScore
from core.models.stack.features import by_degree
from core.models.stack.lesson import make_lessons
from core.models.stack.logistic import fit_logistic
from core.models.stack.path_trees import FAINT, PathTrees
from core.models.stack.settings import StackSettings
from core.models.stack.trees import Trees
from tests.conftest import community_pairs

N = 60


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def labelled(rng, n=2000, width=4):
    features = rng.standard_normal((n, width))
    logit = features @ np.arange(width) + features[:, 0] * features[:, 1] - 1
    return features.astype(np.float32), rng.random(n) < 1 / (1 + np.exp(-logit))


def test_logistic_regression_is_sklearn_s(rng):
    features, positive = labelled(rng)
    features = np.column_stack([features, np.ones(len(features))]).astype(np.float64)
    ridge = 0.01
    theirs = LogisticRegression(C=1 / (ridge * len(features)), fit_intercept=False, tol=1e-10)
    theirs.fit(features, positive)
    np.testing.assert_allclose(
        fit_logistic(features, positive, ridge), theirs.coef_[0], rtol=1e-4, atol=1e-5
    )


def test_an_offset_is_kept_out_of_what_is_learned(rng):
    features, positive = labelled(rng, width=2)
    features, offset = features.astype(np.float64), rng.standard_normal(len(features))

    def loss(b):
        logit = features @ b + offset
        return np.logaddexp(0, logit).mean() - (logit * positive).mean() + 0.005 * b @ b

    expected = minimize(loss, np.zeros(2)).x
    np.testing.assert_allclose(fit_logistic(features, positive, 0.01, offset), expected, atol=1e-4)


@pytest.mark.parametrize("leaves", [2, 8, 32])
def test_trees_say_what_sklearn_s_say(rng, leaves):
    features, positive = labelled(rng)
    trees = Trees.fit(features, positive, 30, leaves, 0.2, seed=3)
    theirs = HistGradientBoostingClassifier(
        learning_rate=0.2, max_iter=30, max_leaf_nodes=leaves, max_depth=6, min_samples_leaf=5,
        l2_regularization=5.0, early_stopping=False, random_state=3,
    ).fit(features, positive)  # fmt: skip
    new = rng.standard_normal((1500, 4)).astype(np.float32)
    np.testing.assert_allclose(trees.predict(new.T), theirs.decision_function(new), rtol=1e-9)


def test_trees_of_one_class_are_a_constant(rng):
    features, _ = labelled(rng, n=50)
    assert (Trees.fit(features, np.ones(50, bool), 5, 4, 0.1, 0).predict(features.T) > 20).all()
    assert (Trees.fit(features, np.zeros(50, bool), 5, 4, 0.1, 0).predict(features.T) < -20).all()
    assert (
        Trees.fit(features[:0], np.ones(0, bool), 5, 4, 0.1, 0).predict(features.T[:, :0]) == 0
    ).all()
    assert len(Trees.constant(1.5).predict(features.T[:, :0])) == 0


def test_the_far_score_is_a_clipped_quadratic_form(rng):
    nodes = rng.standard_normal((N, 4)).astype(np.float32)
    u, v = rng.integers(0, N, (2, 3000))
    pairs = rng.standard_normal((3000, 3)).astype(np.float32) * 3
    positive = rng.random(3000) < 1 / (1 + np.exp(-pairs[:, 0] - nodes[u, 0] * nodes[v, 0]))
    high, low = by_degree(nodes, u, v)
    features = np.column_stack([pairs, nodes[high], nodes[low]])
    far = FarScore.fit(features, positive)
    z = np.clip((features - far.center) / far.scale, -CLIP, CLIP)
    z = np.column_stack([z, np.ones(3000)])
    expected = np.einsum("ni,ij,nj->n", z, far.matrix, z)
    scores = far.on(nodes).score(pairs.T, u, v)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(far.score(features), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(scores, far.on(nodes).score(pairs.T, v, u))
    assert scores[positive].mean() > scores[~positive].mean() + 1


def test_the_far_score_is_the_likeliest_quadratic_form(rng):
    features, positive = labelled(rng, n=4000, width=2)
    far = FarScore.fit(features, positive)
    z = np.clip((features - far.center) / far.scale, -CLIP, CLIP)
    terms = np.column_stack([z[:, 0] ** 2, z[:, 0] * z[:, 1], z[:, 0], z[:, 1] ** 2, z[:, 1]])
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(terms, positive)
    scores = far.score(features)
    np.testing.assert_allclose(scores, theirs.decision_function(terms), atol=0.02)


def test_many_far_pairs_are_learned_from_a_sample(rng, monkeypatch):
    features, positive = labelled(rng, n=4000, width=2)
    everything = FarScore.fit(features, positive).score(features)
    monkeypatch.setattr("core.models.stack.far.ENOUGH", 2000)
    sampled = FarScore.fit(features, positive, seed=1).score(features)
    assert 0 < np.abs(sampled - everything).mean() < 0.3
    np.testing.assert_array_equal(sampled, FarScore.fit(features, positive, 1).score(features))


def test_the_sample_has_all_of_a_rare_kind_and_its_log_odds_are_those_of_all(rng, monkeypatch):
    features = rng.standard_normal((40_000, 2))
    positive = rng.random(40_000) < expit(features[:, 0] - 5)
    everything = FarScore.fit(features, positive).score(features)
    monkeypatch.setattr("core.models.stack.far.ENOUGH", 4000)
    for truth, log_odds in ((positive, everything), (~positive, -everything)):
        sampled = FarScore.fit(features, truth).score(features)
        assert np.abs(sampled - log_odds).mean() < 0.15
        assert expit(sampled).mean() == pytest.approx(truth.mean(), rel=0.1)
    # Of one kind alone, too.
    assert np.isfinite(FarScore.fit(features, np.zeros(40_000, bool)).score(features)).all()


def test_faint_paths_have_trees_of_their_own(rng):
    features, positive = labelled(rng, n=4000)
    reach = rng.random(len(features)).astype(np.float32)
    settings = StackSettings(trees=10)
    found = PathTrees.fit(features, reach, positive, settings, seed=3)
    faint = reach <= found.up_to
    assert (faint & positive).sum() == pytest.approx(FAINT * positive.sum(), abs=1)
    shape = (settings.trees, settings.leaves, settings.learning_rate, 3)
    said = found.predict(np.ascontiguousarray(features.T), reach)
    for rows in (faint, ~faint):
        alone = Trees.fit(features[rows], positive[rows], *shape)
        expected = alone.predict(np.ascontiguousarray(features[rows].T))
        np.testing.assert_array_equal(said[rows], expected)


def test_lessons_take_different_pairs_out_of_the_graph():
    split = random_split(community_pairs(), 210, np.ones(210, bool))
    size = round(0.2 * len(split.train))
    settings = StackSettings(share=0.2, lessons=3, positives=size + 1)
    lessons = list(make_lessons(split, settings, seed=1))
    assert [lesson.positive.sum() for lesson in lessons] == [size, size, size]
    train, taken = split.train.keys(210), []
    for lesson in lessons:
        keys = pair_keys(lesson.u, lesson.v, 210)
        true = keys[lesson.positive]
        assert np.isin(true, train).all()
        assert not np.isin(true, lesson.split.train.keys(210)).any()
        assert len(lesson.split.train) == len(train) - size
        # A non-pair is none that is trained on; what is held out is not known here.
        assert not np.isin(keys[~lesson.positive], train).any()
        taken.append(lesson.split.test.keys(210))
    assert len(np.unique(np.concatenate(taken))) == 3 * size
    (alone,) = make_lessons(split, StackSettings(share=0.2, positives=5), seed=1)
    assert alone.positive.sum() == 5
