"""One product scored with all others, by every score a model has."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore.model_neighbours import scores_with_all, scorings_of, with_scoring
from core.models import create
from core.models.registry import resolve_settings

TINY = {"dim": 8, "epochs": 1}


def fitted(name: str, split, **changes):
    return create(name, resolve_settings(name, "ours", {**TINY, **changes}), seed=1).fit(split)


@pytest.mark.parametrize("name", ["skipgram", "mf", "mf-bias", "gensim-cbow"])
def test_scores_are_those_of_the_model(name, split):
    model = fitted(name, split)
    for scoring in dict.fromkeys((model.scoring, *scorings_of(model))):
        asked = with_scoring(model, scoring)
        for query in (0, 7, int(np.flatnonzero(~split.seen)[0]) if (~split.seen).any() else 3):
            expected = asked.score_all(np.array([query]))[0]
            np.testing.assert_allclose(scores_with_all(asked, query), expected, atol=2e-6)


def test_a_model_of_another_kind_is_asked_itself(split, fixed_model):
    vectors = np.random.default_rng(0).normal(size=(200, 4))
    model = fixed_model(vectors)
    np.testing.assert_allclose(scores_with_all(model, 5), vectors @ vectors[5], atol=1e-5)
    assert scorings_of(model) == () and with_scoring(model, "cosine") is model


def test_asking_by_another_score_leaves_the_model_as_it_is(split):
    model = fitted("skipgram", split)
    own = model.scoring
    other = with_scoring(model, "in-out" if own == "cosine" else "cosine")
    assert other is not model and model.scoring == own and other.scoring != own
    assert with_scoring(model, own) is model


def test_with_one_table_there_is_no_in_out(split):
    assert scorings_of(fitted("mf", split)) == ("cosine",)
    assert scorings_of(fitted("skipgram", split)) == ("cosine", "in-out")


def test_scores_may_be_changed(split):
    model = fitted("skipgram", split)
    for scoring in scorings_of(model):
        asked = with_scoring(model, scoring)
        scores_with_all(asked, 0)[:] = np.nan
        assert np.isfinite(scores_with_all(asked, 0)).all()
