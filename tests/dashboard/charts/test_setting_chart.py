"""The figure of a measure against a setting."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.charts.setting_chart import setting_chart


def points(*values: object) -> pd.DataFrame:
    rows = [(f"run {value}", value, 0.2, 0.1, 0.25) for value in values]
    return pd.DataFrame(rows, columns=["label", "x", "y", "low", "high"])


@pytest.mark.parametrize(
    ("values", "axis"),
    [((8, 32), "linear"), ((1, 31), "log"), ((0, 100), "linear"), (("<b>", "c"), "category")],
)
def test_the_axis_suits_the_values_of_the_setting(values, axis):
    figure = setting_chart(points(*values), "dim", "MRR", "#000000")
    assert figure.layout.xaxis.type == axis and figure.layout.yaxis.type == "linear"


def test_points_are_in_order_and_have_their_intervals():
    (trace,) = setting_chart(points(32, 8), "dim", "MRR", "#000000").data
    assert list(trace.x) == [8, 32] and list(trace.customdata) == ["run 8", "run 32"]
    assert trace.error_y.array[0] == pytest.approx(0.05)
    assert trace.error_y.arrayminus[0] == pytest.approx(0.1)


def test_names_from_data_are_escaped():
    (trace,) = setting_chart(points("<b>"), "dim", "MRR", "#000000").data
    assert trace.x[0] == "&lt;b&gt;" and trace.customdata[0] == "run &lt;b&gt;"
