"""The learned mixture of adjacency powers against dense matrices and a plain logistic loss."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.graph.split import random_split
from core.models.adjacency_mixture import (
    AdjacencyMixture,
    AdjacencyMixtureSettings,
    non_negative_logistic,
)
from core.models.graph_scores import ThreeHop
from tests.communities import community_pairs
from tests.models.test_graph_scores import split_of


def dense_powers(split, powers: int, exponent: float, weighted: bool) -> np.ndarray:
    """Return N, N², …, shape (powers, n_products, n_products)."""
    adjacency = split.graph.adjacency.toarray().astype(np.float64)
    if not weighted:
        adjacency = (adjacency > 0).astype(np.float64)
    degree = adjacency.sum(1)
    factor = np.where(degree > 0, degree, 1) ** -exponent
    matrix = factor[:, None] * adjacency * factor
    return np.stack([np.linalg.matrix_power(matrix, k) for k in range(1, powers + 1)])


@pytest.mark.parametrize("powers", [2, 3, 4, 5])
@pytest.mark.parametrize("weighted", [True, False])
def test_scores_are_the_weighted_sum_of_the_dense_powers(powers, weighted, community_split):
    settings = AdjacencyMixtureSettings(powers=powers, exponent=0.4, weighted=weighted)
    model = AdjacencyMixture(settings).fit(community_split)
    # Whatever has been learned, every power has a part in this.
    model.weights_ = np.arange(powers) / np.arange(powers).sum()
    dense = dense_powers(community_split, powers, 0.4, weighted)
    expected = np.tensordot(model.weights_, dense, 1)
    scores = model.score_all(np.arange(community_split.n_products))
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-9)
    u, v = np.random.default_rng(0).integers(0, community_split.n_products, (2, 500))
    np.testing.assert_allclose(model.score(u, v), expected[u, v], rtol=1e-4, atol=1e-9)


def test_weights_are_chosen_on_the_development_slice_alone(community_split):
    """They change with it, and not with the test pairs."""
    model = AdjacencyMixture().fit(community_split)
    assert model.weights_[0] == 0 and model.weights_.sum() == pytest.approx(1)
    assert (model.weights_ >= 0).all()
    without_test = replace(community_split, test=community_split.test[:0])
    np.testing.assert_array_equal(AdjacencyMixture().fit(without_test).weights_, model.weights_)
    other = replace(community_split, development_mask=np.roll(community_split.development_mask, 7))
    assert not np.array_equal(AdjacencyMixture().fit(other).weights_, model.weights_)


def test_weight_on_three_steps_alone_is_the_three_hop_score(community_split):
    model = AdjacencyMixture().fit(community_split)
    model.weights_ = np.array([0.0, 0.0, 1.0])
    queries = np.arange(50)
    expected = ThreeHop().fit(community_split).score_all(queries)
    np.testing.assert_allclose(model.score_all(queries), expected, rtol=1e-6)


def test_where_no_path_leads_to_a_held_out_pair_it_is_the_three_hop_score():
    # Both directions of a path of two products: with a pair held out, nothing is within reach.
    split = split_of(nx.path_graph(3))
    np.testing.assert_array_equal(AdjacencyMixture().fit(split).weights_, [0, 0, 1])
    split = random_split(community_pairs(2, 4), 8, np.ones(8, bool))
    assert np.isfinite(AdjacencyMixture().fit(split).score_all(np.arange(8))).all()


def test_the_regression_is_the_minimum_of_the_logistic_loss_under_its_bounds():
    """With a feature at its bound, scikit-learn's regression on the others gives the rest."""
    rng = np.random.default_rng(0)
    features = rng.gamma(0.5, [1.0, 1e-4, 100.0], (4000, 3))
    logits = 2 * features[:, 0] + 3e4 * features[:, 1] - 0.05 * features[:, 2] - 1
    positive = rng.random(4000) < 1 / (1 + np.exp(-logits))
    scores = non_negative_logistic(features, positive)
    assert scores[2] == 0
    scale = np.array([1.0, 1e4])
    free = LogisticRegression(C=1e9, tol=1e-8).fit(features[:, :2] * scale, positive)
    assert scores[:2] == pytest.approx(free.coef_[0] * scale, rel=1e-3)
    assert non_negative_logistic(np.ones((10, 2)), np.arange(10) < 5).tolist() == [0, 0]
