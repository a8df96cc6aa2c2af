"""Figures of results."""

from __future__ import annotations

import pandas as pd
import pytest

from core.models.registry import MODELS
from dashboard.charts import chart_style, result_charts
from dashboard.charts.chart_style import Line


def test_intervals_are_drawn_around_their_values():
    rows = [{"label": "MF", "model": "mf", "difference": 0.1, "low": 0.05, "high": 0.2}]
    figure = result_charts.difference_intervals(rows, "MRR", "Three-hop")
    error = figure.data[0].error_x
    assert (error.array[0], error.arrayminus[0]) == pytest.approx((0.1, 0.05))
    assert figure.layout.xaxis.title.text.startswith("MRR, difference from Three-hop<br>")


def slices_of(values: dict[str, float | None]) -> pd.DataFrame:
    rows = [("ends", name, 10, value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["slice", "value", "n", "hits_at_10"])


def test_bars_of_the_same_colour_differ_in_pattern():
    lines = [Line(name, name, slices_of({"seen": 0.1})) for name in MODELS]
    lines += [Line(f"skipgram {n}", "skipgram", lines[0].table, n) for n in (1, 2)]
    bars = result_charts.slices(lines, "ends", "hits_at_10").data
    looks = {(bar.marker.color, bar.marker.pattern.shape) for bar in bars}
    assert len(looks) == len(lines)
    assert len(
        {(chart_style.pen(line)["color"], chart_style.pen(line)["dash"]) for line in lines}
    ) == len(lines)


def test_parts_without_any_value_are_left_out_and_named():
    first = Line("a", "mf", slices_of({"seen": 0.1, "half-seen": None, "unseen": None}))
    second = Line("b", "eges", slices_of({"seen": 0.2, "half-seen": 0.3, "unseen": None}))
    assert result_charts.unmeasured([first, second], "ends", "hits_at_10") == ["unseen"]
    figure = result_charts.slices([first, second], "ends", "hits_at_10")
    assert [list(bar.x) for bar in figure.data] == [["seen", "half-seen"]] * 2
    assert result_charts.unmeasured([first], "ends", "hits_at_10") == ["half-seen", "unseen"]
