"""A product of the data: its card, its relations, the network around it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.ego_network import ego_network, relations_of
from core.graph.split import Split
from core.plural import count_of
from dashboard import page_frame, url_widgets
from dashboard.charts import ego_network_chart
from dashboard.parts import figures_and_tables, product_line, product_search

DEFAULT_NEIGHBOURS = 25
# Columns of the relations and their widths on a 1280-pixel screen; larger type leaves no room for
# the id. A column without a width takes what is left.
WIDTHS = {
    "title": 262,
    "brand": 110,
    "category": 125,
    "price": 55,
    "relations": 150,
    "part": 98,
    "weight": 90,
    "id": None,
}
PRESENTER_WIDTHS = {
    "title": 265,
    "brand": 150,
    "category": 165,
    "price": 70,
    "relations": 235,
    "part": 125,
    "weight": 95,
}
# The minimum height of the network, and the height of what stands above it; see `window_frame`.
HEIGHTS, PRESENTER_HEIGHTS = (30, 33), (18, 11.2)
NO_RELATION = "This product has no relation in this data set."


def card(split: Split, product: int) -> None:
    """Draw everything known about a product."""
    row = split.catalogue.frame.iloc[product]
    facts = {
        "Id": row["id"],
        "Brand": row["brand"] or "–",
        "Category": product_line.categories(row) or "–",
        "Price": "–" if np.isnan(row["price"]) else f"{row['price']:,.2f}",
        "Training pairs": f"{split.graph.degree[product]:,}",
        "All pairs": f"{split.known.degree[product]:,}",
    }
    with st.container(border=True):
        st.subheader(page_frame.plain(row["title"] or row["id"]))
        with st.container(horizontal=True, gap="medium"):
            for name, value in facts.items():
                with st.container(width="content", gap=None):
                    st.caption(name)
                    st.text(value)


def relations(split: Split, product: int, product_key: str) -> None:
    """Draw the table of all pairs of a product."""
    table = relations_of(split, product)
    if table.empty:
        st.caption(NO_RELATION)
        product_search.offer_another(split, product_key)
        return
    st.caption(f"{count_of(len(table), 'true neighbour')}, by descending pair weight.")
    widths = PRESENTER_WIDTHS if page_frame.presenter() else WIDTHS
    column = st.column_config
    figures_and_tables.table(
        table[list(widths)],
        key="relations",
        alt="All true neighbours of the product",
        row_height=figures_and_tables.row_height(2) if page_frame.presenter() else None,
        column_config={
            **{
                name: column.TextColumn(width=widths[name])
                for name in ("title", "brand", "category", "relations", "part")
            },
            "price": column.NumberColumn(format="%.2f", width=widths["price"]),
            "weight": column.ProgressColumn(
                format="%.1f",
                min_value=0,
                max_value=float(table["weight"].max()),
                width=widths["weight"],
            ),
        },
    )


def network(split: Split, product: int, product_key: str) -> None:
    """Draw the network around a product."""
    limit = DEFAULT_NEIGHBOURS
    if not page_frame.presenter() or url_widgets.changed(around=limit):
        limit = url_widgets.number(st.slider, "Neighbours", 5, 60, key="around", default=limit)
    around = ego_network(split, product, limit)
    if around.edges.empty:
        st.caption(NO_RELATION)
        product_search.offer_another(split, product_key)
        return
    figure = ego_network_chart.ego(around.nodes, around.edges, page_frame.on_phone())
    heights = PRESENTER_HEIGHTS if page_frame.presenter() else HEIGHTS
    with figures_and_tables.window_frame("network-frame", *heights):
        figures_and_tables.plot(
            figure, "ego", height="stretch", alt="The network around the product"
        )
    figures_and_tables.download_html(lambda: figure, "network", "ego-html")
    hidden = f" Hidden: {count_of(around.hidden, 'neighbour')} with lighter pairs."
    st.caption(
        "Dotted lines are held-out pairs, which no model has seen."
        + (hidden if around.hidden else "")
    )
