"""Data and walks: products, their relations, the network around one, a walk and what it becomes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.explore.ego_network import ego_network, relations_of
from core.explore.neighbours import describe
from core.explore.walk_example import one_walk, skipgram_examples
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import network_charts
from dashboard.parts import output, product_search

PARTS = {
    "relations": "Relations",
    "network": "Network",
    "walk": "Random walk",
    "examples": "From walk to examples",
}
ITEM = "product"
# Letters of a negative's name; two names stand on a line.
LONGEST = 48


def show_card(split, product: int) -> None:
    row = split.catalogue.frame.iloc[product]
    levels = [row[f"category_{level}"] for level in (1, 2, 3, 4) if row[f"category_{level}"]]
    facts = {
        "Id": row["id"],
        "Brand": row["brand"] or "–",
        "Category": " › ".join(levels) or "–",
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


def relations(split, product: int) -> None:
    table = relations_of(split, product)
    if table.empty:
        st.caption("This product has no relation in this data set.")
        product_search.offer_another(split, ITEM)
        return
    st.caption(f"{len(table):,} true neighbours, the heaviest pair first.")
    columns = ["title", "brand", "category", "price", "relations", "part", "weight", "id"]
    widths = [330, 115, 150, 60, 180, 98]
    if page_frame.presenter():
        # Larger type has no room for all.
        columns, widths = columns[:-1], [265, 150, 165, 70, 235, 125]
    title, brand, category, price, named, part = widths
    output.table(
        table[columns], key="relations", alt="All true neighbours of the product",
        row_height=output.row_of(2) if page_frame.presenter() else None,
        column_config={
            "title": st.column_config.TextColumn(width=title),
            "brand": st.column_config.TextColumn(width=brand),
            "category": st.column_config.TextColumn(width=category),
            "price": st.column_config.NumberColumn(format="%.2f", width=price),
            "relations": st.column_config.TextColumn(width=named),
            "part": st.column_config.TextColumn(width=part),
            "weight": st.column_config.ProgressColumn(
                format="%.1f", min_value=0, max_value=float(table["weight"].max()), width=95
            ),
        },
    )  # fmt: skip


def network(split, product: int, presenter: bool) -> None:
    most = 25
    if not presenter or url_widgets.changed(around=most):
        most = url_widgets.number(st.slider, "Neighbours shown", 5, 60, key="around", default=most)
    around = ego_network(split, product, most)
    if around.edges.empty:
        st.caption("This product has no relation in this data set.")
        product_search.offer_another(split, ITEM)
        return
    figure = network_charts.ego(around.nodes, around.edges)
    output.plot(figure, "ego", alt="The network around the product")
    output.download_html(figure, "network", "ego-html")
    if around.hidden:
        st.caption(
            f"{around.hidden:,} lighter neighbours are left out. Dotted lines are held-out pairs: "
            "no model has seen them."
        )


def draw_walk(split, product: int, presenter: bool) -> np.ndarray | None:
    """Draw the controls of a walk and return it; None where the product has no way out."""
    if not split.seen[product]:
        st.caption("This product has no training pair, so no walk leaves it. Choose another one.")
        product_search.offer_another(split, ITEM)
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        length, p, q = 10, 1.0, 1.0
        if not presenter or url_widgets.changed(length=length, p=p, q=q):
            length = url_widgets.number(
                st.slider, "Products in the walk", 3, 30, key="length", default=length
            )
            p = url_widgets.number(
                st.number_input, "p", 0.01, 100.0, key="p", default=p, width=110,
                help="node2vec: high values avoid stepping back",
            )  # fmt: skip
            q = url_widgets.number(
                st.number_input, "q", 0.01, 100.0, key="q", default=q, width=110,
                help="node2vec: low values explore further away",
            )  # fmt: skip
        seed = url_widgets.number(
            st.number_input, "Seed", 0, 10**6, key="walk", default=0, width=110,
            help="The same seed gives the same walk",
        )  # fmt: skip
        st.button("Roll again", icon=":material/casino:", on_click=roll, key="roll", type="primary")
    rng = np.random.default_rng(int(seed))
    walk, chances = one_walk(split.graph, product, length, rng, p, q)
    table = describe(split, walk)
    table["chance"] = chances
    table["degree"] = split.graph.degree[walk]
    st.session_state["_walk"] = table
    return walk


def roll() -> None:
    st.session_state["walk"] = (int(st.session_state.get("walk", 0)) + 1) % (10**6 + 1)


def show_walk(table: pd.DataFrame) -> None:
    """Draw every stop of the walk as a card, in reading order."""
    most = len(table)
    shown = url_widgets.number(st.slider, "Steps shown", 1, most, key="steps", default=most)
    across = 5
    # Where no stop has a price, the data set is likely to have none.
    unknown = "no price" if table["price"].notna().any() else ""
    for start in range(0, shown, across):
        for column, (place, row) in zip(
            st.columns(across), list(table.iloc[start : min(start + across, shown)].iterrows())
        ):
            with column, st.container(border=True, height="stretch", gap="xsmall"):
                step = "start" if place == 0 else f"step {place} · 1 in {1 / row['chance']:,.0f}"
                st.caption(f"{step} {'' if place == 0 else ':material/arrow_forward:'}")
                st.text(row["title"] or row["id"])
                price = unknown if np.isnan(row["price"]) else f"{row['price']:,.2f}"
                st.caption(
                    page_frame.plain(
                        " · ".join(part for part in (row["brand"], row["category"], price) if part)
                    )
                )


def examples(split, walk: np.ndarray, presenter: bool, seed: int) -> None:
    """Draw what skip-gram learns from the walk."""
    window, negatives = 5, 5
    if not presenter or url_widgets.changed(window=window, negatives=negatives):
        with st.container(horizontal=True):
            window = url_widgets.number(st.slider, "Window", 1, 10, key="window", default=window)
            negatives = url_widgets.number(
                st.slider, "Negatives a pair", 1, 10, key="negatives", default=negatives
            )
    rng = np.random.default_rng(seed)
    table = skipgram_examples(walk, split.graph, rng, window, negatives)
    last = len(walk) - 1
    center = url_widgets.number(
        st.slider, "Center: place in the walk", 0, last, key="center", default=0
    )
    label = split.catalogue.label
    st.caption(
        f"A walk of {len(walk)} products and a window of {window} make {len(table)} pairs. Each "
        "comes with products drawn at random, frequent ones more often: the model learns to score "
        "the context above them."
    )
    part = table[table["center_at"] == center]
    st.text(f"Center: {label(int(walk[int(center)]))}")
    output.table(
        pd.DataFrame(
            {
                "context": [label(int(p)) for p in part["context"]],
                "apart": (part["context_at"] - part["center_at"]).to_numpy(),
                "negatives": [
                    "  ·  ".join(network_charts.shorten(label(int(p)), LONGEST) for p in drawn)
                    for drawn in part["negatives"]
                ],
            }
        ),
        height="content", alt="Pairs and negatives of one center",
        row_height=output.row_of(-(-int(negatives) // 2)),
        column_config={
            "context": st.column_config.TextColumn(width=265),
            "apart": st.column_config.NumberColumn(width=65, help="Steps of the walk between them"),
            "negatives": st.column_config.TextColumn(width=770),
        },
    )  # fmt: skip


with page_frame.page_body() as page:
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    product = product_search.choose(
        dataset, prepared, ITEM, product_search.beginning(dataset, prepared)
    )
    show_card(split, product)
    part = url_widgets.choice(
        st.segmented_control, "Part", list(PARTS), key="look", names=PARTS.get, required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    if part == "relations":
        relations(split, product)
    elif part == "network":
        network(split, product, page.presenter)
    else:
        walk = draw_walk(split, product, page.presenter)
        if walk is not None and part == "walk":
            show_walk(st.session_state["_walk"])
        elif walk is not None:
            examples(split, walk, page.presenter, int(st.session_state["walk"]))
