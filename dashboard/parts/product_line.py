"""The chosen product with its catalogue entry; for a presenter, with the search on one line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.product_catalogue import CATEGORY_LEVELS
from core.graph.split import Split
from core.plural import count_of
from dashboard import page_frame
from dashboard.parts import product_search


def choose_and_show(
    dataset: str, prepared: str, key: str, default: int, show: Callable[[int], object]
) -> int:
    """Draw the search and the chosen product, and return it; on one line for a presenter.

    Parameters
    ----------
    dataset, prepared, key, default
        As in `product_search.choose`.
    show : callable
        Draws the product.
    """
    if not page_frame.presenter():
        product = product_search.choose(dataset, prepared, key, default)
        show(product)
        return product
    with st.container(horizontal=True, vertical_alignment="center", key="product-line"):
        place = st.container(width="stretch")
        with folded(key):
            product = product_search.choose(dataset, prepared, key, default)
    with place:
        show(product)
    return product


def folded(key: str) -> DeltaGenerator:
    """Return a popover for the search; it closes once a product is chosen."""
    return st.popover(
        "Find a product",
        icon=":material/search:",
        width="content",
        key=product_search.open_key(key),
        # Without this, choosing a product could not close the popover.
        on_change="rerun",
    )


def card(
    split: Split, product: int, note: str = "", action: Callable[[], object] | None = None
) -> None:
    """Draw a product with its picture and catalogue entry.

    Parameters
    ----------
    split : Split
    product : int
    note : str
        A fact to add.
    action : callable, optional
        Draws a button at the right.
    """
    row = split.catalogue.frame.iloc[product]
    count = split.graph.degree[product]
    facts = [
        row["id"],
        row["brand"],
        categories(row),
        "" if np.isnan(row["price"]) else f"{row['price']:,.2f}",
        count_of(count, "training pair"),
        note,
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        if row["image"].startswith(("https://", "http://")):
            st.image(row["image"], width=48, alt="Picture of the product")
        with st.container(gap=None):
            st.markdown(f"**{page_frame.plain(row['title'] or row['id'])}**")
            st.caption(page_frame.plain("  ·  ".join(fact for fact in facts if fact)))
        if action is not None:
            action()


def categories(row: pd.Series) -> str:
    """Return a product's categories, broadest first, as one string."""
    return " › ".join(row[level] for level in CATEGORY_LEVELS if row[level])
