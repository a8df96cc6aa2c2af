"""The style that all figures share: colours and lines of models, legend, margins.

A model looks the same in every figure. The hue says its family, and within a family the shade and
the dash tell models apart. Texts that come from data go through `text`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from core.models.model_entry import Family, ModelEntry
from core.models.registry import MODELS, models_by_prominence

# For categories: Okabe and Ito's colours, the blue lighter to show on black and the yellow darker
# to show on white.
PALETTE = (
    "#1F88CE",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8C8C8C",
    "#A89B00",
    "#8A63D2",
)
# For models. Searched for by computer: each shade has a contrast of 3:1 to white and to the app's
# dark background, and the first shades differ under every colour vision deficiency.
FAMILY_SHADES: dict[Family, tuple[str, ...]] = {
    "graph": ("#006E60", "#00A692", "#4F8942"),
    "spectral": ("#0587A4",),
    "factorisation": ("#8B39BC", "#DE66D7", "#AB639C"),
    "word2vec": ("#708EFE", "#3C53D5"),
    "side-info": ("#9F4800", "#C85C00"),
    "combination": ("#B48000",),
}
# More runs than this cannot be told apart by colour.
MAX_SHADES = 8
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "1px,5px", "12px,3px")
# Bars have patterns in place of dashes.
PATTERNS = ("", "/", "x", ".", "-", "\\", "+", "|")
# For marks on a figure: unlike every model and category, visible on white, on black and on the
# colour scale of numbers.
MARK = "#E6007E"
# For secondary lines and dots.
QUIET = "#8C96A0"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0}
LEGEND_ENTRIES_PER_ROW = 5
LEGEND_ROW_HEIGHT = 20
MARGIN = {"l": 8, "r": 8, "t": 40, "b": 8}


class Look(NamedTuple):
    """How a model is drawn.

    Attributes
    ----------
    shade : str
        Its colour.
    styles : tuple of int
        Places in `DASHES` and `PATTERNS`: of its first run, its second run and so on. No other
        model of the same shade has one of them.
    """

    shade: str
    styles: tuple[int, ...]


class Line(NamedTuple):
    """One run in a figure of several.

    Attributes
    ----------
    label : str
    model : str
    table : DataFrame
        What is drawn.
    nth : int
        Its place among the runs of the same model, which share a colour.
    shade : str
        Its own colour, from `distinct_shades`; that of its model by default.
    run : str
        Its id.
    """

    label: str
    model: str
    table: pd.DataFrame
    nth: int = 0
    shade: str = ""
    run: str = ""


def family_looks(models: Iterable[ModelEntry]) -> dict[str, Look]:
    """Return the looks of the models of one family, the most prominent with the plainest."""
    members = sorted(models, key=lambda model: -model.prominence)
    shades = FAMILY_SHADES[members[0].family]
    looks: dict[str, Look] = {}
    for number, shade in enumerate(shades):
        sharing = members[number :: len(shades)]
        # The first styles differ within the family, too.
        first = list(range(number, len(members), len(shades)))
        free = [position for position in range(len(DASHES)) if position not in first]
        for position, model in enumerate(sharing):
            own = first[position] % len(DASHES)
            looks[model.name] = Look(shade, (own, *free[position :: len(sharing)]))
    return looks


def model_looks(models: Mapping[str, ModelEntry]) -> dict[str, Look]:
    """Return the look of every model, from its family and its prominence in the registry."""
    looks: dict[str, Look] = {}
    for family in FAMILY_SHADES:
        if members := [model for model in models.values() if model.family == family]:
            looks |= family_looks(members)
    return looks


LOOKS = model_looks(MODELS)
# For a run whose model this version does not know.
UNKNOWN = Look(QUIET, tuple(range(len(DASHES))))


def text(value: object) -> str:
    """Return `value` escaped, since plotly interprets some HTML."""
    return html.escape(str(value), quote=False)


def colour(model: str) -> str:
    """Return the colour of a model, the same on every page."""
    return LOOKS.get(model, UNKNOWN).shade


def colour_of(line: Line) -> str:
    """Return the colour of a run."""
    return line.shade or colour(line.model)


def distinct_shades(models: Sequence[str]) -> list[str]:
    """Return a colour for each of several runs, as different as possible.

    The most prominent model of each family has its usual colour; every other run has the shade
    that is furthest from those in use. Beyond `MAX_SHADES`, runs are grey.

    Parameters
    ----------
    models : sequence of str
        The runs' models.
    """
    prominence = {name: position for position, name in enumerate(models_by_prominence())}
    order = sorted(range(len(models)), key=lambda i: prominence.get(models[i], len(prominence)))
    shades: dict[int, str] = {}
    families = set()
    for position in order:
        family = MODELS[models[position]].family if models[position] in MODELS else None
        if family and family not in families and len(shades) < MAX_SHADES:
            families.add(family)
            shades[position] = colour(models[position])
    free = [
        shade for row in FAMILY_SHADES.values() for shade in row if shade not in shades.values()
    ]
    for position in order:
        if position not in shades:
            shades[position] = QUIET
            if free and len([shade for shade in shades.values() if shade != QUIET]) < MAX_SHADES:
                shades[position] = max(free, key=lambda one: _distance_to(one, shades.values()))
                free.remove(shades[position])
    return [shades[position] for position in range(len(models))]


def _distance_to(shade: str, others: Iterable[str]) -> float:
    """Return the distance from a colour to the nearest of others: RGB, weighted by visibility."""

    def rgb(colour: str) -> tuple[int, ...]:
        return tuple(int(colour[position : position + 2], 16) for position in (1, 3, 5))

    red, green, blue = rgb(shade)
    return min(
        2 * (red - r) ** 2 + 4 * (green - g) ** 2 + 3 * (blue - b) ** 2
        for r, g, b in map(rgb, others)
    )


def _style(line: Line, styles: tuple[str, ...]) -> str:
    """Return the dash or the pattern of a run."""
    places = LOOKS.get(line.model, UNKNOWN).styles
    return styles[places[line.nth % len(places)]]


def pen(line: Line) -> dict[str, object]:
    """Return the line style of a run: its own colour, or its model's with its own dash."""
    dash = "solid" if line.shade else _style(line, DASHES)
    return {"color": colour_of(line), "dash": dash, "width": 2.5}


def fill(line: Line) -> dict[str, object]:
    """Return the bar style of a run: its own colour, or its model's with its own pattern."""
    shape = "" if line.shade else _style(line, PATTERNS)
    pattern = {"shape": shape, "size": 7, "solidity": 0.35}
    shade = colour_of(line)
    return {"color": shade, "pattern": pattern, "line": {"color": shade, "width": 1}}


def legend_room(entries: int) -> int:
    """Return the height of a full-width legend beyond its first row, in pixels."""
    return LEGEND_ROW_HEIGHT * (-(-entries // LEGEND_ENTRIES_PER_ROW) - 1)


def in_one_table(lines: list[Line]) -> pd.DataFrame:
    """Return the tables of several runs one below the other, each row with its run's `model`."""
    parts = [line.table.assign(model=line.label) for line in lines]
    whole = pd.concat(parts, ignore_index=True)
    return whole[["model", *whole.columns.drop("model")]]


def finish(figure: go.Figure, height: int | None, **layout: object) -> go.Figure:
    """Set a figure's height and what all figures share; `layout` overrides it.

    Without a height, the figure fills the place where it is drawn.
    """
    options = {"margin": MARGIN, "legend": LEGEND, "hoverlabel": {"align": "left"}, **layout}
    return figure.update_layout(height=height, **options)
