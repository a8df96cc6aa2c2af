"""A basket of up to five products, and what each model recommends for all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, unquote

import streamlit as st

from core.explore.basket import MAX_PRODUCTS
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_lookups, page_frame, url
from dashboard.cached_lookups import BasketQuery, NeighbourQuery
from dashboard.parts import neighbour_tables
from dashboard.parts.neighbour_choices import NEW
from dashboard.parts.neighbour_tables import NeighbourTables

# Name of the basket in the address and in the session.
KEY = "basket"


def restore(split: Split) -> list[str]:
    """Return the ids of the basket's products, from the session or the link."""
    known = split.catalogue.index_of.index

    def parse(text: str) -> list[str]:
        ids = [unquote(name) for name in text.split(",")]
        named = list(dict.fromkeys(name for name in ids if name in known))[:MAX_PRODUCTS]
        if missing := [name for name in ids if name not in known]:
            message = f"Basket: {', '.join(missing)} not found; showing the rest of the link."
            raise url.InvalidValue(message, named)
        return named

    empty: list[str] = []
    url.restore(KEY, empty, parse)
    ids = [name for name in st.session_state[KEY] if name in known]
    st.session_state[KEY] = ids
    # Ids may have commas.
    url.record(KEY, ids, [], ",".join(quote(name, safe="") for name in ids))
    return ids


def add(product_id: str) -> None:
    """Put a product into the basket, if there is room; a callback."""
    ids = st.session_state.get(KEY, [])
    if product_id not in ids and len(ids) < MAX_PRODUCTS:
        st.session_state[KEY] = [*ids, product_id]


def remove(product_id: str) -> None:
    """Take a product out of the basket; a callback."""
    st.session_state[KEY] = [name for name in st.session_state[KEY] if name != product_id]


def add_button(product_id: str, ids: Sequence[str]) -> None:
    """Draw the button that puts the chosen product into the basket."""
    inside, full = product_id in ids, len(ids) >= MAX_PRODUCTS
    st.button(
        f"In basket ({len(ids)})" if inside else "Add to basket",
        icon=":material/shopping_basket:",
        key="basket-add",
        disabled=inside or full,
        help=f"A basket holds up to {MAX_PRODUCTS} products." if full else None,
        on_click=add,
        args=(product_id,),
    )


def contents(split: Split, ids: Sequence[str]) -> None:
    """Draw the products of the basket; a click takes one out."""
    with st.container(horizontal=True, gap="small", key="basket-contents"):
        for name in ids:
            label = split.catalogue.label(int(split.catalogue.index_of[name]))
            st.button(
                page_frame.plain(label),
                icon=":material/close:",
                key=f"basket-remove-{name}",
                help="Take out of the basket",
                on_click=remove,
                args=(name,),
            )


def recommended(
    split: Split, ids: Sequence[str], runs: Sequence[Run], prepared: str, query: NeighbourQuery
) -> NeighbourTables:
    """Return what each run recommends for the basket; only the known-pairs filter applies."""
    products = tuple(int(split.catalogue.index_of[name]) for name in ids)
    of_basket = BasketQuery(products, query.k, query.filters.truth == NEW, query.scoring)
    return neighbour_tables.look_up(
        runs, query.scoring, lambda run: cached_lookups.basket(run, prepared, of_basket)
    )


def explain_ranking(split: Split, ids: Sequence[str]) -> None:
    """Say how products are ranked, and how many in the basket most models cannot use."""
    unseen = sum(not split.seen[int(split.catalogue.index_of[name])] for name in ids)
    st.caption(
        "Ranked by the mean of a model's scores for the products of the basket, which are not "
        "listed themselves. A hit is a held-out pair of any of them; a known pair is a training "
        "pair of any of them."
        + (f" {unseen} without training pairs: few models can use them." if unseen else "")
    )
