"""Data frames in, plotly figures out. Nothing here reads files or knows of Streamlit.

Every model has its colour and line everywhere. Texts that come from data go through `text`.
"""

from __future__ import annotations

import html
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.models.registry import EXPERIMENTS

# Okabe and Ito's colours; the blue lighter, to be told on black, the yellow darker, for white.
PALETTE = (
    "#1F88CE", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#A89B00",
    "#8A63D2",
)  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "1px,5px", "12px,3px")
# Of bars, which have no dashes.
PATTERNS = ("", "/", "x", ".", "-", "\\", "+", "|")
# The registry gives the models that are shown together most a colour of their own; the others
# share the palette in table order.
_SHARING = [name for name, entry in EXPERIMENTS.items() if entry.colour is None]
_PLACE = {name: entry.colour for name, entry in EXPERIMENTS.items() if entry.colour is not None}
_PLACE |= {name: len(PALETTE) + i for i, name in enumerate(_SHARING)}
COLOURS = {name: PALETTE[place % len(PALETTE)] for name, place in _PLACE.items()}
# How many models before it have the same colour.
ROUND = {name: place // len(PALETTE) for name, place in _PLACE.items()}
ROUNDS = 1 + max(ROUND.values())
# Of what is marked on a figure: no model and no category has it, and it stands out on white, on
# black and on the scale of numbers.
MARK = "#E6007E"
QUIET = "#8C96A0"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0}
PER_ROW = 5
MOST_MARKS = 25
MOST_POINTS = 500
MARGIN = {"l": 8, "r": 8, "t": 40, "b": 8}


class Line(NamedTuple):
    """One run in a figure of many; `nth` tells runs of one model apart, which share its colour."""

    label: str
    model: str
    table: pd.DataFrame
    nth: int = 0


def text(value: object) -> str:
    """Return `value` so that plotly, which reads some HTML, shows it letter by letter."""
    return html.escape(str(value), quote=False)


def colour(model: str) -> str:
    """Return the colour of a model, the same on every page."""
    return COLOURS.get(model, QUIET)


def _style(line: Line, styles: tuple[str, ...]) -> str:
    """Return what tells a run from those of its colour: of other models, or of its own."""
    return styles[(ROUND.get(line.model, 0) + ROUNDS * line.nth) % len(styles)]


def pen(line: Line) -> dict:
    """Return how a run is drawn: its model's colour, and a line of its own in that colour."""
    return {"color": colour(line.model), "dash": _style(line, DASHES), "width": 2.5}


def fill(line: Line) -> dict:
    """Return how a run's bars are drawn: as `pen`, with a pattern for the line."""
    pattern = {"shape": _style(line, PATTERNS), "size": 7, "solidity": 0.35}
    shade = colour(line.model)
    return {"color": shade, "pattern": pattern, "line": {"color": shade, "width": 1}}


