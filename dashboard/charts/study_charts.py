"""Figures of the studies from their descriptions."""

from __future__ import annotations

import plotly.graph_objects as go

from core.models.registry import MODELS
from core.studies.study_result import Figure, Series
from dashboard.charts.chart_style import DASHES, PALETTE, Line, colour, fill, finish, pen, text

BY_TITLE = {entry.title: model for model, entry in MODELS.items()}


def study_figure(described: Figure) -> go.Figure:
    """Return a figure of a study as plotly draws it."""
    figure = go.Figure()
    bars = described.kind == "bars"
    # Series that are not models get colours that no model in the figure has.
    taken = {
        colour(BY_TITLE[series.name]) for series in described.series if series.name in BY_TITLE
    }
    free = [shade for shade in PALETTE if shade not in taken] or list(PALETTE)
    others = 0
    for series in described.series:
        model = BY_TITLE.get(series.name)
        x = [text(value) for value in series.x] if bars else series.x
        options = {
            "x": x,
            "y": series.y,
            "name": text(series.name),
            "hovertemplate": "%{x}: %{y:.4f}",
            **_interval(series),
        }
        if model:
            run = Line(series.name, model, None)
            marker, line = fill(run), pen(run)
        else:
            shade, dash = free[others % len(free)], DASHES[others // len(free) % len(DASHES)]
            marker, line = {"color": shade}, {"color": shade, "dash": dash, "width": 2.5}
            others += 1
        if bars:
            figure.add_bar(marker=marker, **options)
        else:
            figure.add_scatter(mode="lines+markers", line=line, marker={"size": 5}, **options)
    figure.update_xaxes(title=text(described.x_title), automargin=True)
    figure.update_yaxes(title=text(described.y_title))
    if bars:
        figure.update_xaxes(type="category")
    shown = len(described.series) > 1
    return finish(figure, 400, barmode="group", showlegend=shown)


def _interval(series: Series) -> dict[str, dict]:
    """Return the error bars of a series, if it has any."""
    low, high = series.low, series.high
    if not low or not high:
        return {}
    up: list[float | None] = []
    down: list[float | None] = []
    for y, bottom, top in zip(series.y, low, high):
        if y is None or bottom is None or top is None:
            up.append(None)
            down.append(None)
        else:
            up.append(top - y)
            down.append(y - bottom)
    return {"error_y": {"type": "data", "array": up, "arrayminus": down, "thickness": 1.5}}
