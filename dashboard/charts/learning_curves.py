"""Learning curves: of a run in training, and of several finished runs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.evaluation.measures import shown_in
from dashboard.charts.chart_style import (
    LEGEND,
    QUIET,
    Line,
    colour,
    colour_of,
    finish,
    pen,
    text,
)
from dashboard.charts.direct_labels import Label, add_background, add_labels

# More marks would hide the curve; more points would slow down the page.
MAX_EPOCH_MARKS = 25
MAX_POINTS = 500
# The development phase measures AUC; the final phase, drawn fainter, only its loss.
PHASES = {"development": 1.0, "final": 0.45}
HEIGHT = 420
# One for each measure, in order.
DASHES = ("dot", "solid", "dash")


def live_curve(curve: pd.DataFrame, model: str) -> go.Figure:
    """Return the learning curve of a run in training: AUC, loss and learning rate by epoch.

    Parameters
    ----------
    curve : DataFrame
        From `Run.curve`.
    model : str
    """
    ends = epoch_ends(curve[curve["phase"] == "development"])
    curve = curve.iloc[:: -(-len(curve) // MAX_POINTS) or 1]
    titles = {"loss": "Loss", "learning_rate": "Learning rate"}
    others = [name for name in titles if name in curve and curve[name].any()]
    figure = make_subplots(
        rows=1,
        cols=1 + len(others),
        horizontal_spacing=0.06,
        subplot_titles=["AUC, development slice", *(titles[name] for name in others)],
        column_widths=[2, *[1] * len(others)],
    )
    shade = colour(model)
    measured = curve[curve["phase"] == "development"]
    for measure, dash in zip(shown_in("curve"), cycle(DASHES)):
        if measure.name in measured:
            figure.add_scatter(
                x=measured["epoch"],
                y=measured[measure.name],
                name=measure.heading,
                row=1,
                col=1,
                mode="lines+markers",
                line={"color": shade, "dash": dash, "width": 2.5},
                marker={"size": 5},
                hovertemplate="epoch %{x:.2f}: %{y:.4f}",
            )
    for position, column in enumerate(others, start=2):
        for phase, opacity in PHASES.items():
            part = curve[curve["phase"] == phase]
            if part[column].notna().any():
                figure.add_scatter(
                    x=part["epoch"],
                    y=part[column],
                    name=phase,
                    row=1,
                    col=position,
                    mode="lines",
                    line={"color": shade, "width": 2},
                    opacity=opacity,
                    showlegend=False,
                    hovertemplate="epoch %{x:.2f}: %{y:.4g}",
                )
    for epoch in ends[:: -(-len(ends) // MAX_EPOCH_MARKS) or 1]:
        figure.add_vline(x=epoch, line={"width": 1, "dash": "dot", "color": QUIET})
    figure.update_xaxes(title="Epoch", rangemode="tozero")
    return finish(figure, 300, legend={**LEGEND, "y": 1.14}, uirevision="live")


def learning_curves(
    lines: list[Line], measure: str = "auc_seen", background: Sequence[Line] = ()
) -> go.Figure:
    """Return the learning curves of several runs, with a mark at the end of each epoch.

    Parameters
    ----------
    lines : list of Line
        Their tables are from `Run.curve`.
    measure : str
        The column to draw.
    background : sequence of Line
        Runs that are drawn thin and grey.
    """
    figure = go.Figure()
    add_background(figure, _developing(background, measure), "epoch", measure)
    labels = []
    for line in _developing(lines, measure):
        curve = line.table
        figure.add_scatter(
            x=curve["epoch"],
            y=curve[measure],
            name=text(line.label),
            legendgroup=line.label,
            showlegend=False,
            mode="lines+markers",
            line=pen(line),
            marker={"size": 4},
            hovertemplate="epoch %{x:.2f}: %{y:.4f}",
        )
        # A separate trace, for its longer marks.
        ends = curve[curve["epoch"].isin(epoch_ends(curve))]
        figure.add_scatter(
            x=ends["epoch"],
            y=ends[measure],
            mode="markers",
            legendgroup=line.label,
            showlegend=False,
            marker={"symbol": "line-ns-open", "size": 14, "color": colour_of(line)},
            hoverinfo="skip",
        )
        if colour_of(line) != QUIET:
            labels.append(Label(line, curve["epoch"].iloc[-1], float(curve[measure].iloc[-1])))
    figure.update_xaxes(title="Epoch (long mark: end)", rangemode="tozero")
    figure.update_yaxes(title="AUC on the development slice")
    if labels:
        drawn = [value for trace in figure.data for value in trace.y]
        low, high = min(drawn), max(drawn)
        margin = 0.05 * (high - low) or 0.01
        heights = (low - margin, high + margin)
        figure.update_yaxes(range=heights)
        # Room for the names, in epochs.
        last = max(trace.x[-1] for trace in figure.data if len(trace.x))
        figure.update_xaxes(range=[0, last * 1.28])
        add_labels(figure, labels, heights, HEIGHT - 80)
    return finish(figure, HEIGHT)


def _developing(lines: Sequence[Line], measure: str) -> list[Line]:
    """Return the lines that have a development phase, with its part of the curve."""
    parts = [
        line._replace(table=line.table[line.table["phase"] == "development"]) for line in lines
    ]
    return [line for line in parts if len(line.table) and measure in line.table]


def epoch_ends(curve: pd.DataFrame) -> list[float]:
    """Return where epochs end in a learning curve."""
    if "epoch_end" not in curve or curve.empty:
        return []
    return curve.loc[curve["epoch_end"].fillna(0).astype(float) > 0, "epoch"].tolist()
