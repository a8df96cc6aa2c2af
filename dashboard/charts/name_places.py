"""Where the names of a network's products stand: above or below their points, none on another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import pandas as pd

ABOVE, BELOW, NOWHERE = "top center", "bottom center", ""
# Maximum length of a name in characters, on a screen and on a phone.
MAX_NAME, PHONE_NAME = 28, 16


class _Size(NamedTuple):
    """Size of the type, as shares of the width and height of the points' extent.

    Attributes
    ----------
    letter : float
        Width of a letter.
    line : float
        Height of a line; also the distance from a point to the middle of its name.
    """

    letter: float
    line: float


# The type of presenter mode on a screen 1280 pixels wide, and the usual one on a phone.
SCREEN, PHONE = _Size(0.0072, 0.055), _Size(0.025, 0.042)


def place_names(nodes: pd.DataFrame, names: Sequence[str], phone: bool = False) -> list[str]:
    """Return where each name stands, as plotly's `textposition`; "" where it has no room.

    Earlier names take precedence. A name that would cover another product's point is written only
    if the place on the other side of its own point is no better.

    Parameters
    ----------
    nodes : DataFrame
        Positions ``x, y``, first of those with a name.
    names : sequence of str
    phone : bool
        Whether the figure is as narrow as a phone.
    """
    size = PHONE if phone else SCREEN
    wide, high = ((nodes[axis].max() - nodes[axis].min()) or 1.0 for axis in "xy")
    points = [(x / wide, y / high) for x, y in zip(nodes["x"], nodes["y"])]
    written: list[tuple[float, float, float]] = []
    places = []
    for (x, y), name in zip(points, names):
        half = len(name) * size.letter / 2

        def meets(at: float, others: Sequence[tuple[float, float, float]], x=x, half=half) -> bool:
            return any(abs(x - a) < half + r and abs(at - b) < size.line for a, b, r in others)

        dots = [(a, b, 0.0) for a, b in points if (a, b) != (x, y)]
        sides = ((ABOVE, y + size.line), (BELOW, y - size.line))
        free = [
            (place, at)
            for avoided, (place, at) in product((written + dots, written), sides)
            if name and not meets(at, avoided)
        ]
        place, at = free[0] if free else (NOWHERE, 0.0)
        if place:
            written.append((x, at, half))
        places.append(place)
    return places


def range_with_names(
    nodes: pd.DataFrame, names: Sequence[str], places: Sequence[str], phone: bool = False
) -> list[float]:
    """Return the range of the horizontal axis in which all written names fit."""
    letter = (PHONE if phone else SCREEN).letter
    low, high = nodes["x"].min(), nodes["x"].max()
    wide = (high - low) or 1.0
    halves = [
        (x, len(name) * letter * wide / 2)
        for x, name, place in zip(nodes["x"], names, places)
        if place
    ]
    edge = 0.03 * wide
    return [
        min([low, *(x - half for x, half in halves)]) - edge,
        max([high, *(x + half for x, half in halves)]) + edge,
    ]


def shorten(name: str, max_length: int = MAX_NAME) -> str:
    """Return `name`, cut off with an ellipsis where it is longer than `max_length` characters."""
    return name if len(name) <= max_length else name[: max_length - 1].rstrip() + "…"
