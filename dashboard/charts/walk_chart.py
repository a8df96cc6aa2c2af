"""A random walk on its network: a figure that plays step by step. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import PALETTE, QUIET, text
from dashboard.charts.name_places import (
    ABOVE,
    MAX_NAME,
    PHONE_NAME,
    place_names,
    range_with_names,
    shorten,
)

HEIGHT = 520
# Duration of a step, and of the move within it, in milliseconds.
STEP_MS, MOVE_MS = 1000, 600
TRAIL, WALKER = PALETTE[0], PALETTE[1]
# Traces that a step changes, by their place in the figure.
MOVING = [2, 3, 4, 5]


class _Name(NamedTuple):
    """The name of a visited product, "" for one without room, and plotly's place for it."""

    text: str
    place: str


def walk_figure(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    walk: Sequence[int],
    chances: Sequence[float],
    shown: int,
    phone: bool = False,
) -> go.Figure:
    """Return a figure of a walk's first `shown` products, with a frame for each step.

    Parameters
    ----------
    nodes, edges : DataFrame
        From `core.explore.walk_network.walk_network`.
    walk : sequence of int
        Products, the start first.
    chances : sequence of float
        Probability of the step to each of them.
    shown : int
        At least 1.
    phone : bool
        Whether the figure is as narrow as a phone.
    """
    place = {row["product"]: (row["x"], row["y"]) for row in nodes.to_dict("records")}
    x, y = [], []
    for u, v in zip(edges["u"], edges["v"]):
        x += [place[u][0], place[v][0], None]
        y += [place[u][1], place[v][1], None]
    figure = go.Figure()
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": QUIET, "width": 1}, opacity=0.35, hoverinfo="skip"
    )
    figure.add_scatter(
        x=nodes["x"], y=nodes["y"], mode="markers", marker={"size": 9, "color": QUIET},
        hovertext=[_hover(row) for row in nodes.to_dict("records")], hoverinfo="text",
    )  # fmt: skip
    visited = nodes.iloc[: len(set(walk))].to_dict("records")
    longest = PHONE_NAME if phone else MAX_NAME
    short = [shorten(row["title"] or row["id"], longest) for row in visited]
    places = place_names(nodes, short, phone)
    names = {
        row["product"]: _Name(name if place else "", place or ABOVE)
        for row, name, place in zip(visited, short, places)
    }
    middle = (nodes["x"].min() + nodes["x"].max()) / 2
    top = middle, nodes["y"].max() + 0.12 * (np.ptp(nodes["y"]) or 1)
    frames = [
        [*_moving(place, names, walk, step), _message(top, len(walk), step, chances[step])]
        for step in range(len(walk))
    ]
    figure.add_traces(frames[shown - 1])
    figure.frames = [
        go.Frame(data=frame, name=str(step), traces=MOVING) for step, frame in enumerate(frames)
    ]
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    across = {**hidden, "range": range_with_names(nodes, short, places, phone)}
    return figure.update_layout(
        height=HEIGHT, showlegend=False, xaxis=across, yaxis=hidden, hovermode="closest",
        margin={"l": 0, "r": 0, "t": 8, "b": 8}, hoverlabel={"align": "left"},
        updatemenus=[_buttons()],
    )  # fmt: skip


def _moving(
    place: dict[int, tuple[float, float]], names: dict[int, _Name], walk: Sequence[int], step: int
) -> list[go.Scatter]:
    """Return what changes in a step: the trail, the visited products, the walker."""
    # As many points in every frame, so that the last one glides along the pair.
    trail = np.array([place[walk[min(at, step)]] for at in range(len(walk))])
    visited = set(walk[: step + 1])
    ever = list(names)
    spots = np.array([place[product] for product in ever])
    here = place[walk[step]]
    return [
        go.Scatter(
            x=trail[:, 0], y=trail[:, 1], mode="lines", line={"color": TRAIL, "width": 3},
            hoverinfo="skip",
        ),
        go.Scatter(
            x=spots[:, 0], y=spots[:, 1], mode="markers+text", hoverinfo="skip",
            marker={"size": [14 if product in visited else 0 for product in ever], "color": TRAIL},
            text=[text(names[product].text) if product in visited else "" for product in ever],
            textposition=[names[product].place for product in ever], textfont={"size": 12},
            cliponaxis=False,
        ),
        go.Scatter(
            x=[here[0]], y=[here[1]], mode="markers", hoverinfo="skip",
            marker={"size": 24, "color": WALKER, "line": {"width": 2, "color": "white"}},
        ),
    ]  # fmt: skip


def _hover(row: Mapping[Hashable, str]) -> str:
    facts = [row["brand"], row["category"]]
    more = text(" · ".join(fact for fact in facts if fact))
    return f"<b>{text(row['title'] or row['id'])}</b>" + (f"<br>{more}" if more else "")


def _timing(step_ms: int, move_ms: int) -> dict[str, object]:
    return {
        "mode": "immediate",
        "frame": {"duration": step_ms, "redraw": False},
        "transition": {"duration": move_ms, "easing": "cubic-in-out"},
    }


def _buttons() -> dict[str, object]:
    """Return the buttons that play the walk from its start and pause it."""
    # None stands for all frames, and a list with None for none: plotly's way to stop.
    play = {"label": "▶ Play", "method": "animate", "args": [None, _timing(STEP_MS, MOVE_MS)]}
    pause = {"label": "❚❚ Pause", "method": "animate", "args": [[None], _timing(0, 0)]}
    return {
        "type": "buttons", "direction": "left", "showactive": False, "buttons": [play, pause],
        "x": 0, "xanchor": "left", "y": 1, "yanchor": "top",
    }  # fmt: skip


def _message(top: tuple[float, float], length: int, step: int, chance: float) -> go.Scatter:
    """Return the line that says which step is shown."""
    words = f"Step {step} of {length - 1} · 1 in {1 / chance:,.0f}" if step else "Start"
    return go.Scatter(
        x=[top[0]], y=[top[1]], mode="text", text=[f"<b>{words}</b>"], hoverinfo="skip",
        textposition="middle center", textfont={"size": 15}, cliponaxis=False,
    )  # fmt: skip
