"""Curves over the decision threshold: precision and recall, the cliff of death, PR and ROC."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboard.charts.chart_style import (
    LEGEND,
    MARGIN,
    MARK,
    QUIET,
    Line,
    colour_of,
    finish,
    pen,
    text,
)
from dashboard.charts.direct_labels import Label, add_background, add_labels

PANELS_PER_ROW = 5
# Heights of a panel in pixels: control, panels and table of five runs fit on a small screen.
ONE_ROW_HEIGHT, HEIGHT = 210, 170
LONGEST_TITLE = 27
CURVE_HEIGHT = 470
PRECISION_RANGE, RATE_RANGE = (0.4, 1.02), (0.0, 1.02)
# The x values at which labels point to the curves, chosen because the curves are far apart there.
LABELLED_RECALL, LABELLED_RATE = 0.85, 0.1
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


def threshold_curves(
    lines: list[Line], points: list[pd.Series | None], target: tuple[str, float] | None = None
) -> go.Figure:
    """Return precision, recall and F1 by threshold, one panel per run.

    Parameters
    ----------
    lines : list of Line
        Their tables are the runs' `thresholds`.
    points : list of Series
        The row of each run's table that is marked; None for none.
    target : pair, optional
        The column that was asked for a value, and the value, which is drawn across.
    """
    columns = min(len(lines), PANELS_PER_ROW)
    rows = -(-len(lines) // columns)
    height = ONE_ROW_HEIGHT if rows == 1 else HEIGHT
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[_title(line.label) for line in lines],
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=0.32 / rows,
    )
    figure.update_annotations(font_size=13)
    for number, (line, point) in enumerate(zip(lines, points)):
        subplot = {"row": number // columns + 1, "col": number % columns + 1}
        for name, column, dash in CURVES:
            figure.add_scatter(
                x=line.table["threshold"],
                y=line.table[column],
                name=name,
                legendgroup=name,
                showlegend=False,
                mode="lines",
                **subplot,
                line={"color": colour_of(line), "dash": dash, "width": 2.5},
                hovertemplate=f"threshold %{{x:.3g}}<br>{name.lower()} %{{y:.4f}}<extra></extra>",
            )
        if point is not None:
            _mark(figure, point, line, subplot)
        if target is not None:
            figure.add_hline(
                y=target[1], line={"width": 1, "dash": "dot", "color": QUIET}, **subplot
            )
        cliff = cliff_of_death(line.table)
        if cliff:
            figure.add_annotation(
                x=cliff.threshold,
                y=cliff.after,
                text="cliff of death",
                ax=-30,
                ay=30,
                font={"color": MARK, "size": 13},
                arrowcolor=MARK,
                **subplot,
            )
    # The legend's entries, which stand for all panels, have no model's colour.
    for name, _, dash in CURVES:
        style = {"color": QUIET, "dash": dash, "width": 2.5}
        figure.add_scatter(
            x=[None], y=[None], mode="lines", name=name, legendgroup=name, line=style
        )
    figure.update_yaxes(range=[0, 1.03])
    figure.update_xaxes(nticks=4)
    # In pixels above the first panels, whatever the height of the figure.
    inside, above = height * rows, 44 if any(", " in line.label for line in lines) else 26
    return finish(
        figure,
        inside + above + 58,
        legend={**LEGEND, "y": 1 + above / inside},
        margin={**MARGIN, "t": above + 34},
    )


def _mark(figure: go.Figure, point: pd.Series, line: Line, subplot: dict[str, int]) -> None:
    """Mark a threshold in a run's panel: a line down, and a dot on each curve."""
    at = point["threshold"]
    figure.add_vline(x=at, line={"width": 2, "color": QUIET}, **subplot)
    marked = {name: point[column] for name, column, _ in CURVES}
    figure.add_scatter(
        x=[at] * len(marked),
        y=list(marked.values()),
        text=[f"{name.lower()} {value:.3f}" for name, value in marked.items()],
        mode="markers",
        showlegend=False,
        marker={"size": 9, "color": colour_of(line), "line": {"width": 2, "color": "white"}},
        hovertemplate="threshold %{x:.3g}<br>%{text}<extra></extra>",
        **subplot,
    )


