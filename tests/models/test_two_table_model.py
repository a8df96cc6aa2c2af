"""The scores of models with center and context vectors, one query at a time."""

from __future__ import annotations

import numpy as np
import pytest

from core.models import create
from core.models.base import Model
from core.models.registry import resolve_settings

TINY = {"dim": 8, "epochs": 1}


def fitted(name: str, split, **changes) -> Model:
    return create(name, resolve_settings(name, "ours", {**TINY, **changes}), seed=1).fit(split)


def test_a_model_with_another_scoring_shares_the_vectors(community_split):
    model = fitted("skipgram", community_split)
    own = model.scoring
    other = model.scored_by("in-out" if own == "cosine" else "cosine")
    assert model.scoring == own and other.scoring != own
    assert other.vectors is model.vectors
    assert model.scored_by(own) is model and model.scored_by("no such score") is model


def test_in_out_needs_two_tables(community_split):
    assert fitted("mf", community_split).neighbour_scorings == ("cosine",)
    assert fitted("skipgram", community_split).neighbour_scorings == ("cosine", "in-out")


@pytest.mark.parametrize("name", ["skipgram", "mf", "mf-bias", "gensim-cbow"])
def test_scores_follow_vectors_that_change(name, community_split):
    model = fitted(name, community_split)
    before = model.score_one(3)
    model.fit(community_split.development())
    after = model.score_one(3)
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(after, model.score_all(np.array([3]))[0], atol=2e-6)
