"""The threshold figure, the cliff of death, and the PR and ROC curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.models.registry import MODELS
from dashboard.charts import chart_style, threshold_curves
from dashboard.charts.chart_style import Line


def thresholds(precision, n: int = 201) -> pd.DataFrame:
    at = np.linspace(0, 1, n)
    recall = 1 - at
    table = pd.DataFrame({"threshold": at, "precision": precision(at), "recall": recall})
    table["f1"] = 2 * table["precision"] * recall / (table["precision"] + recall)
    return table


def test_the_cliff_is_found_where_it_was_put():
    cliff = threshold_curves.cliff_of_death(thresholds(lambda t: np.where(t < 0.5, 0.5, 1.0)))
    assert cliff.threshold == pytest.approx(0.5, abs=0.02)
    assert (cliff.after, cliff.before) == (0.5, 1.0)


def test_a_gentle_slope_is_no_cliff():
    assert threshold_curves.cliff_of_death(thresholds(lambda t: 0.5 + t / 2)) is None


def test_a_fall_where_next_to_nothing_is_recalled_is_no_cliff():
    assert (
        threshold_curves.cliff_of_death(thresholds(lambda t: np.where(t > 0.997, 0.1, 0.9))) is None
    )


def test_the_slider_reaches_both_ends():
    table = thresholds(lambda t: t)
    assert threshold_curves.row_at(table, 0)["threshold"] == 0
    assert threshold_curves.row_at(table, 0.5)["threshold"] == pytest.approx(0.5)
    assert threshold_curves.row_at(table, 1)["threshold"] == 1


def test_labels_from_data_are_escaped():
    line = Line("<img src=x>", "mf", thresholds(lambda t: t))
    figure = threshold_curves.threshold_curves([line], 0.5)
    assert "<img" not in figure.to_json()


@pytest.mark.parametrize("n", [1, 6, 19])
def test_any_number_of_runs_has_its_thresholds_drawn_in_its_models_colour(n):
    models = list(MODELS)[:n]
    lines = [Line(model, model, thresholds(lambda t: t)) for model in models]
    figure = threshold_curves.threshold_curves(lines, 0.5)
    drawn = [trace for trace in figure.data if trace.x[0] is not None]
    assert len(drawn) == 3 * n
    assert [trace.line.color for trace in drawn[::3]] == [
        chart_style.colour(model) for model in models
    ]
    assert figure.layout.height < 1200


def test_precision_recall_and_roc_have_one_legend_and_room_for_it():
    def figure(n: int):
        table = pd.DataFrame(
            {"recall": [0, 1], "precision": [1, 0.5], "fpr": [0, 1], "tpr": [0, 1]}
        )
        lines = [Line(f"run {i}", "mf", table, i) for i in range(n)]
        return threshold_curves.pr_and_roc(lines, lines)

    many = figure(19)
    named = [trace.name for trace in many.data if trace.showlegend is not False]
    assert named == [f"run {i}" for i in range(19)] + ["chance"]
    assert many.data[0].legendgroup == many.data[19].legendgroup
    assert many.layout.height > figure(4).layout.height
