"""A random walk from a product, step by step, and its training examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.explore.neighbours import describe
from core.explore.walk_example import one_walk, skipgram_examples
from core.explore.walk_network import walk_network
from core.graph.split import Split
from dashboard import page_frame, url_widgets
from dashboard.charts import walk_chart
from dashboard.charts.name_places import shorten
from dashboard.parts import figures_and_tables, product_search

DEFAULT_LENGTH, DEFAULT_P, DEFAULT_Q = 10, 1.0, 1.0
DEFAULT_WINDOW, DEFAULT_NEGATIVES = 5, 5
MAX_SEED = 10**6
# URL key of the walk's seed.
SEED = "walk"
CARDS_PER_ROW = 5
# Length of a negative's name in characters, so that two fit on a line.
MAX_NAME = 48
# Width of a field for a number, in pixels.
FIELD_WIDTH = 110
# The minimum height of the network, and the height of what stands above it; see `window_frame`.
HEIGHTS, PRESENTER_HEIGHTS = (18, 27), (18, 14.5)


@dataclass(frozen=True)
class Walk:
    """A walk that was drawn.

    Attributes
    ----------
    products : int array, shape (length,)
    table : DataFrame
        The products' descriptions, with the `chance` of each step.
    seed : int
    shown : int
        Products to show, the start included.
    """

    products: np.ndarray
    table: pd.DataFrame
    seed: int
    shown: int


def draw_walk(split: Split, product: int, product_key: str, stepwise: bool) -> Walk | None:
    """Draw the controls of a walk and return the walk; None if no pair leaves the product.

    Parameters
    ----------
    split : Split
    product : int
    product_key : str
        Name of the page's product in the address.
    stepwise : bool
        Whether to draw the control of how many steps are shown.
    """
    if not split.seen[product]:
        st.caption("This product has no training pair, so no walk leaves it. Choose another one.")
        product_search.offer_another(split, product_key)
        return None
    length, p, q = DEFAULT_LENGTH, DEFAULT_P, DEFAULT_Q
    with st.container(horizontal=True, vertical_alignment="bottom", key="walk-controls"):
        steps = st.container(width="stretch")
        if not page_frame.presenter() or url_widgets.changed(length=length, p=p, q=q):
            with st.popover("Settings", icon=":material/tune:"):
                length, p, q = _settings()
        seed = url_widgets.number(
            st.number_input,
            "Seed",
            0,
            MAX_SEED,
            key=SEED,
            default=0,
            width=FIELD_WIDTH,
            help="The same seed gives the same walk",
        )
        st.button(
            "Roll again",
            icon=":material/casino:",
            on_click=_next_seed,
            key="roll",
            type="primary",
        )
    rng = np.random.default_rng(int(seed))
    products, chances = one_walk(split.graph, product, length, rng, p, q)
    shown = len(products)
    if stepwise:
        shown = url_widgets.number(
            steps.slider, "Products shown", 1, max(shown, 2), key="steps", default=shown
        )
    table = describe(split, products).assign(chance=chances)
    return Walk(products, table, int(seed), min(shown, len(products)))


def _settings() -> tuple[int, float, float]:
    """Draw the settings of a walk, and return its length, p and q."""
    length = url_widgets.number(
        st.slider, "Length", 3, 30, key="length", default=DEFAULT_LENGTH, help="Number of products"
    )
    p = url_widgets.number(
        st.number_input, "p", 0.01, 100.0, key="p", default=DEFAULT_P,
        help="node2vec: high values avoid stepping back",
    )  # fmt: skip
    q = url_widgets.number(
        st.number_input, "q", 0.01, 100.0, key="q", default=DEFAULT_Q,
        help="node2vec: low values explore further away",
    )  # fmt: skip
    return length, p, q


def _next_seed() -> None:
    """Draw another walk; a callback."""
    st.session_state[SEED] = (int(st.session_state.get(SEED, 0)) + 1) % (MAX_SEED + 1)


def show_walk(split: Split, walk: Walk) -> None:
    """Draw the walk on its network, where it is animated, and every step as a card, in reading
    order."""
    shown = walk.shown
    network = walk_network(split, walk.products)
    figure = walk_chart.walk_figure(
        network.nodes,
        network.edges,
        walk.products.tolist(),
        walk.table["chance"].tolist(),
        shown,
        page_frame.on_phone(),
    )
    heights = PRESENTER_HEIGHTS if page_frame.presenter() else HEIGHTS
    with figures_and_tables.window_frame("walk-frame", *heights):
        figures_and_tables.plot(
            figure,
            "walk-network",
            height="stretch",
            copy=False,
            alt="The walk on the network around it; the cards below say the same",
        )
    steps = walk.table.iloc[:shown].to_dict("records")
    # If no product has a price, the data set probably has none.
    no_price = "no price" if walk.table["price"].notna().any() else ""
    for start in range(0, shown, CARDS_PER_ROW):
        row = steps[start : start + CARDS_PER_ROW]
        for place, (column, step) in enumerate(zip(st.columns(CARDS_PER_ROW), row), start):
            with column, st.container(border=True, height="stretch", gap="xsmall"):
                if place:
                    st.caption(
                        f"step {place} · 1 in {1 / step['chance']:,.0f} :material/arrow_forward:"
                    )
                else:
                    st.caption("start")
                st.text(step["title"] or step["id"])
                price = no_price if np.isnan(step["price"]) else f"{step['price']:,.2f}"
                parts = [step["brand"], step["category"], price]
                st.caption(page_frame.plain(" · ".join(part for part in parts if part)))


def examples(split: Split, walk: Walk) -> None:
    """Draw the examples that skip-gram learns from: pairs of the walk, each with negatives."""
    window, negatives = DEFAULT_WINDOW, DEFAULT_NEGATIVES
    if not page_frame.presenter() or url_widgets.changed(window=window, negatives=negatives):
        with st.container(horizontal=True):
            window = url_widgets.number(st.slider, "Window", 1, 10, key="window", default=window)
            negatives = url_widgets.number(
                st.slider, "Negatives per pair", 1, 10, key="negatives", default=negatives
            )
    rng = np.random.default_rng(walk.seed)
    table = skipgram_examples(walk.products, split.graph, rng, window, negatives)
    last = len(walk.products) - 1
    center = url_widgets.number(
        st.slider,
        "Center",
        0,
        last,
        key="center",
        default=0,
        help="Position in the walk; 0 is the start",
    )
    st.caption(
        f"A walk of {len(walk.products)} products and a window of {window} make {len(table)} "
        "pairs. Each comes with random negatives, drawn more often if popular: the model "
        "learns to score the context above them."
    )
    label = split.catalogue.label
    st.text(f"Center: {label(int(walk.products[int(center)]))}")
    pairs = table[table["center_at"] == center]
    figures_and_tables.table(
        pd.DataFrame(
            {
                "context": [label(int(product)) for product in pairs["context"]],
                "distance": (pairs["context_at"] - pairs["center_at"]).to_numpy(),
                "negatives": [
                    "  ·  ".join(shorten(label(int(product)), MAX_NAME) for product in products)
                    for products in pairs["negatives"]
                ],
            }
        ),
        height="content",
        alt="Pairs and negatives of one center",
        row_height=figures_and_tables.row_height(-(-int(negatives) // 2)),
        column_config={
            "context": st.column_config.TextColumn(width=265),
            "distance": st.column_config.NumberColumn(width=75, help="Steps of the walk"),
            "negatives": st.column_config.TextColumn(width=760),
        },
    )
