"""The registry of measures: values computed by hand; every entry is evaluated and shown."""

import math

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from core.evaluation.evaluation import compare, evaluate, value
from core.evaluation.measure_type import Auc, QuestionMean, Recorded
from core.evaluation.measures import MEASURES, measure, names_in, shown_in
from core.evaluation.table import columns

RANKS = np.array([1, 2.5, 10, 10.5, 50])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hits_at_10", 3 / 5),
        ("hits_at_50", 1),
        # The ideal ranking has its one relevant product first: its discounted gain is 1.
        ("ndcg_at_10", (1 + 1 / math.log2(3.5) + 1 / math.log2(11)) / 5),
        ("mrr", (1 + 1 / 2.5 + 1 / 10 + 1 / 10.5 + 1 / 50) / 5),
    ],
)
def test_a_ranking_measure_is_the_mean_of_its_values(name, expected):
    source = measure(name).computed_by
    assert isinstance(source, QuestionMean)
    assert source.mean(RANKS) == pytest.approx(expected)
    assert source.values(RANKS).mean() == pytest.approx(expected)
    assert np.isnan(source.mean(np.empty(0)))


@pytest.mark.parametrize("rank", [1, 2, 9, 10, 11, 40])
def test_ndcg_is_that_of_scikit_learn(rank):
    scores = np.arange(50.0)[None, ::-1]
    relevant = (np.arange(50) == rank - 1)[None]
    source = measure("ndcg_at_10").computed_by
    assert isinstance(source, QuestionMean)
    assert source.mean(np.array([rank])) == pytest.approx(ndcg_score(relevant, scores, k=10))


def test_names_and_headings_are_unique():
    for attribute in ("name", "heading", "title"):
        values = [getattr(entry, attribute) for entry in MEASURES]
        assert len(values) == len(set(values)), attribute


def test_every_place_can_show_its_measures():
    assert all(
        isinstance(entry.computed_by, Auc | QuestionMean) for entry in shown_in("comparison")
    )
    assert all(isinstance(entry.computed_by, QuestionMean) for entry in shown_in("slices"))
    for entry in shown_in("curve"):
        assert isinstance(entry.computed_by, Auc) and entry.computed_by.negatives == "uniform"
    assert set(names_in("baseline")) <= set(names_in("comparison"))


def test_every_measure_is_evaluated(sparse_split, table_model, tied_table):
    result = evaluate(table_model(tied_table, scores_unseen=True), sparse_split)
    other = evaluate(table_model(-tied_table, scores_unseen=True), sparse_split)
    computed = [entry.name for entry in MEASURES if not isinstance(entry.computed_by, Recorded)]
    assert set(computed) <= result.metrics.keys()
    assert result.table()["measure"].tolist() == list(names_in("comparison"))
    assert list(compare(result, other)) == list(names_in("comparison"))
    for entry in shown_in("comparison"):
        assert value(entry, result) == pytest.approx(result.metrics[entry.name])
    for row in result.table().to_dict("records"):
        assert row["value"] == pytest.approx(result.metrics[row["measure"]])
        assert row["low"] <= row["value"] <= row["high"]


@pytest.mark.parametrize("place", ["full_table", "app_table", "short_table", "comparison"])
def test_the_table_has_a_column_for_every_measure_that_a_place_shows(place):
    shown = columns(place)
    assert [c.name for c in shown if not c.name.endswith("_gain")] == ["label", *names_in(place)]
    gains = [c.name.removesuffix("_gain") for c in shown if c.name.endswith("_gain")]
    assert tuple(gains) == (names_in("baseline") if place == "full_table" else ())


def test_minutes_of_short_runs_are_not_zero():
    minutes = measure("minutes")
    texts = [minutes.shown({"total_seconds": seconds}) for seconds in (60.0, 1.2, 0.1, 5.4, None)]
    assert texts == ["1.0", "0.02", "<0.01", "0.09", ""]
