"""The network around a product."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.data.product_relations import RELATIONS
from core.explore.true_pairs import HELD_OUT, TRAINING
from dashboard.charts.chart_style import LEGEND, PALETTE, QUIET, text

RELATION_COLOURS = dict(zip(RELATIONS, (PALETTE[5], PALETTE[0], PALETTE[2], PALETTE[8])))
# Length of a name next to a point, in characters.
MAX_NAME = 28
# Size of a name as a share of the figure's width and height.
NAME_WIDTH, NAME_HEIGHT = 0.15, 0.035


def ego(nodes: pd.DataFrame, edges: pd.DataFrame) -> go.Figure:
    """Return the network around a product: coloured by relation, held-out pairs dotted.

    Parameters
    ----------
    nodes, edges : DataFrame
        From `core.explore.ego_network.ego_network`.
    """
    figure = go.Figure()
    place = {row["product"]: (row["x"], row["y"]) for row in nodes.to_dict("records")}
    center = nodes["product"].iloc[0]
    own = (edges["u"] == center) | (edges["v"] == center)
    # Pairs among the neighbours are drawn first and faintly, so that the product's own stand out.
    kinds = [
        (mask, relation, part)
        for mask in (~own, own)
        for relation in RELATIONS
        for part in (TRAINING, HELD_OUT)
    ]
    legend: dict[str, dict[str, str | int]] = {}
    for mask, relation, part in kinds:
        rows = edges[mask & (edges["relation"] == relation) & (edges["part"] == part)]
        if len(rows):
            faint = mask is not own
            x, y = [], []
            for u, v in zip(rows["u"], rows["v"]):
                x += [place[u][0], place[v][0], None]
                y += [place[u][1], place[v][1], None]
            name = relation.replace("_", " ") + (", held out" if part == HELD_OUT else "")
            dash = "dot" if part == HELD_OUT else "solid"
            figure.add_scatter(
                x=x,
                y=y,
                mode="lines",
                hoverinfo="skip",
                opacity=0.22 if faint else 0.9,
                name=name,
                legendgroup=name,
                showlegend=False,
                line={"color": RELATION_COLOURS[relation], "dash": dash, "width": 2 - faint},
            )
            legend[name] = {"color": RELATION_COLOURS[relation], "dash": dash, "width": 2}
    for name, line in legend.items():
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line=line, legendgroup=name)
    free = has_label_room(nodes)
    names = [
        shorten(row["title"] or row["id"]) if is_free else ""
        for row, is_free in zip(nodes.to_dict("records"), free)
    ]
    hover = [
        f"{text(row['title'] or row['id'])}<br>{text(row['brand'])}<br>{text(row['category'])}"
        for row in nodes.to_dict("records")
    ]
    size = [26] + [13] * (len(nodes) - 1)
    shade = [PALETTE[1]] + [QUIET] * (len(nodes) - 1)
    figure.add_scatter(
        x=nodes["x"],
        y=nodes["y"],
        mode="markers+text",
        showlegend=False,
        marker={"size": size, "color": shade, "line": {"width": 1, "color": "white"}},
        text=[text(name) for name in names],
        textposition="top center",
        textfont={"size": 11},
        customdata=nodes["product"],
        hovertext=hover,
        hoverinfo="text",
        cliponaxis=False,
    )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return figure.update_layout(
        height=560,
        xaxis=hidden,
        yaxis=hidden,
        legend=LEGEND,
        margin={"l": 40, "r": 40, "t": 40, "b": 10},
        hoverlabel={"align": "left"},
    )


def has_label_room(nodes: pd.DataFrame) -> list[bool]:
    """Return which nodes have room for a name; earlier ones take precedence."""
    wide, high = ((nodes[axis].max() - nodes[axis].min()) or 1.0 for axis in "xy")
    places: list[tuple[float, float]] = []
    free = []
    for x, y in zip(nodes["x"], nodes["y"]):
        free.append(
            not any(
                abs(x - a) < NAME_WIDTH * wide and abs(y - b) < NAME_HEIGHT * high
                for a, b in places
            )
        )
        if free[-1]:
            places.append((x, y))
    return free


def shorten(name: str, max_length: int = MAX_NAME) -> str:
    """Return `name`, cut off with an ellipsis where it is longer than `max_length` characters."""
    return name if len(name) <= max_length else name[: max_length - 1].rstrip() + "…"
