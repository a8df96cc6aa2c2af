"""Figures of studies."""

from __future__ import annotations

from core.studies.study_result import Figure, Series
from dashboard.charts import chart_style
from dashboard.charts.study_charts import study_figure


def test_a_series_of_a_model_has_its_colour_and_other_series_have_other_colours():
    series = [Series(name=name, x=[1], y=[1]) for name in ("epochs", "EGES", "node2vec")]
    for kind in ("bars", "lines"):
        described = Figure(title="", kind=kind, x_title="", y_title="", series=series)
        drawn = study_figure(described).data
        shades = [(trace.marker if kind == "bars" else trace.line).color for trace in drawn]
        assert shades[1:] == [chart_style.colour("eges"), chart_style.colour("node2vec")]
        assert shades[0] not in shades[1:]
