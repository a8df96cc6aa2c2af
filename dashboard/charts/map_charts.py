"""Figures of maps; built from coordinates and codes only, so that 100,000 points stay small.

Every trace carries its products' numbers as `customdata`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from core.explore.umap_projection import AXES
from dashboard.charts.chart_style import MARK, text
from dashboard.charts.map_colours import SCALE, Colours, Scale

# Percent of the points that the first view leaves out, on each side.
VIEW = 0.5
# Above this many points they are drawn smaller and without supersampling: a browser without a
# graphics card takes half the time.
MANY = 50_000
# The page's style sets the height; this one is for exported files, and to space labels.
HEIGHT = 620
NARROW = 20  # letters of a name in a narrow legend
COUNT = re.compile(r" \([\d,]+\)$")
TOOL_BAR = 36  # height of plotly's tool bar, in pixels
# Above this many selected points they are drawn smaller.
MANY_MARKED = 1_000
MARKED = "selected"  # name of the trace of the selected products
# Share of the width between two maps.
GAP = 0.02


def points_of(points: pd.DataFrame, colours: Colours) -> go.Figure:
    """Return the map with one trace per group; the last group is grey and lies below.

    Parameters
    ----------
    points : DataFrame
        ``product, x, y`` and perhaps ``z`` and ``hover``, the text of each point.
    colours : Colours
    """
    figure = go.Figure()
    products = points["product"].to_numpy()
    codes = colours.codes[products]
    last = len(colours.names) - 1
    for number in (last, *range(last)):
        rows = np.flatnonzero(codes == number)
        if len(rows) == 0:
            continue
        name = colours.names[number]
        opacity = 0.35 if number == last else 0.75
        dots = _dots(points, rows, {"color": colours.shades[number], "opacity": opacity})
        shown = colours.scale is None or number == last
        figure.add_trace(
            dots.update(
                name=f"{text(name)} ({len(rows):,})" if shown else text(name),
                legendgroup=text(name),
                legendrank=1000 + number,
                showlegend=shown,
            )
        )
    if colours.scale is not None:
        figure.add_trace(_colour_bar(points, colours.scale))
    return _finish(figure, points)


def _colour_bar(points: pd.DataFrame, scale: Scale):
    """Return a trace without points that draws the colour bar."""
    ticks = np.linspace(scale.low, scale.high, 5)
    bar = {
        "title": {"text": scale.title},
        "thickness": 12,
        "len": 0.6,
        "tickvals": ticks,
        "ticktext": [f"{10**tick if scale.is_log else tick:,.3g}" for tick in ticks],
    }
    ends = {"cmin": scale.low, "cmax": scale.high}
    marker = {
        "color": [scale.low],
        "colorscale": SCALE,
        "colorbar": bar,
        "showscale": True,
        **ends,
    }
    nowhere = {axis: [None] for axis in _axes(points)}
    return _traces(points)[1](**nowhere, marker=marker, mode="markers", showlegend=False)


def side_by_side(left: go.Figure, right: go.Figure) -> go.Figure:
    """Return two flat maps as one figure: moving or zooming one moves the other.

    Both must have the same colours and coordinates that belong together. The left one is changed.
    """
    known = {trace.legendgroup for trace in left.data}
    for trace in right.data:
        trace.update(xaxis="x2", yaxis="y2")
        if trace.legendgroup in known or trace.marker.showscale:
            trace.update(showlegend=False, marker_showscale=None)
    notes = [note.update(xref="x2", yref="y2") for note in right.layout.annotations]
    left.add_traces(right.data)
    left.layout.annotations = [*left.layout.annotations, *notes]
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    for axis in ("xaxis", "yaxis"):
        # The view shows both maps whole.
        ends = [*left.layout[axis].range, *right.layout[axis].range]
        left.layout[axis].range = [min(ends), max(ends)]
    middle = 0.5
    left.update_layout(
        xaxis_domain=[0, middle - GAP / 2],
        xaxis2={**hidden, "domain": [middle + GAP / 2, 1], "matches": "x", "anchor": "y2"},
        yaxis2={**hidden, "matches": "y", "anchor": "x2"},
    )
    return left


def highlight(
    figure: go.Figure,
    points: pd.DataFrame,
    chosen: int | None,
    near: np.ndarray,
    marked: Sequence[int] | np.ndarray = (),
    is_second: bool = False,
) -> go.Figure:
    """Put a product, lines to its neighbours and other marked points on top of a map.

    Parameters
    ----------
    chosen : int or None
        Row of `points`.
    near : int array
        Rows of its original-space neighbours.
    marked : int array
        Rows of the selected products.
    is_second : bool
        Whether `points` are those of the right one of two maps in `figure`.
    """
    axes = _axes(points)
    axis_of = {"xaxis": "x2", "yaxis": "y2"} if is_second else {}
    line_of, dots_of = (partial(kind, **axis_of) for kind in _traces(points))
    if len(marked):
        figure.add_trace(
            dots_of(
                **{axis: points[axis].iloc[marked] for axis in axes},
                mode="markers",
                marker={"color": MARK, "size": 5 if len(marked) <= MANY_MARKED else 2.5},
                hoverinfo="skip",
                showlegend=False,
                name=MARKED,
            )
        )
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
                marker={"color": MARK, "size": 8}, customdata=points["product"].to_numpy()[near],
                name="nearest by vector", hoverinfo="skip", legendrank=2000,
                showlegend=not is_second,
            )
        )  # fmt: skip
    figure.add_trace(
        dots_of(
            **{axis: [points[axis].iloc[chosen]] for axis in axes}, mode="markers",
            marker={"color": MARK, "size": 15, "symbol": "diamond",
                    "line": {"width": 2, "color": "white"}},
            customdata=[int(points["product"].iloc[chosen])], name="chosen",
            hoverinfo="skip", legendrank=1999, showlegend=not is_second,
        )
    )  # fmt: skip
    return figure


def zoom_to(figure: go.Figure, points: pd.DataFrame, rows: np.ndarray, share: float = 0.3):
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


def legend_under_tool_bar(figure: go.Figure) -> go.Figure:
    """Leave room above a map, so that the tool bar covers neither the legend nor points."""
    return figure.update_layout(margin_t=TOOL_BAR, legend_y=1)


def legend_below(figure: go.Figure) -> go.Figure:
    """Put the legend below a map, where two of them share the width."""
    below = {"orientation": "h", "yanchor": "top", "y": -0.01, "x": 0, "xanchor": "left"}
    return figure.update_layout(legend={**below, "font": {"size": 11}})


def narrow_legend(figure: go.Figure) -> go.Figure:
    """Shorten the names in the legend, where it has little room; first, leave out the counts."""
    for trace in figure.data:
        name = html.unescape(trace.name or "")
        if len(name) > NARROW:
            name = COUNT.sub("", name)
            trace.name = text(name if len(name) <= NARROW else name[: NARROW - 1] + "…")
    return figure.update_layout(legend_font_size=11)


def _axes(points: pd.DataFrame) -> list[str]:
    return [axis for axis in AXES if axis in points]


def _traces(points: pd.DataFrame):
    """Return the kinds of traces for lines and for dots."""
    if "z" in points:
        return go.Scatter3d, go.Scatter3d
    return go.Scattergl, go.Scattergl


def _dots(points: pd.DataFrame, rows: np.ndarray, marker: dict):
    """Return some points as one trace; with texts to hover over if `points` has them."""
    hover = {"hoverinfo": "none"}
    if "hover" in points:
        hover = {"hoverinfo": "text", "text": points["hover"].to_numpy()[rows]}
    size = 2.5 if len(points) > MANY or "z" in points else 4
    return _traces(points)[1](
        **{axis: points[axis].to_numpy()[rows] for axis in _axes(points)},
        mode="markers",
        marker={"size": size, **marker},
        customdata=points["product"].to_numpy()[rows].astype(np.int32),
        **hover,
    )


def _finish(figure: go.Figure, points: pd.DataFrame) -> go.Figure:
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        dragmode="orbit" if "z" in points else "pan",
        legend={"itemsizing": "constant", "yanchor": "top", "y": 1, "x": 1.01},
        hoverlabel={"align": "left"},
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
