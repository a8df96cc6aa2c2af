"""Labels on maps: names of regions, and hover titles of products. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import text
from dashboard.charts.map_charts import VIEW

LABELS_SHOWN = 14
# Width of a letter in units of the font size.
LETTER_WIDTH = 0.47
# With titles on 100,000 points a change of colour takes 1.5 s instead of 0.9. A map larger than
# `MAX_TITLED` has titles on `NAMED` points, or on `NAMED_IN_VIEW` around a chosen product.
MAX_TITLED, NAMED, NAMED_IN_VIEW = 30_000, 5_000, 15_000
TITLE_TRACE = "titles"


def with_titles(points: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """Return `points` with hover titles, if there are few enough of them."""
    if len(points) > MAX_TITLED:
        return points
    return points.assign(title=_titles(titles))


def add_hover_titles(
    figure: go.Figure, points: pd.DataFrame, rows: np.ndarray, titles: pd.Series
) -> go.Figure:
    """Add hover titles to some points of a 2-D map that has none.

    The titles are on a trace of transparent points on top: plotly shows the hover text of the
    topmost point. So the coloured traces need not carry 100,000 texts.
    """
    named = {
        **{axis: points[axis].to_numpy()[rows] for axis in ("x", "y")},
        "customdata": rows.astype(np.int32), "text": _titles(titles),
    }  # fmt: skip
    for trace in figure.data:
        if trace.name == TITLE_TRACE:
            trace.update(named)
            return figure
    figure.add_scattergl(
        **named, mode="markers", marker={"size": 4, "opacity": 0}, hoverinfo="text",
        showlegend=False, name=TITLE_TRACE,
    )  # fmt: skip
    return figure


def in_view(figure: go.Figure, points: pd.DataFrame) -> np.ndarray:
    """Return the rows of the points in view on a 2-D map, at most `NAMED_IN_VIEW`."""
    inside = np.ones(len(points), bool)
    for axis, layout in (("x", figure.layout.xaxis), ("y", figure.layout.yaxis)):
        inside = inside & points[axis].between(*layout.range).to_numpy()
    return np.flatnonzero(inside)[:NAMED_IN_VIEW]


def _titles(titles: pd.Series) -> list[str]:
    return [text(title[:80]) for title in titles]


def with_labels(figure: go.Figure, points: pd.DataFrame, labels: list[str]) -> go.Figure:
    """Write the names of the largest regions on a 2-D map, each at the median of its points."""
    taken: list[tuple[float, float]] = []
    written: set[str] = set()
    low, high = np.percentile(points[["x", "y"]], [VIEW, 100 - VIEW], axis=0)
    extent = high - low
    for number, label in enumerate(labels):
        if len(taken) >= LABELS_SHOWN:
            break
        inside = points[points["region"] == number]
        if not label or inside.empty:
            continue
        x, y = float(inside["x"].median()), float(inside["y"].median())
        # Overlapping labels cannot be read, and a name that occurs twice identifies no region.
        near = (abs(x - a) < 0.16 * extent[0] and abs(y - b) < 0.06 * extent[1] for a, b in taken)
        if text(label) in written or any(near):
            continue
        taken.append((x, y))
        written.add(text(label))
        figure.add_annotation(
            x=x, y=y, text=text(label), showarrow=False, font={"size": 12, "color": "#1B2430"},
            bgcolor="rgba(255,255,255,0.78)", borderpad=2,
        )  # fmt: skip
    return figure


def tidy_labels(figure: go.Figure, width: int, size: int = 12) -> go.Figure:
    """Keep the names of regions on a 2-D map inside it, and remove those that overlap another.

    Of two that overlap, the one of the larger region stays.

    Parameters
    ----------
    width : int
        Approximate width of the plot in pixels, on a small screen.
    size : int
        Of the font, in pixels.
    """
    low, high = figure.layout.xaxis.range
    per_x = width / (high - low)
    per_y = figure.layout.height / np.ptp(figure.layout.yaxis.range)
    chosen: list[tuple[float, float, float, go.layout.Annotation]] = []
    for note in figure.layout.annotations:
        half = LETTER_WIDTH * size * len(note.text) / 2 + size / 3
        middle, y = (note.x - low) * per_x, note.y * per_y
        if 0 <= middle <= width:
            inside = min(max(middle, half), width - half)
            middle, note.xshift = inside, round(inside - middle)
        if all(
            abs(middle - other) >= half + reach or abs(y - height) >= 1.7 * size
            for other, height, reach, _ in chosen
        ):
            chosen.append((middle, y, half, note))
    figure.layout.annotations = [note for *_, note in chosen]
    return figure
