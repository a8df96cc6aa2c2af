"""Figures of the maps: coordinates and codes only, to keep 100,000 points small. Pure.

Every trace carries the row numbers of its points as `customdata`; titles are looked up on demand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from core.explore.umap_projection import AXES
from dashboard.charts.chart_style import MARK, PALETTE, text

OTHER = "#B8C0C8"
TOP = 8  # groups with a colour of their own
# Percent of the points that the first view leaves out, on each side.
VIEW = 0.5
SCALE = "Viridis"
ABSENT, REST = "not given", "other"
STEPS = 14  # of the colour scale
# Above this many points they are drawn smaller and without supersampling: a browser without a
# graphics card takes half the time.
MANY = 50_000


def top_groups(values: pd.Series, top: int = TOP) -> tuple[np.ndarray, list[str]]:
    """Return the rank of each value among the `top` most common ones, and their names.

    Returns
    -------
    codes : int array, shape (n,)
        ``len(names) - 1`` for all other values.
    names : list of str
        The last one stands for all other values.
    """
    counts = values[values != ""].value_counts()
    names = [str(name) for name in counts.index[:top]]
    place = {name: number for number, name in enumerate(names)}
    codes = values.map(place).fillna(len(names)).to_numpy(np.int64)
    rest = len(counts) - len(names)
    if rest == 0:
        return codes, [*names, ABSENT]
    absent = f" or {ABSENT}" if (values == "").any() else ""
    return codes, [*names, f"{rest:,} {REST}s{absent}"]


def by_group(points: pd.DataFrame, codes: np.ndarray, names: list[str]) -> go.Figure:
    """Return the map with one trace, and one legend entry, a group; the last group is grey."""
    figure = go.Figure()
    order = [len(names) - 1, *range(len(names) - 1)]
    for number in order:
        rows = np.flatnonzero(codes == number)
        if len(rows) == 0:
            continue
        last = number == len(names) - 1
        shade = OTHER if last else PALETTE[number % len(PALETTE)]
        figure.add_trace(
            _dots(points, rows, {"color": shade, "opacity": 0.35 if last else 0.75}).update(
                name=f"{text(names[number])} ({len(rows):,})",
                legendrank=1000 + number,
            )
        )
    return _finish(figure, points)


def by_number(points: pd.DataFrame, values: np.ndarray, title: str, log: bool) -> go.Figure:
    """Return the map coloured by a number, in steps; points without one are grey.

    One trace for each step: a browser takes two seconds to colour 100,000 points one by one.
    """
    figure = go.Figure()
    given = np.isfinite(values) & ((values > 0) | (not log))
    missing = np.flatnonzero(~given)
    if len(missing):
        dots = _dots(points, missing, {"color": OTHER, "opacity": 0.3})
        figure.add_trace(dots.update(name=f"{ABSENT} ({len(missing):,})"))
    rows = np.flatnonzero(given)
    if len(rows) == 0:
        return _finish(figure, points)
    shown = np.log10(values[rows]) if log else values[rows]
    low, high = np.percentile(shown, [1, 99])
    high = max(high, low + 1e-6)
    step = np.clip(((shown - low) / (high - low) * STEPS).astype(np.int64), 0, STEPS - 1)
    shades = sample_colorscale(SCALE, (np.arange(STEPS) + 0.5) / STEPS)
    for number in np.unique(step):
        dots = _dots(points, rows[step == number], {"color": shades[number], "opacity": 0.75})
        figure.add_trace(dots.update(name=title, showlegend=False))
    ticks = np.linspace(low, high, 5)
    bar = {
        "title": {"text": title}, "thickness": 12, "len": 0.6, "tickvals": ticks,
        "ticktext": [f"{10**t if log else t:,.3g}" for t in ticks],
    }  # fmt: skip
    scale = {"color": [low], "colorscale": SCALE, "cmin": low, "cmax": high, "colorbar": bar}
    nowhere = {axis: [None] for axis in _axes(points)}
    marker = {**scale, "showscale": True}
    figure.add_trace(_traces(points)[1](**nowhere, marker=marker, mode="markers", showlegend=False))
    return _finish(figure, points)


def highlight(
    figure: go.Figure,
    points: pd.DataFrame,
    chosen: int | None,
    near: np.ndarray,
    marked: Sequence[int] | np.ndarray = (),
) -> go.Figure:
    """Put a product, lines to its neighbours and other marked points on top of a map.

    Parameters
    ----------
    chosen : int or None
        Row of `points`.
    near : int array
        Rows of its original-space neighbours.
    marked : int array
        Rows selected elsewhere.
    """
    axes = _axes(points)
    line_of, dots_of = _traces(points)
    if len(marked):
        figure.add_trace(
            dots_of(
                **{axis: points[axis].iloc[marked] for axis in axes}, mode="markers",
                marker={"color": MARK, "size": 5}, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    if chosen is None:
        return figure
    lines: dict[str, list[float | None]] = {axis: [] for axis in axes}
    for row in near:
        for axis in axes:
            lines[axis] += [points[axis].iloc[chosen], points[axis].iloc[row], None]
    if len(near):
        figure.add_trace(
            line_of(**lines, mode="lines", line={"color": MARK, "width": 1.5},
                    hoverinfo="skip", showlegend=False)
        )  # fmt: skip
        figure.add_trace(
            dots_of(
                **{axis: points[axis].iloc[near] for axis in axes}, mode="markers",
                marker={"color": MARK, "size": 8}, customdata=np.asarray(near),
                name="nearest by vector", hoverinfo="skip", legendrank=2000,
            )
        )  # fmt: skip
    figure.add_trace(
        dots_of(
            **{axis: [points[axis].iloc[chosen]] for axis in axes}, mode="markers",
            marker={"color": MARK, "size": 15, "symbol": "diamond",
                    "line": {"width": 2, "color": "white"}},
            customdata=[chosen], name="chosen", hoverinfo="skip", legendrank=1999,
        )
    )  # fmt: skip
    return figure


def fly_to(figure: go.Figure, points: pd.DataFrame, rows: np.ndarray, share: float = 0.3):
    """Zoom a flat map so that the first of `rows` is in the middle and the others fit."""
    middle = points[["x", "y"]].iloc[rows[0]]
    extent = points[["x", "y"]].max() - points[["x", "y"]].min()
    away = (points[["x", "y"]].iloc[rows] - middle).abs().max()
    for axis in ("x", "y"):
        reach = min(max(extent[axis] * share / 2, away[axis] * 1.1), extent[axis])
        update = figure.update_xaxes if axis == "x" else figure.update_yaxes
        update(range=[middle[axis] - reach, middle[axis] + reach])
    # A name must not cover the product in focus.
    wide, high = (np.ptp(figure.layout[axis].range) for axis in ("xaxis", "yaxis"))
    figure.layout.annotations = [
        note
        for note in figure.layout.annotations
        if abs(note.x - middle["x"]) > 0.16 * wide or abs(note.y - middle["y"]) > 0.04 * high
    ]
    return figure


def legend_below(figure: go.Figure) -> go.Figure:
    """Put the legend below a map, where two of them share the width."""
    below = {"orientation": "h", "yanchor": "top", "y": -0.01, "x": 0, "xanchor": "left"}
    return figure.update_layout(height=540, legend={**below, "font": {"size": 11}})


def _axes(points: pd.DataFrame) -> list[str]:
    return [axis for axis in AXES if axis in points]


def _traces(points: pd.DataFrame):
    """Return the kinds of traces for lines and for dots."""
    if "z" in points:
        return go.Scatter3d, go.Scatter3d
    return go.Scattergl, go.Scattergl


def _dots(points: pd.DataFrame, rows: np.ndarray, marker: dict):
    """Return some points as one trace; with titles to hover over if `points` has them."""
    hover = {"hoverinfo": "none"}
    if "title" in points:
        hover = {"hoverinfo": "text", "text": points["title"].to_numpy()[rows]}
    size = 2.5 if len(points) > MANY or "z" in points else 4
    return _traces(points)[1](
        **{axis: points[axis].to_numpy()[rows] for axis in _axes(points)},
        mode="markers", marker={"size": size, **marker}, customdata=rows.astype(np.int32),
        **hover,
    )  # fmt: skip


def _finish(figure: go.Figure, points: pd.DataFrame) -> go.Figure:
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=570,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode="orbit" if "z" in points else "pan",
        legend={"itemsizing": "constant", "yanchor": "top", "y": 0.94, "x": 1.01},
        uirevision="map",
    )
    # A few far outliers would shrink all others to a spot; zooming out shows them.
    axes = _axes(points)
    low, high = np.percentile(points[axes], [VIEW, 100 - VIEW], axis=0)
    edge = 0.06 * (high - low) + 1e-6
    ranges = [[low[i] - edge[i], high[i] + edge[i]] for i in range(len(axes))]
    if "z" in points:
        looks = {f"{axis}axis": {**hidden, "range": r} for axis, r in zip(axes, ranges)}
        return figure.update_scenes(aspectmode="data", **looks)
    figure.update_xaxes(**hidden, range=ranges[0])
    figure.update_yaxes(**hidden, range=ranges[1])
    return figure
