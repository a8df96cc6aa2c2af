"""The network around a product."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from core.data.product_relations import RELATIONS
from core.explore.true_pairs import HELD_OUT, TRAINING
from dashboard.charts.chart_style import LEGEND, PALETTE, QUIET, text
from dashboard.charts.name_places import (
    ABOVE,
    MAX_NAME,
    PHONE_NAME,
    place_names,
    range_with_names,
    shorten,
)

RELATION_COLOURS = dict(zip(RELATIONS, (PALETTE[5], PALETTE[0], PALETTE[2], PALETTE[8])))


def ego(nodes: pd.DataFrame, edges: pd.DataFrame, phone: bool = False) -> go.Figure:
    """Return the network around a product: coloured by relation, held-out pairs dotted.

    Parameters
    ----------
    nodes, edges : DataFrame
        From `core.explore.ego_network.ego_network`.
    phone : bool
        Whether the figure is as narrow as a phone.
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
    longest = PHONE_NAME if phone else MAX_NAME
    names = [shorten(row["title"] or row["id"], longest) for row in nodes.to_dict("records")]
    places = place_names(nodes, names, phone)
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
        text=[text(name) if place else "" for name, place in zip(names, places)],
        textposition=[place or ABOVE for place in places],
        textfont={"size": 11},
        customdata=nodes["product"],
        hovertext=hover,
        hoverinfo="text",
        cliponaxis=False,
    )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    return figure.update_layout(
        height=560,
        xaxis={**hidden, "range": range_with_names(nodes, names, places, phone)},
        yaxis=hidden,
        legend=LEGEND,
        margin={"l": 0, "r": 0, "t": 40, "b": 10},
        hoverlabel={"align": "left"},
    )