def _title(label: str) -> str:
    """Return a run's label for the top of its panel: the model, and below it what differs."""
    model, _, rest = label.partition(", ")
    return text(_short(model)) + (f"<br><sup>{text(_short(rest))}</sup>" if rest else "")


def _short(words: str) -> str:
    return words if len(words) <= LONGEST_TITLE else f"{words[: LONGEST_TITLE - 1]}…"


def point_reaching(table: pd.DataFrame, column: str, least: float) -> pd.Series | None:
    """Return the row of a `thresholds` table at which precision or recall is at least a value.

    If there are several, the best one: for a given precision the lowest threshold, which has the
    highest recall; for a given recall the highest threshold.

    Parameters
    ----------
    table : DataFrame
        A run's `thresholds`, in ascending order.
    column : str
        ``precision`` or ``recall``.
    least : float

    Returns
    -------
    Series or None
        None if the value is reached nowhere, or by a handful of pairs only.
    """
    reached = table[(table[column] >= least) & (table["recall"] >= MIN_RECALL)]
    if reached.empty:
        return None
    return reached.iloc[0 if column == "precision" else -1]


def row_at(table: pd.DataFrame, share: float) -> pd.Series:
    """Return the row of a `thresholds` table at a position of the slider, from 0 to 1."""
    return table.iloc[round(share * (len(table) - 1))]


def pr_and_roc(
    pr: list[Line], roc: list[Line], background: tuple[list[Line], list[Line]] = ([], [])
) -> go.Figure:
    """Return the precision-recall and ROC curves of the same runs, named next to the curves.

    Parameters
    ----------
    pr, roc : list of Line
        Their tables are the runs' `pr` and `roc`.
    background : pair of lists of Line
        The same of runs that are drawn thin and grey.
    """
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.07, subplot_titles=["Precision and recall", "ROC"]
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="chance",
        hoverinfo="skip",
        showlegend=False,
        row=1,
        col=2,
        line={"dash": "dot", "color": QUIET},
    )
    axes = (
        (pr, background[0], "recall", "precision", PRECISION_RANGE),
        (roc, background[1], "fpr", "tpr", RATE_RANGE),
    )
    for col, (lines, quiet, x, y, heights) in enumerate(axes, 1):
        add_background(figure, quiet, x, y, row=1, col=col)
        for line in lines:
            figure.add_scatter(
                x=line.table[x],
                y=line.table[y],
                name=text(line.label),
                mode="lines",
                line=pen(line),
                legendgroup=line.label,
                showlegend=False,
                row=1,
                col=col,
                hovertemplate="%{x:.3f}, %{y:.3f}",
            )
        _name_curves(figure, lines, x, y, heights, col)
    figure.update_xaxes(title="Recall", range=[0, 1.01], row=1, col=1)
    figure.update_yaxes(title="Precision", range=PRECISION_RANGE, row=1, col=1)
    figure.update_xaxes(title="False positive rate", range=[0, 1.01], row=1, col=2)
    figure.update_yaxes(title="True positive rate", range=RATE_RANGE, row=1, col=2)
    return finish(figure, CURVE_HEIGHT)


def _name_curves(
    figure: go.Figure, lines: list[Line], x: str, y: str, heights: tuple[float, float], col: int
) -> None:
    """Label curves in the empty corner below them; thin lines connect labels and curves."""
    named = [line for line in lines if colour_of(line) != QUIET]
    at = LABELLED_RECALL if x == "recall" else LABELLED_RATE
    labels = []
    for line in named:
        curve = line.table.sort_values(x)
        labels.append(Label(line, at, float(np.interp(at, curve[x], curve[y]))))
    low, high = heights
    # The curves lie in the upper part.
    room = (low, low + 0.55 * (high - low)) if x == "recall" else (low, 0.6)
    add_labels(
        figure, labels, room, round((CURVE_HEIGHT - 90) * (room[1] - room[0]) / (high - low)),
        text_x=0.5, anchor="right" if x == "recall" else "left", row=1, col=col,
    )  # fmt: skip