def legend_room(entries: int) -> int:
    """Return the pixels that the rows of a full-width legend take, beyond its first one."""
    return 20 * (-(-entries // PER_ROW) - 1)


def in_one_table(lines: list[Line]) -> pd.DataFrame:
    """Return the tables of several runs under one another, each row with its run's `model`."""
    parts = [line.table.assign(model=line.label) for line in lines]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["model", *whole.columns.drop("model")]]


def finish(figure: go.Figure, height: int, **layout) -> go.Figure:
    """Give a figure its height and what all figures share."""
    options = {"margin": MARGIN, "legend": LEGEND, "hoverlabel": {"align": "left"}, **layout}
    return figure.update_layout(height=height, **options)


def published_beside_ours(rows: list[dict]) -> go.Figure:
    """Return AUC of our runs on this data with the published figures of the same models.

    Parameters
    ----------
    rows : list of dict
        From `core.evaluation.table.result_row`, with `label`.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    series = (
        ("Ours, this data", "auc_all", "circle", PALETTE[0]),
        ("Published, Electronics", "published_electronics_auc_all", "diamond", PALETTE[1]),
        ("Published, Books", "published_books_auc_all", "square", PALETTE[2]),
    )
    for name, column, symbol, shade in series:
        if all(row[column] is None for row in rows):
            continue
        figure.add_scatter(
            x=[row[column] for row in rows],
            y=labels,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": shade},
            hovertemplate="%{y}<br>AUC, all pairs %{x:.4f}<extra></extra>",
        )
    figure.add_vline(
        x=0.5,
        line={"dash": "dot", "color": QUIET},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_xaxes(title="AUC, all pairs", range=[0.35, 1.01])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 130 + 30 * len(rows))


def live_curve(curve: pd.DataFrame, model: str) -> go.Figure:
    """Return a run's learning curve: AUC, loss and learning rate against the epochs.

    Parameters
    ----------
    curve : DataFrame
        As `Run.curve` returns it; the development phase has AUC, the final one has not.
    """
    ends = epoch_marks(curve[curve["phase"] == "development"])
    curve = curve.iloc[:: -(-len(curve) // MOST_POINTS) or 1]
    others = {"loss": "Loss", "learning_rate": "Learning rate"}
    others = {name: head for name, head in others.items() if name in curve and curve[name].any()}
    figure = make_subplots(
        rows=1, cols=1 + len(others), horizontal_spacing=0.06,
        subplot_titles=["AUC, development slice", *others.values()],
        column_widths=[2, *[1] * len(others)],
    )  # fmt: skip
    measured = curve[curve["phase"] == "development"]
    for name, column, dash in (("All", "auc_all", "dot"), ("Seen only", "auc_seen", "solid")):
        if column in measured:
            figure.add_scatter(
                x=measured["epoch"], y=measured[column], name=name, row=1, col=1,
                mode="lines+markers", line={"color": colour(model), "dash": dash, "width": 2.5},
                marker={"size": 5}, hovertemplate="epoch %{x:.2f}: %{y:.4f}",
            )  # fmt: skip
    for place, column in enumerate(others, start=2):
        for phase, opacity in (("development", 1), ("final", 0.45)):
            part = curve[curve["phase"] == phase]
            if part[column].notna().any():
                figure.add_scatter(
                    x=part["epoch"], y=part[column], name=phase, row=1, col=place, mode="lines",
                    line={"color": colour(model), "width": 2}, opacity=opacity, showlegend=False,
                    hovertemplate="epoch %{x:.2f}: %{y:.4g}",
                )  # fmt: skip
    # A line for every epoch of a thousand would hide the curve and slow the page.
    for epoch in ends[:: -(-len(ends) // MOST_MARKS) or 1]:
        figure.add_vline(x=epoch, line={"width": 1, "dash": "dot", "color": QUIET})
    figure.update_xaxes(title="Epoch", rangemode="tozero")
    return finish(figure, 300, legend={**LEGEND, "y": 1.14}, uirevision="live")


def epoch_marks(curve: pd.DataFrame) -> list[float]:
    """Return where epochs end in a learning curve."""
    if "epoch_end" not in curve or curve.empty:
        return []
    return curve.loc[curve["epoch_end"].fillna(0).astype(float) > 0, "epoch"].tolist()


def easy_and_matched(rows: list[dict]) -> go.Figure:
    """Return AUC against uniform and against degree-matched negatives, joined a model.

    Parameters
    ----------
    rows : list of dict
        From `core.evaluation.table.result_row`, with `label`.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    for row, label in zip(rows, labels):
        figure.add_scatter(
            x=[row["auc_seen"], row["auc_degree"]], y=[label, label], mode="lines",
            line={"color": QUIET, "width": 3}, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    for name, column, shade in (
        ("uniform negatives", "auc_seen", PALETTE[0]),
        ("degree-matched negatives", "auc_degree", PALETTE[1]),
    ):
        figure.add_scatter(
            x=[row[column] for row in rows], y=labels, mode="markers", name=name,
            marker={"size": 12, "color": shade}, hovertemplate="%{y}: %{x:.4f}",
        )  # fmt: skip
    figure.add_vline(
        x=0.5,
        line={"dash": "dot", "color": QUIET},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_xaxes(title="AUC, seen only")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 130 + 30 * len(rows))
