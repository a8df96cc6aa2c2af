"""Names on the maps: of regions, and titles of products to hover over. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import text
from dashboard.charts.map_charts import VIEW

LABELS_SHOWN = 14
# Width of a letter, of its size.
LETTER = 0.47
# With titles of 100,000 points a new colour takes 1.5 s instead of 0.9: of more points than the
# first, as many as the second have one, or as many as the third in view of a chosen product.
MOST_TITLES, NAMED, NAMED_IN_VIEW = 30_000, 5_000, 15_000
UNSEEN = "titles"


def with_titles(points: pd.DataFrame, titles: pd.Series) -> pd.DataFrame:
    """Return `points` with titles to hover over, if there are few enough of them."""
    if len(points) > MOST_TITLES:
        return points
    return points.assign(title=_titles(titles))


def name_some(
    figure: go.Figure, points: pd.DataFrame, rows: np.ndarray, titles: pd.Series
) -> go.Figure:
    """Give some of the points of a flat map that is without titles their own, to hover over.

    They lie unseen on top of the others: of two points on one spot plotly shows the title of the
    last. So each colour need not carry 100,000 texts.
    """
    named = {
        **{axis: points[axis].to_numpy()[rows] for axis in ("x", "y")},
        "customdata": rows.astype(np.int32), "text": _titles(titles),
    }  # fmt: skip
    for trace in figure.data:
        if trace.name == UNSEEN:
            trace.update(named)
            return figure
    figure.add_scattergl(
        **named, mode="markers", marker={"size": 4, "opacity": 0}, hoverinfo="text",
        showlegend=False, name=UNSEEN,
    )  # fmt: skip
    return figure


def in_view(figure: go.Figure, points: pd.DataFrame) -> np.ndarray:
    """Return the rows of the points that a flat map shows, no more than `NAMED_IN_VIEW`."""
    inside = np.ones(len(points), bool)
    for axis, layout in (("x", figure.layout.xaxis), ("y", figure.layout.yaxis)):
        inside = inside & points[axis].between(*layout.range).to_numpy()
    return np.flatnonzero(inside)[:NAMED_IN_VIEW]


def _titles(titles: pd.Series) -> list[str]:
    return [text(title[:80]) for title in titles]


def with_labels(figure: go.Figure, points: pd.DataFrame, labels: list[str]) -> go.Figure:
    """Write the names of the largest regions on a flat map, each at the middle of its points."""
    taken: list[tuple[float, float]] = []
    said: set[str] = set()
    low, high = np.percentile(points[["x", "y"]], [VIEW, 100 - VIEW], axis=0)
    extent = high - low
    for number, label in enumerate(labels):
        if len(taken) >= LABELS_SHOWN:
            break
        inside = points[points["region"] == number]
        if not label or inside.empty:
            continue
        x, y = float(inside["x"].median()), float(inside["y"].median())
        # Two labels on one spot cannot be read, and one name twice says little.
        near = (abs(x - a) < 0.16 * extent[0] and abs(y - b) < 0.06 * extent[1] for a, b in taken)
        if text(label) in said or any(near):
            continue
        taken.append((x, y))
        said.add(text(label))
        figure.add_annotation(
            x=x, y=y, text=text(label), showarrow=False, font={"size": 12, "color": "#1B2430"},
            bgcolor="rgba(255,255,255,0.78)", borderpad=2,
        )  # fmt: skip
    return figure


def readable(figure: go.Figure, width: int, size: int = 12) -> go.Figure:
    """Keep the names of regions on a flat map within it, and only such as lie on no other.

    Of two that would, the one of the larger region stays.

    Parameters
    ----------
    width : int
        About how many pixels the points have, on a small screen.
    size : int
        Of the type.
    """
    low, high = figure.layout.xaxis.range
    per_x = width / (high - low)
    per_y = figure.layout.height / np.ptp(figure.layout.yaxis.range)
    kept = []
    for note in figure.layout.annotations:
        half = LETTER * size * len(note.text) / 2 + size / 3
        middle, y = (note.x - low) * per_x, note.y * per_y
        if 0 <= middle <= width:
            inside = min(max(middle, half), width - half)
            middle, note.xshift = inside, round(inside - middle)
        if all(
            abs(middle - other) >= half + reach or abs(y - beside) >= 1.7 * size
            for other, beside, reach, _ in kept
        ):
            kept.append((middle, y, half, note))
    figure.layout.annotations = [note for *_, note in kept]
    return figure
