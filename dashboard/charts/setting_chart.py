"""Figure of a measure against a setting, over the runs of one model."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import finish, text

HEIGHT = 380
# The axis is logarithmic if the largest value is more than this many times the smallest.
LOG_FROM = 30


def setting_chart(points: pd.DataFrame, setting: str, measure: str, shade: str) -> go.Figure:
    """Return a measure against a setting: a point for each run, with its 95 % interval.

    Parameters
    ----------
    points : DataFrame
        A row for each run: its `label`, the setting's value `x`, the measure's value `y`, and
        `low` and `high`, which are missing if the measure has no interval.
    setting, measure : str
        Titles of the axes.
    shade : str
        Colour of the points.
    """
    is_number = pd.api.types.is_numeric_dtype(points["x"])
    points = points.sort_values("x") if is_number else points
    figure = go.Figure()
    figure.add_scatter(
        x=points["x"] if is_number else points["x"].map(text),
        y=points["y"],
        mode="markers",
        showlegend=False,
        marker={"size": 12, "color": shade},
        error_y={
            "array": points["high"] - points["y"],
            "arrayminus": points["y"] - points["low"],
            "thickness": 2,
        },
        customdata=points["label"].map(text),
        hovertemplate="%{customdata}<br>%{x}: %{y:.4g}<extra></extra>",
    )
    figure.update_xaxes(title=text(setting), type=_axis(points["x"]) if is_number else "category")
    figure.update_yaxes(title=text(measure), type=_axis(points["y"]))
    return finish(figure, HEIGHT)


def _axis(values: pd.Series) -> str:
    """Return the type of the axis that shows these numbers best."""
    low, high = values.min(), values.max()
    return "log" if low > 0 and high > LOG_FROM * low else "linear"
