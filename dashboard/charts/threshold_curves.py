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
SMALL_PANELS_PER_ROW = 4


class Cliff(NamedTuple):
    """Where precision falls off as the threshold is lowered."""

    threshold: float
    before: float
    after: float


def cliff_of_death(table: pd.DataFrame, window: int = 4, least: float = 0.15) -> Cliff | None:
    """Return where precision falls most within `window` steps of the threshold, or None.

    Parameters
    ----------
    table : DataFrame
        A run's `thresholds`, by rising threshold.
    window : int
        Steps of the grid; 4 of 200 are 2 % of the scale.
    least : float
        Smaller falls are no cliff.
    """
    part = table[table["precision"].notna() & (table["recall"] >= 0.005)].reset_index(drop=True)
    if len(part) <= window:
        return None
    precision = part["precision"].to_numpy()
    falls = precision[window:] - precision[:-window]
    steepest = int(falls.argmax())
    if falls[steepest] < least:
        return None
    middle = float(part["threshold"].iloc[steepest : steepest + window + 1].mean())
    return Cliff(middle, precision[steepest + window], precision[steepest])


def threshold_curves(lines: list[Line], share: float) -> go.Figure:
    """Return precision, recall and F1 against each run's own threshold, one panel a run.

    Parameters
    ----------
    lines : list of Line
        Their tables are the runs' `thresholds`.
    share : float
        Where the slider stands: 0 is the lowest threshold of each run, 1 the highest.
    """
    many = len(lines) > MAX_LARGE_PANELS
    columns = SMALL_PANELS_PER_ROW if many else min(len(lines), 3)
    rows = -(-len(lines) // columns)
    high = 190 if many else 260
    figure = make_subplots(
        rows=rows, cols=columns, subplot_titles=[text(line.label) for line in lines],
        shared_yaxes=True, horizontal_spacing=0.04, vertical_spacing=0.32 / rows,
    )  # fmt: skip
    kinds = (("Precision", "precision", "solid"), ("Recall", "recall", "dash"), ("F1", "f1", "dot"))
    for number, line in enumerate(lines):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for name, column, dash in kinds:
            figure.add_scatter(
                x=line.table["threshold"], y=line.table[column], name=name, legendgroup=name,
                showlegend=False, mode="lines", **place,
                line={"color": colour(line.model), "dash": dash, "width": 2.5},
                hovertemplate=f"threshold %{{x:.3g}}<br>{name.lower()} %{{y:.4f}}<extra></extra>",
            )  # fmt: skip
        here = row_at(line.table, share)["threshold"]
        figure.add_vline(x=here, line={"width": 2, "color": QUIET}, **place)
        cliff = cliff_of_death(line.table)
        if cliff:
            figure.add_annotation(
                x=cliff.threshold, y=cliff.after, text="cliff of death", ax=-50, ay=30,
                font={"color": MARK}, arrowcolor=MARK, **place,
            )  # fmt: skip
    # Of no model's colour, since they stand for all panels.
    for name, _, dash in kinds:
        pen_ = {"color": QUIET, "dash": dash, "width": 2.5}
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, legendgroup=name, line=pen_)
    figure.update_yaxes(range=[0, 1.03])
    if many:
        figure.update_annotations(font_size=13)
    # Above the titles of the first panels, however many rows share the height.
    return finish(figure, 120 + high * rows, legend={**LEGEND, "y": 1 + 32 / (high * rows)})


def row_at(table: pd.DataFrame, share: float) -> pd.Series:
    """Return the row of a `thresholds` table that stands `share` of the way up."""
    return table.iloc[round(share * (len(table) - 1))]


def pr_and_roc(pr: list[Line], roc: list[Line]) -> go.Figure:
    """Return the precision-recall and the ROC curves of the same runs, with one legend for both."""
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.08, subplot_titles=["Precision and recall", "ROC"]
    )
    for col, (lines, x, y) in enumerate(((pr, "recall", "precision"), (roc, "fpr", "tpr")), 1):
        for number, line in enumerate(lines):
            figure.add_scatter(
                x=line.table[x], y=line.table[y], name=text(line.label), mode="lines",
                line=pen(line), legendgroup=number, showlegend=col == 1, row=1, col=col,
                hovertemplate="%{x:.3f}, %{y:.3f}",
            )  # fmt: skip
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="chance", hoverinfo="skip", row=1, col=2,
        line={"dash": "dot", "color": QUIET},
    )  # fmt: skip
    figure.update_xaxes(title="Recall", range=[0, 1.01], row=1, col=1)
    figure.update_yaxes(title="Precision", range=[0.4, 1.02], row=1, col=1)
    figure.update_xaxes(title="False positive rate", range=[0, 1.01], row=1, col=2)
    figure.update_yaxes(title="True positive rate", range=[0, 1.02], row=1, col=2)
    return finish(figure, 460 + legend_room(len(pr) + 1), legend={**LEGEND, "y": 1.09})
