"""Choices on the development slice, and the fit on all training pairs that follows."""

import numpy as np
import pytest

import core.evaluation.development
import core.evaluation.evaluation
import core.graph.walks
import core.models
from core.pipeline.train_run import train
from core.runs.load_run import load_model
from core.runs.store import Store
from tests.shops import AGAIN, ONE_WORKER, planned, prepared_shop, trained

QUICK = {"dim": 16, "epochs": 3}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def skipgram(store):
    return trained(store, "skipgram", changes=QUICK)


def test_the_learning_curve_is_the_development_slice_s(skipgram):
    curve = skipgram.curve()
    development = curve[curve["phase"] == "development"]
    assert development["epoch"].is_monotonic_increasing
    assert development["epoch_end"].sum() == QUICK["epochs"]
    assert development["auc_seen"].between(0, 1).all()
    # The rate falls along a line, and the final fit is not measured on what it trains on.
    assert development["learning_rate"].is_monotonic_decreasing
    assert curve.loc[curve["phase"] == "final", "auc_seen"].isna().all()


def test_the_scoring_is_the_better_one_of_the_development_slice(skipgram):
    metrics = skipgram.metrics
    found = metrics["development_auc"]
    assert metrics["scoring"] == max(found, key=found.get)


@pytest.fixture
def spied(store, monkeypatch):
    """Return a list of the steps of a training run, each with its split."""
    seen = []

    def spy(module, name, of_split):
        real = getattr(module, name)

        def wrapper(*args, **kwargs):
            split = of_split(args)
            seen.append((name, split.kind, len(split.train)))
            return real(*args, **kwargs)

        monkeypatch.setattr(module, name, wrapper)

    spy(core.evaluation.development, "development_monitor", lambda args: args[0])
    spy(core.evaluation.development, "choose_scoring", lambda args: args[1])
    spy(core.evaluation.evaluation, "evaluate", lambda args: args[1])
    for name in ("skipgram", "three-hop"):
        cls = type(core.models.create(name))
        spy(cls, "fit", lambda args: args[1])
    return seen


def test_choices_are_made_on_the_slice_and_the_rest_on_all_training_pairs(store, spied):
    n = store.split_facts("shop", "random")
    n_all, n_kept = n["training_pairs"], n["training_pairs"] - n["development_pairs"]
    trained(store, "skipgram", changes={**QUICK, "epochs": 1})
    assert spied == [
        ("development_monitor", "development", n_kept),
        ("fit", "development", n_kept),
        ("choose_scoring", "development", n_kept),
        ("fit", "random", n_all),
        ("evaluate", "random", n_all),
    ]
    spied.clear()
    trained(store, "three-hop", again=True)
    assert spied == [("fit", "random", n_all), ("evaluate", "random", n_all)]


def test_with_many_pairs_a_quarter_of_the_walks_may_be_enough_to_choose(store, monkeypatch):
    monkeypatch.setattr(core.evaluation.development, "LARGE_PAIRS", 10)
    walked = []
    real = core.graph.walks.random_walks

    def walks(graph, plan, *rest):
        walked.append(plan.walks_per_product)
        return real(graph, plan, *rest)

    monkeypatch.setattr(core.graph.walks, "random_walks", walks)
    changes = {**QUICK, "walks_per_product": 6}
    config = planned(store, "skipgram", seed=9, changes=changes)

    def choose(model, split) -> dict[str, float]:
        model.scoring = chosen
        return {chosen: 0.5}

    monkeypatch.setattr(core.evaluation.development, "choose_scoring", choose)
    chosen = "in-out"
    assert train(store, config, ONE_WORKER).metrics["development_walks"] == 2
    assert walked == [2, 6]
    walked.clear()
    # Cosine may be ahead because of too little training.
    chosen = "cosine"
    run = train(store, config, AGAIN)
    assert walked == [2, 6, 6] and "development_walks" not in run.metrics
    curve = run.curve()
    assert (curve["phase"] == "development").sum() == (curve["phase"] == "final").sum()
    walked.clear()
    # The other processes do not know what was chosen.
    for name, value in {"TORCHELASTIC_RUN_ID": "x", "RANK": "0", "WORLD_SIZE": "1"}.items():
        monkeypatch.setenv(name, value)
    chosen = "in-out"
    train(store, config, AGAIN)
    assert walked == [6, 6]
    walked.clear()
    trained(store, "mf", seed=9, changes={"epochs": 1, "dim": 4})
    assert not walked


def test_the_scoring_that_was_chosen_is_the_one_that_is_measured(store, monkeypatch):
    def choose(model, split):
        model.scoring = model.scorings[chosen]
        return {model.scoring: 0.5}

    monkeypatch.setattr(core.evaluation.development, "choose_scoring", choose)
    config = planned(store, "skipgram", changes={**QUICK, "epochs": 2})
    for chosen in (0, 1):
        run = train(store, config, AGAIN)
        model, split = load_model(store, run)
        assert run.metrics["scoring"] == model.scoring == model.scorings[chosen]
        expected = model.score(split.test.u, split.test.v)
        assert np.array_equal(run.scores("positive"), expected)
        model.scoring = model.scorings[1 - chosen]
        assert not np.allclose(run.scores("positive"), model.score(split.test.u, split.test.v))
