"""Colours, lines and tables that all figures share."""

from __future__ import annotations

import pandas as pd

from core.models.registry import EXPERIMENTS
from dashboard.charts import chart_style
from dashboard.charts.chart_style import Line


def test_what_is_marked_has_a_colour_of_its_own():
    assert chart_style.MARK not in {*chart_style.PALETTE, chart_style.QUIET}


def test_the_models_shown_most_differ_by_colour_alone():
    shown_most = [name for name, entry in EXPERIMENTS.items() if entry.colour is not None]
    assert {"skipgram", "stack", "three-hop", "degree", "mf-bias"} <= set(shown_most)
    assert len({chart_style.colour(name) for name in shown_most}) == len(shown_most)
    assert {chart_style.ROUND[name] for name in shown_most} == {0}


def test_what_a_figure_shows_is_one_table():
    lines = [Line(name, "mf", pd.DataFrame({"recall": [0.5, 1.0]})) for name in "ab"]
    table = chart_style.in_one_table(lines)
    assert table.columns[0] == "model" and len(table) == 4
    assert table.groupby("model")["recall"].max().to_dict() == {"a": 1.0, "b": 1.0}


def test_every_model_has_a_style_of_its_own():
    styles = {(chart_style.colour(name), chart_style.ROUND[name]) for name in EXPERIMENTS}
    assert len(styles) == len(EXPERIMENTS)


def test_runs_of_one_model_share_its_colour_and_differ_in_line():
    first, second = (chart_style.pen(Line("a", "mf", pd.DataFrame(), nth)) for nth in (0, 1))
    assert first["color"] == second["color"]
    assert first["dash"] != second["dash"]
