"""The paths between two products, as a small graph."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.charts.chart_style import PALETTE, QUIET, text

# Characters of a line of a name, lines of a name, and the height of one path in pixels.
LINE, LINES, PATH_HEIGHT = 19, 2, 66


def paths(
    weighted_paths: Sequence[tuple[list[int], float]], names: Mapping[int, str], type_size: int = 12
) -> go.Figure:
    """Return paths between two products as a small graph, from left to right.

    Parameters
    ----------
    weighted_paths : sequence of (list of int, float)
        Each path's products, both ends included, and its weight, which the line width shows. All
        have the same length.
    names : mapping of str by product
    type_size : int
        Font size of the names in pixels.
    """
    steps = len(weighted_paths[0][0]) - 1
    # A product is drawn once per column; the two ends are at half height.
    columns = [
        list(dict.fromkeys(path[step] for path, _ in weighted_paths)) for step in range(steps + 1)
    ]
    deepest = max(map(len, columns))
    place = {
        (step, product): (step, -(row + 0.5) * deepest / len(column))
        for step, column in enumerate(columns)
        for row, product in enumerate(column)
    }
    heaviest = max(weight for _, weight in weighted_paths)
    figure = go.Figure()
    for path, weight in weighted_paths:
        stops = [place[stop] for stop in enumerate(path)]
        figure.add_scatter(
            x=[x for x, _ in stops],
            y=[y for _, y in stops],
            mode="lines",
            hoverinfo="skip",
            opacity=0.7,
            line={"color": PALETTE[0], "width": 1 + 4 * weight / max(heaviest, 1e-12)},
        )
    ends = [step in (0, steps) for step, _ in place]
    figure.add_scatter(
        x=[x for x, _ in place.values()],
        y=[y for _, y in place.values()],
        mode="markers+text",
        marker={
            "size": [16 if end else 12 for end in ends],
            "color": [PALETTE[1] if end else QUIET for end in ends],
            "line": {"width": 1, "color": "white"},
        },
        text=[_in_lines(names[product]) for _, product in place],
        textposition="bottom center",
        textfont={"size": type_size},
        hovertext=[text(names[product]) for _, product in place],
        hoverinfo="text",
        cliponaxis=False,
    )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return figure.update_layout(
        height=40 + PATH_HEIGHT * deepest,
        showlegend=False,
        xaxis={**hidden, "range": [-0.35, steps + 0.35]},
        yaxis={**hidden, "range": [-deepest - 0.1, -0.2]},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hoverlabel={"align": "left"},
    )


def _in_lines(name: str) -> str:
    """Return a name broken into lines, the last one cut off if there is more."""
    lines = textwrap.wrap(name, LINE, max_lines=LINES, placeholder="…")
    return "<br>".join(text(line) for line in lines)
