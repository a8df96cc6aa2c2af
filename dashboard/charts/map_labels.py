"""Labels on maps: names of regions, and hover texts of products. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import text
from dashboard.charts.map_charts import VIEW

LABELS_SHOWN = 14
# Width of a letter in units of the font size.
LETTER_WIDTH = 0.47
# With texts on 100,000 points a change of colour takes 1.5 s instead of 0.9. A map larger than
# `MAX_NAMED` has texts on `NAMED` points, or on `NAMED_IN_VIEW` around a chosen product.
MAX_NAMED, NAMED, NAMED_IN_VIEW = 30_000, 5_000, 15_000
HOVER_TRACE = "hover texts"
MAX_TITLE = 80  # characters
# Text and background of a region's name, by theme.
INK = {"light": ("#1B2430", "rgba(255,255,255,0.78)"), "dark": ("#F2F5F8", "rgba(16,21,27,0.72)")}


def hover_texts(rows: pd.DataFrame) -> pd.Series:
    """Return title, brand, category and price of products, as plotly shows them.

    Parameters
    ----------
    rows : DataFrame
        ``id, title, brand, category, price``, as from `core.explore.neighbours.describe`.
    """
    title = rows["title"].where(rows["title"] != "", rows["id"]).str.slice(0, MAX_TITLE)
    price = [f"{price:,.2f}" if np.isfinite(price) else "" for price in rows["price"]]
    facts = [
        text(" · ".join(filter(None, facts)))
        for facts in zip(rows["brand"], rows["category"], price)
    ]
    return pd.Series(
        [
            f"<b>{text(name)}</b>" + (f"<br>{more}" if more else "")
            for name, more in zip(title, facts)
        ],
        index=rows.index,
    )


def add_hover_texts(
    figure: go.Figure, points: pd.DataFrame, rows: np.ndarray, texts: pd.Series
) -> go.Figure:
    """Add hover texts to some points of a 2-D map that has none.

    They are on a trace of transparent points on top: plotly shows the text of the topmost point.
    So the coloured traces need not carry 100,000 texts.
    """
    named = {
        **{axis: points[axis].to_numpy()[rows] for axis in ("x", "y")},
        "customdata": points["product"].to_numpy()[rows].astype(np.int32),
        "text": list(texts),
    }
    for trace in figure.data:
        if trace.name == HOVER_TRACE:
            trace.update(named)
            return figure
    figure.add_scattergl(
        **named, mode="markers", marker={"size": 4, "opacity": 0}, hoverinfo="text",
        showlegend=False, name=HOVER_TRACE,
    )  # fmt: skip
    return figure


def in_view(figure: go.Figure, points: pd.DataFrame) -> np.ndarray:
    """Return the rows of the points in view on a 2-D map, at most `NAMED_IN_VIEW`."""
    inside = np.ones(len(points), bool)
    for axis, layout in (("x", figure.layout.xaxis), ("y", figure.layout.yaxis)):
        inside = inside & points[axis].between(*layout.range).to_numpy()
    return np.flatnonzero(inside)[:NAMED_IN_VIEW]


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
            x=x, y=y, text=text(label), showarrow=False, font={"size": 12}, borderpad=2
        )
    return in_theme(figure, "light")


def in_theme(figure: go.Figure, theme: str) -> go.Figure:
    """Colour all text on a map so that it can be read in the theme, ``light`` or ``dark``."""
    ink, ground = INK[theme]
    figure.update_layout(hoverlabel_font_color=ink)
    for note in figure.layout.annotations:
        note.update(font_color=ink, bgcolor=ground)
    return figure


def tidy_labels(figure: go.Figure, width: int, height: int, size: int = 12) -> go.Figure:
    """Keep the names of regions on a 2-D map inside it, and remove those that overlap another.

    Of two that overlap, the one of the larger region stays.

    Parameters
    ----------
    width, height : int
        Approximate size of the plot in pixels, on a small screen.
    size : int
        Font size in pixels.
    """
    low, high = figure.layout.xaxis.range
    per_x = width / (high - low)
    per_y = height / np.ptp(figure.layout.yaxis.range)
    chosen: list[tuple[float, float, float, go.layout.Annotation]] = []
    for note in figure.layout.annotations:
        half = LETTER_WIDTH * size * len(note.text) / 2 + size / 3
        middle, y = (note.x - low) * per_x, note.y * per_y
        if 0 <= middle <= width:
            inside = min(max(middle, half), width - half)
            middle, note.xshift = inside, round(inside - middle)
        if all(
            abs(middle - other) >= half + reach or abs(y - at) >= 1.7 * size
            for other, at, reach, _ in chosen
        ):
            chosen.append((middle, y, half, note))
    figure.layout.annotations = [note for *_, note in chosen]
    return figure
