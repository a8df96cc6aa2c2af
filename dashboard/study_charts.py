"""Figures of the studies from their descriptions. Pure, as `dashboard.charts` is."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from dashboard.charts import DASHES, PALETTE, finish, text


def study_figure(described: dict[str, Any]) -> go.Figure:
    """Return a figure of what a study wrote down.

    Parameters
    ----------
    described : dict
        ``kind`` (``lines`` or ``bars``), ``x_title``, ``y_title`` and ``series``: each with
        ``name, x, y`` and, for intervals, ``low`` and ``high``.
    """
    figure = go.Figure()
    bars = described["kind"] == "bars"
    for number, series in enumerate(described["series"]):
        shade = PALETTE[number % len(PALETTE)]
        x = [text(value) for value in series["x"]] if bars else series["x"]
        options = {
            "x": x, "y": series["y"], "name": text(series["name"]),
            "hovertemplate": "%{x}: %{y:.4f}", **_interval(series),
        }  # fmt: skip
        if bars:
            figure.add_bar(marker={"color": shade}, **options)
        else:
            dash = DASHES[number // len(PALETTE) % len(DASHES)]
            line = {"color": shade, "dash": dash, "width": 2.5}
            figure.add_scatter(mode="lines+markers", line=line, marker={"size": 5}, **options)
    figure.update_xaxes(title=text(described.get("x_title", "")), automargin=True)
    figure.update_yaxes(title=text(described.get("y_title", "")))
    if bars:
        figure.update_xaxes(type="category")
    shown = len(described["series"]) > 1
    return finish(figure, 400, barmode="group", showlegend=shown)


def _interval(series: dict[str, Any]) -> dict[str, Any]:
    """Return the error bars of a series, if it has any."""
    low, high = series.get("low"), series.get("high")
    if not low or not high:
        return {}
    ends = list(zip(series["y"], low, high))
    whole = [None not in end for end in ends]
    up = [h - y if ok else None for (y, _, h), ok in zip(ends, whole)]
    down = [y - lo if ok else None for (y, lo, _), ok in zip(ends, whole)]
    return {"error_y": {"type": "data", "array": up, "arrayminus": down, "thickness": 1.5}}
