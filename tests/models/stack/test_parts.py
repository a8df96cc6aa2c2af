"""The stack's parts, each against something independent."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import chisquare
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from core.graph.path_draw import PathDraw
from core.graph.product_graph import Pairs, ProductGraph, pair_keys
from core.graph.split import random_split
from core.models.stack import paths
from core.models.stack.bases import lent
from core.models.stack.far import CLIP, FarScore
from core.models.stack.features import NODES, by_degree, node_features
from core.models.stack.id_gaps import FAR_APART, IdGaps, id_places
from core.models.stack.lesson import make_lessons
from core.models.stack.logistic import fit_logistic
from core.models.stack.path_trees import FAINT, PathTrees
from core.models.stack.paths import PATHS, AllPaths, path_sums
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


def test_id_gaps_are_those_of_the_sorted_ids(rng):
    graph = some_graph(rng)
    place = rng.permutation(12).astype(np.int32)
    u, v = (ends.ravel() for ends in np.indices((12, 12)))
    own, *rest = IdGaps(place, graph).pairs(u, v)
    from_u, from_v = np.array(rest).T.reshape(-1, 2, 2).swapaxes(0, 1)
    for row in range(len(u)):
        assert own[row] == pytest.approx(np.log1p(abs(int(place[u[row]]) - int(place[v[row]]))))
        for found, one, other in ((from_u, u[row], v[row]), (from_v, v[row], u[row])):
            around = [n for n in graph.neighbours(one)[0] if n != other]
            gaps = sorted(abs(int(place[n]) - int(place[other])) for n in around)
            gaps = [*gaps, FAR_APART, FAR_APART][:2]
            np.testing.assert_allclose(found[row], np.log1p(gaps), rtol=1e-5)


def test_ids_of_numbers_are_in_the_order_of_their_size():
    ids = ["10", "9", "B2", "B1", "100"]
    split = SimpleNamespace(
        n_products=5, catalogue=SimpleNamespace(frame=pd.DataFrame({"id": ids}))
    )
    order = [ids[i] for i in np.argsort(id_places(split))]
    assert order == ["9", "10", "B1", "B2", "100"]
    split.catalogue = None
    np.testing.assert_array_equal(id_places(split), np.arange(5))


def test_neighbours_lend_the_mean_of_their_vectors(rng):
    graph, vectors = some_graph(rng), rng.standard_normal((12, 3)).astype(np.float32)
    found, network = lent(graph, vectors), graph.to_networkx()
    for node in range(12):
        around = list(network[node]) if node in network else []
        weights = [network[node][other]["weight"] for other in around]
        expected = np.average(vectors[around], axis=0, weights=weights) if around else np.zeros(3)
        np.testing.assert_allclose(found[node], expected, rtol=1e-4, atol=1e-6)


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


def some_graph(rng) -> ProductGraph:
    u, v = np.triu_indices(12, 1)
    kept = rng.random(len(u)) < 0.25
    u, v = u[kept].astype(np.int32), v[kept].astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 2.2], np.float32), len(u))
    return ProductGraph.from_pairs(Pairs(u, v, weight, np.ones(len(u), np.uint8)), 12)


def test_all_paths_are_those_that_are_summed_one_by_one(rng):
    graph = some_graph(rng)
    u, v = (ends.ravel() for ends in np.indices((12, 12)))
    found = AllPaths(graph).pairs(u, v)
    for column, (hops, variant) in enumerate(itertools.product((3, 2), PATHS)):
        expected = path_sums(graph, hops, *variant).rows(np.arange(12)).ravel()
        np.testing.assert_allclose(found[column], expected, rtol=1e-6)
        assert (expected > 0).any()
    adjacency = graph.adjacency.toarray()
    middle = np.maximum(adjacency.sum(axis=1), 1e-9) ** -PATHS[0][1]
    through = adjacency[:, :, None] * middle[None, :, None] * adjacency[None]
    np.testing.assert_allclose(found[8], through.max(axis=1).ravel(), rtol=1e-6)


@pytest.mark.parametrize("room", [1, 1000])
@pytest.mark.parametrize("together", [1, 5])
def test_all_that_queries_reach_has_the_same_sums_to_the_last_bit(rng, together, room, monkeypatch):
    monkeypatch.setattr(paths, "TOGETHER", together)
    monkeypatch.setattr(paths, "ROOM", room)
    all_paths, queries = AllPaths(some_graph(rng)), np.array([7, 0, 3, 7, 11, 5, 2])
    reached = all_paths.rows(queries)
    for first, last in ((0, 12), (4, 9), (6, 7)):
        near, sums = reached.between(first, last)
        row, column = np.divmod(near, last - first)
        u, v = queries[row], first + column
        np.testing.assert_array_equal(sums, all_paths.pairs(u, v))
        every = all_paths.pairs(
            np.repeat(queries, last - first), np.tile(np.arange(first, last), 7)
        )
        np.testing.assert_array_equal(near, np.flatnonzero(every[0]))


def test_paths_are_drawn_in_proportion_to_the_three_hop_score(rng):
    sums = path_sums(some_graph(rng), 3, True, 0.8, 0.4)
    score = sums.rows(np.arange(12)).astype(np.float64)
    draw = PathDraw(sums)
    assert draw.total == pytest.approx(score.sum(), rel=1e-5)
    u, v = draw.draw(200_000, rng)
    counts = np.bincount(u * 12 + v, minlength=144)
    expected = score.ravel() / score.sum() * len(u)
    assert (counts[expected == 0] == 0).all()
    assert chisquare(counts[expected > 5], expected[expected > 5] * counts[expected > 5].sum()
                     / expected[expected > 5].sum()).pvalue > 0.001  # fmt: skip


def test_a_graph_without_pairs_has_no_paths_to_draw(rng):
    empty = np.empty(0, np.int32)
    graph = ProductGraph.from_pairs(
        Pairs(empty, empty, np.empty(0, np.float32), np.empty(0, np.uint8)), 3
    )
    draw = PathDraw(path_sums(graph, 3, True, 0.8, 0.4))
    assert draw.total == 0 and len(draw.draw(5, rng)[0]) == 0


def test_node_features_are_what_their_names_say(rng):
    graph = some_graph(rng)
    features = node_features(graph)
    network = graph.to_networkx()
    for node in range(12):
        around = list(network[node]) if node in network else []
        degrees = [network.degree(other) for other in around]
        expected = [np.log1p(len(around)), 0, 0, 0]
        if around:
            weights = [network[node][other]["weight"] for other in around]
            expected[1:] = [
                np.mean(np.log1p(degrees)), np.mean(weights), np.mean(np.array(degrees) <= 2),
            ]  # fmt: skip
        np.testing.assert_allclose(features[node], expected, rtol=1e-5)
    assert features.shape == (12, len(NODES))
