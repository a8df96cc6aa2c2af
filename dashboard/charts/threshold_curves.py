"""Curves over the decision threshold: precision and recall, the cliff of death, PR and ROC."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.chart_style import (
    LEGEND,
    MARK,
    QUIET,
    Line,
    colour,
    finish,
    legend_room,
    pen,
    text,
)

# With more runs than this, the panels of the threshold figure are smaller.
MAX_LARGE_PANELS = 6
LARGE_PANELS_PER_ROW, SMALL_PANELS_PER_ROW = 3, 4
LARGE_HEIGHT, SMALL_HEIGHT = 260, 190
# At a lower recall, precision is that of a handful of pairs.
MIN_RECALL = 0.005
# Title, column and dash of the curves in each panel.
CURVES = (("Precision", "precision", "solid"), ("Recall", "recall", "dash"), ("F1", "f1", "dot"))


class Cliff(NamedTuple):
    """Where precision falls steeply as the threshold is lowered.

    Attributes
    ----------
    threshold : float
        The middle of the fall.
    before, after : float
        Precision above and below it.
    """

    threshold: float
    before: float
    after: float


def cliff_of_death(table: pd.DataFrame, window: int = 4, min_fall: float = 0.15) -> Cliff | None:
    """Return where precision falls most; None if it falls nowhere steeply.

    Parameters
    ----------
    table : DataFrame
        A run's `thresholds`, in ascending order.
    window : int
        Steps of the grid over which the fall is measured; 4 of 200 are 2 % of the scale.
    min_fall : float
        A smaller fall is not steep.
    """
    part = table[table["precision"].notna() & (table["recall"] >= MIN_RECALL)].reset_index(
        drop=True
    )
    if len(part) <= window:
        return None
    precision = part["precision"].to_numpy()
    falls = precision[window:] - precision[:-window]
    steepest = int(falls.argmax())
    if falls[steepest] < min_fall:
        return None
    middle = float(part["threshold"].iloc[steepest : steepest + window + 1].mean())
    return Cliff(middle, precision[steepest + window], precision[steepest])


def threshold_curves(lines: list[Line], share: float) -> go.Figure:
    """Return precision, recall and F1 by threshold, one panel per run.

    Parameters
    ----------
    lines : list of Line
        Their tables are the runs' `thresholds`.
    share : float
        Position of the slider: 0 is each run's lowest threshold, 1 its highest.
    """
    many = len(lines) > MAX_LARGE_PANELS
    columns = SMALL_PANELS_PER_ROW if many else min(len(lines), LARGE_PANELS_PER_ROW)
    rows = -(-len(lines) // columns)
    height = SMALL_HEIGHT if many else LARGE_HEIGHT
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[text(line.label) for line in lines],
        shared_yaxes=True,
        horizontal_spacing=0.04,
        vertical_spacing=0.32 / rows,
    )
    for number, line in enumerate(lines):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for name, column, dash in CURVES:
            figure.add_scatter(
                x=line.table["threshold"],
                y=line.table[column],
                name=name,
                legendgroup=name,
                showlegend=False,
                mode="lines",
                **place,
                line={"color": colour(line.model), "dash": dash, "width": 2.5},
                hovertemplate=f"threshold %{{x:.3g}}<br>{name.lower()} %{{y:.4f}}<extra></extra>",
            )
        here = row_at(line.table, share)["threshold"]
        figure.add_vline(x=here, line={"width": 2, "color": QUIET}, **place)
        cliff = cliff_of_death(line.table)
        if cliff:
            figure.add_annotation(
                x=cliff.threshold,
                y=cliff.after,
                text="cliff of death",
                ax=-50,
                ay=30,
                font={"color": MARK},
                arrowcolor=MARK,
                **place,
            )
    # The legend's entries, which stand for all panels, have no model's colour.
    for name, _, dash in CURVES:
        style = {"color": QUIET, "dash": dash, "width": 2.5}
        figure.add_scatter(
            x=[None], y=[None], mode="lines", name=name, legendgroup=name, line=style
        )
    figure.update_yaxes(range=[0, 1.03])
    if many:
        figure.update_annotations(font_size=13)
    # In pixels above the first panels, whatever the height of the figure.
    return finish(figure, 120 + height * rows, legend={**LEGEND, "y": 1 + 32 / (height * rows)})


def row_at(table: pd.DataFrame, share: float) -> pd.Series:
    """Return the row of a `thresholds` table at a position of the slider, from 0 to 1."""
    return table.iloc[round(share * (len(table) - 1))]


def pr_and_roc(pr: list[Line], roc: list[Line]) -> go.Figure:
    """Return the precision-recall and ROC curves of the same runs, with one legend.

    Parameters
    ----------
    pr, roc : list of Line
        Their tables are the runs' `pr` and `roc`.
    """
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.08, subplot_titles=["Precision and recall", "ROC"]
    )
    for col, (lines, x, y) in enumerate(((pr, "recall", "precision"), (roc, "fpr", "tpr")), 1):
        for number, line in enumerate(lines):
            figure.add_scatter(
                x=line.table[x],
                y=line.table[y],
                name=text(line.label),
                mode="lines",
                line=pen(line),
                legendgroup=number,
                showlegend=col == 1,
                row=1,
                col=col,
                hovertemplate="%{x:.3f}, %{y:.3f}",
            )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="chance",
        hoverinfo="skip",
        row=1,
        col=2,
        line={"dash": "dot", "color": QUIET},
    )
    figure.update_xaxes(title="Recall", range=[0, 1.01], row=1, col=1)
    figure.update_yaxes(title="Precision", range=[0.4, 1.02], row=1, col=1)
    figure.update_xaxes(title="False positive rate", range=[0, 1.01], row=1, col=2)
    figure.update_yaxes(title="True positive rate", range=[0, 1.02], row=1, col=2)
    return finish(figure, 460 + legend_room(len(pr) + 1), legend={**LEGEND, "y": 1.09})
