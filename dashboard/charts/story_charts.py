"""Figures of the story: few marks, large type. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.evaluation.measure_type import Row
from dashboard.charts.chart_style import PALETTE, QUIET, finish, text
from dashboard.charts.name_places import shorten

# Maximum length of the names in a walk, in characters.
MAX_NAME = 24


def ranking_bars(rows: Sequence[Row], highlighted: Sequence[str]) -> go.Figure:
    """Return a bar for each run's Hits@10, with its 95 % interval, the best on top.

    Parameters
    ----------
    rows : list of dict
        Rows of the results table with `hits_at_10`, `hits_at_10_low` and `hits_at_10_high`.
    highlighted : list of str
        Labels of the runs that the claim names; the others are grey.
    """
    rows = sorted(rows, key=lambda row: row["hits_at_10"])
    values = [row["hits_at_10"] for row in rows]
    low = [row.get("hits_at_10_low") or row["hits_at_10"] for row in rows]
    high = [row.get("hits_at_10_high") or row["hits_at_10"] for row in rows]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[text(row["label"]) for row in rows],
            orientation="h",
            marker={"color": [PALETTE[2] if r["label"] in highlighted else QUIET for r in rows]},
            error_x={
                "array": [end - value for end, value in zip(high, values)],
                "arrayminus": [value - end for end, value in zip(low, values)],
                "thickness": 2,
            },
            text=[f"{value:.0%}" for value in values],
            textposition="inside",
            insidetextanchor="start",
            insidetextfont={"color": "#111822"},
            hovertemplate="%{y}: %{x:.4f}<extra></extra>",
        )
    )
    figure.update_xaxes(title="Held-out partners among the first ten", tickformat=".0%")
    figure.update_yaxes(automargin=True)
    return finish(figure, None)


def walk(names: Sequence[str]) -> go.Figure:
    """Return a walk as a line from product to product, with their names.

    Parameters
    ----------
    names : list of str
        In the order of the walk.
    """
    x = list(range(len(names)))
    y = [0.4 * (-1) ** step for step in x]
    figure = go.Figure(
        go.Scatter(
            x=x,
            y=y,
            mode="lines+markers+text",
            line={"color": PALETTE[0], "width": 3},
            marker={
                "size": 18,
                "color": [PALETTE[1], *[PALETTE[0]] * (len(names) - 1)],
                "line": {"width": 1, "color": "white"},
            },
            text=[_in_two_lines(shorten(name, 2 * MAX_NAME)) for name in names],
            textposition=["top center" if above > 0 else "bottom center" for above in y],
            hoverinfo="skip",
            cliponaxis=False,
            showlegend=False,
        )
    )
    hidden = {"visible": False}
    return finish(
        figure,
        None,
        xaxis={**hidden, "range": [-0.6, len(names) - 0.4]},
        yaxis={**hidden, "range": [-1, 1]},
    )


def _in_two_lines(name: str) -> str:
    """Return a name with a line break near its middle, if it is long."""
    if len(name) <= MAX_NAME:
        return text(name)
    blank = name.rfind(" ", 0, MAX_NAME)
    if blank < 0:
        return text(name[: MAX_NAME - 1] + "…")
    return f"{text(name[:blank])}<br>{text(shorten(name[blank + 1 :], MAX_NAME))}"
