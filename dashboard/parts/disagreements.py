"""Neighbours, where models disagree: the products on which two of them differ most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.explore.neighbours import describe
from dashboard import cached_lookups, page_frame, url_widgets
from dashboard.parts import output, product_search


def disagree(split, by_id: dict, names, prepared: str, k: int, keys, places) -> None:
    """Draw the list; a click opens the product side by side.

    Parameters
    ----------
    by_id : dict of Run
        In the order in which they are offered.
    keys : tuple of two str
        Under which the page keeps its product and its part.
    places : tuple of two containers
        Where the two models are chosen.
    """
    if len(by_id) < 2:
        st.info("Train a second model to compare with.", icon=":material/model_training:")
        page_frame.go_to("train", "Train models", primary=True)
        return
    left, right = places
    first = url_widgets.choice(left.selectbox, "One", list(by_id), key="one", names=names.get)
    rest = [name for name in by_id if name != first]
    second = url_widgets.choice(right.selectbox, "Other", rest, key="two", names=names.get)
    result = cached_lookups.least_agreement(by_id[first], by_id[second], prepared, k, 42)
    if result.table.empty:
        st.info("No product has enough training pairs to compare on.")
        st.button(
            "Look at one product", icon=":material/arrow_forward:", key="go-together",
            on_click=lambda: st.session_state.update({keys[1]: "together"}),
        )  # fmt: skip
        return
    st.caption(
        f"Exact on {result.n_sampled:,} products drawn (seed 42) from the "
        f"{result.n_candidates:,} with at least {result.min_degree} training pairs. On average the "
        f"two share {result.mean:.1%} of the products that either names. Click a row to see it."
    )
    top = result.table.head(100)
    table = describe(split, top["product"].to_numpy())
    shown = pd.DataFrame(
        {
            "product": table["title"].where(table["title"] != "", table["id"]),
            "Jaccard@k": top["jaccard"],
            "training pairs": top["degree"],
            "brand": table["brand"],
            "category": table["category"],
        }
    )
    st.session_state["_differ"] = table["id"].tolist()
    output.table(
        shown, key="differ", on_select=lambda: _open(*keys), height=420,
        selection_mode="single-row", alt="Products on which the two models differ most",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "Jaccard@k": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
        },
    )  # fmt: skip


def _open(item: str, part: str) -> None:
    rows = st.session_state["differ"]["selection"]["rows"]
    if rows:
        product_search.take(item, st.session_state["_differ"][rows[0]])
        st.session_state["models"] = [st.session_state["one"], st.session_state["two"]]
        st.session_state[part] = "together"
