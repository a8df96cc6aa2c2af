"""Data frames in, plotly figures out. Nothing here reads files or knows of Streamlit.

Every model has its colour and line everywhere. Texts that come from data go through `text`.
"""

from __future__ import annotations

import html
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

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
