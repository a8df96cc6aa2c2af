"""Names written next to lines, in place of a legend; and the lines that stay in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import plotly.graph_objects as go

from dashboard.charts.chart_style import QUIET, Line, colour_of, text

# Height of a line of type, in pixels.
LINE_HEIGHT = 19
LONGEST = 30


class Label(NamedTuple):
    """The name of a line, and the point of the line that it belongs to."""

    line: Line
    x: float | str
    y: float


def add_labels(
    figure: go.Figure, labels: Sequence[Label], heights: tuple[float, float], plot_height: int,
    text_x: float | str | None = None, anchor: Literal["left", "right"] = "left", **subplot: int,
) -> None:  # fmt: skip
    """Write the names of lines next to their points, none on top of another.

    Parameters
    ----------
    figure : Figure
    labels : sequence of Label
    heights : pair of float
        Range of the vertical axis.
    plot_height : int
        Height of that axis in pixels.
    text_x : number, optional
        Where the names stand, if not at their points; a thin line then leads to each point.
    anchor : str
        Which end of the names stands there.
    **subplot
        ``row`` and ``col`` of the subplot.
    """
    low, high = heights
    ordered = sorted(labels, key=lambda label: -label.y)
    gap = LINE_HEIGHT * (high - low) / plot_height
    tops = spread([label.y for label in ordered], gap, low, high)
    for label, top in zip(ordered, tops):
        shade = colour_of(label.line)
        name = label.line.label
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        options: dict[str, object] = {"xshift": 6, "y": top, "x": label.x, "showarrow": False}
        if text_x is not None:
            number = "" if subplot.get("col", 1) == 1 else subplot["col"]
            options = {
                "x": label.x, "y": label.y, "ax": text_x, "ay": top,
                "axref": f"x{number}", "ayref": f"y{number}",
                "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": shade,
            }  # fmt: skip
        figure.add_annotation(
            text=f'<span style="color:{shade}">●</span> {text(short)}',
            hovertext=text(name), xanchor=anchor, align="left", **options, **subplot,
        )  # fmt: skip


def spread(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return descending heights moved so that they are `gap` apart, inside the range if they fit.

    Examples
    --------
    >>> spread([0.9, 0.9, 0.1], 0.1, 0.0, 1.0)
    [0.9, 0.8, 0.1]
    """
    moved: list[float] = []
    for height in heights:
        moved.append(min(height, moved[-1] - gap) if moved else min(height, high))
    if moved and moved[-1] < low:
        # Push back up, from the lowest one.
        moved[-1] = low
        for position in range(len(moved) - 2, -1, -1):
            moved[position] = max(moved[position], moved[position + 1] + gap)
    return [round(height, 10) for height in moved]


def add_background(
    figure: go.Figure, lines: Sequence[Line], x: str, y: str, **subplot: int
) -> None:
    """Draw lines that are not chosen: thin and grey, named on hover."""
    for line in lines:
        figure.add_scatter(
            x=line.table[x],
            y=line.table[y],
            name=text(line.label),
            mode="lines",
            line={"color": QUIET, "width": 1},
            opacity=0.5,
            legendgroup=f"quiet {line.run}",
            showlegend=False,
            hovertemplate="%{x:.3f}, %{y:.3f}",
            **subplot,
        )
