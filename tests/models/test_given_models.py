"""Vectors and functions from elsewhere as models: scores, and products without a vector."""

import numpy as np
import pytest

from core.config import UserError
from core.models.given_models import GivenScores, GivenVectors


@pytest.fixture
def vectors(community_split) -> np.ndarray:
    rng = np.random.default_rng(0)
    made = rng.normal(size=(community_split.n_products, 6)).astype(np.float32)
    made[[3, 50]] = 0
    return made


@pytest.mark.parametrize("scoring", ["cosine", "dot"])
def test_scores_are_those_of_the_vectors_and_the_lowest_without_one(
    scoring, community_split, vectors
):
    model = GivenVectors(vectors=vectors).fit(community_split)
    model.scoring = scoring
    u, v = np.array([0, 7, 3, 9, 3]), np.array([5, 8, 9, 50, 50])
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    table = unit if scoring == "cosine" else vectors
    scores = model.score(u, v)
    np.testing.assert_allclose(scores[:2], (table[u] * table[v]).sum(axis=1)[:2], rtol=1e-5)
    everything = model.score_all(np.arange(community_split.n_products))
    np.testing.assert_allclose(everything[u, v], scores, rtol=1e-5)
    assert len(set(scores[2:].tolist())) == 1
    has = model.has_vector_
    assert scores[2] < everything[np.ix_(has, has)].min()
    assert not model.can_score(community_split.seen)[[3, 50]].any()


def test_neighbours_can_be_ranked_by_either_score(community_split, vectors):
    model = GivenVectors(vectors=vectors).fit(community_split)
    assert model.neighbour_scorings == ("cosine", "dot")
    for scoring in model.neighbour_scorings:
        assert model.scored_by(scoring).scoring == scoring


def test_the_saved_model_gives_the_same_scores(community_split, vectors, tmp_path):
    model = GivenVectors(vectors=vectors).fit(community_split)
    model.save(tmp_path)
    again = GivenVectors().load(tmp_path, community_split)
    u = np.arange(20)
    np.testing.assert_array_equal(again.score(u, u + 30), model.score(u, u + 30))


def test_a_function_gets_ids_and_may_have_no_score_for_a_pair(community_split):
    model = GivenScores(
        lambda u, v: [float(a) + float(b) if a != "3" else np.nan for a, b in zip(u, v)]
    )
    model.fit(community_split)
    scores = model.score(np.array([0, 3, 5]), np.array([2, 7, 9]))
    assert scores[[0, 2]].tolist() == [2, 14] and scores[1] < -1e30
    np.testing.assert_array_equal(model.score_all(np.array([0, 5]))[1, :4], [5, 6, 7, 8])
    wrong = GivenScores(lambda u, v: 1.0).fit(community_split)
    with pytest.raises(UserError, match="a number for each pair"):
        wrong.score(np.array([0, 1]), np.array([2, 3]))
