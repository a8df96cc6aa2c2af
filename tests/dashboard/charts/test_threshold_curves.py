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


def test_a_planted_cliff_is_found():
    cliff = threshold_curves.cliff_of_death(thresholds(lambda t: np.where(t < 0.5, 0.5, 1.0)))
    assert cliff.threshold == pytest.approx(0.5, abs=0.02)
    assert (cliff.after, cliff.before) == (0.5, 1.0)


def test_a_gentle_slope_is_not_a_cliff():
    assert threshold_curves.cliff_of_death(thresholds(lambda t: 0.5 + t / 2)) is None


def test_a_fall_at_negligible_recall_is_not_a_cliff():
    assert (
        threshold_curves.cliff_of_death(thresholds(lambda t: np.where(t > 0.997, 0.1, 0.9))) is None
    )


def test_the_slider_reaches_both_ends():
    table = thresholds(lambda t: t)
    assert threshold_curves.row_at(table, 0)["threshold"] == 0
    assert threshold_curves.row_at(table, 0.5)["threshold"] == pytest.approx(0.5)
    assert threshold_curves.row_at(table, 1)["threshold"] == 1


def test_a_precision_is_reached_at_the_lowest_and_a_recall_at_the_highest_threshold():
    table = thresholds(lambda t: 0.5 + t / 2)
    point = threshold_curves.point_reaching(table, "precision", 0.9)
    assert point["threshold"] == pytest.approx(0.8) and point["precision"] >= 0.9
    point = threshold_curves.point_reaching(table, "recall", 0.9)
    assert point["threshold"] == pytest.approx(0.1) and point["recall"] >= 0.9
    # Only the few pairs at the end of the scale reach precision 1.
    assert threshold_curves.point_reaching(table, "precision", 0.9999) is None


def test_labels_from_data_are_escaped():
    line = Line("<img src=x>", "mf", thresholds(lambda t: t))
    figure = threshold_curves.threshold_curves([line], [None])
    assert "<img" not in figure.to_json()


@pytest.mark.parametrize("n", [1, 6, 19])
def test_every_run_has_its_thresholds_and_points_in_its_colour(n):
    table = thresholds(lambda t: t)
    shades = chart_style.distinct_shades(list(MODELS)[:n])
    lines = [Line(str(i), "mf", table, shade=shade) for i, shade in enumerate(shades)]
    points = [threshold_curves.row_at(table, 0.5)] * n
    figure = threshold_curves.threshold_curves(lines, points, ("precision", 0.9))
    drawn = [trace for trace in figure.data if trace.x[0] is not None]
    assert len(drawn) == 4 * n
    assert [trace.line.color for trace in drawn[::4]] == shades
    assert [trace.marker.color for trace in drawn[3::4]] == shades
    assert figure.layout.height < 1000


def test_precision_recall_and_roc_name_their_curves_and_leave_the_others_grey():
    table = pd.DataFrame({"recall": [0, 1], "precision": [1, 0.5], "fpr": [0, 1], "tpr": [0, 1]})
    models = ["three-hop", "degree", "mf-bias"]
    shades = chart_style.distinct_shades(models)
    lines = [Line(name, name, table, shade=shade) for name, shade in zip(models, shades)]
    quiet = [Line("other", "mf", table, shade=chart_style.QUIET, run="r")]
    figure = threshold_curves.pr_and_roc(lines, lines, (quiet, quiet))
    texts = [note.text for note in figure.layout.annotations]
    for name, shade in zip(models, shades):
        assert sum(shade in text and text.endswith(name) for text in texts) == 2
        assert sum(trace.legendgroup == name for trace in figure.data) == 2
    assert not any("other" in text for text in texts)
    grey = [trace for trace in figure.data if trace.name == "other"]
    assert len(grey) == 2 and {trace.line.color for trace in grey} == {chart_style.QUIET}
