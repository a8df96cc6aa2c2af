"""Where two models disagree: the products whose neighbours they share least."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.explore.neighbours import describe
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.cached_lookups import SEED
from dashboard.parts import figures_and_tables, product_search

MAX_ROWS = 100
HEIGHT = 420  # pixels
# URL keys of the page's product and part, and the part that shows one product.
PRODUCT, PART, SIDE_BY_SIDE = "item", "near", "together"


def disagreements(
    page: page_frame.PageContext,
    runs: Mapping[str, Run],
    names: Mapping[str, str],
    k: int,
    places: tuple[DeltaGenerator, DeltaGenerator],
) -> None:
    """Draw the list; a click opens a product side by side.

    Parameters
    ----------
    page : PageContext
    runs : mapping of Run by id
        In the order in which they are offered.
    names : mapping of str by id
    k : int
        Number of neighbours to compare.
    places : tuple of two containers
        Where the two models are chosen.
    """
    if len(runs) < 2:
        st.info("Train a second model to compare with.", icon=":material/model_training:")
        page_frame.go_to("train", "Train models", primary=True)
        return
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    left, right = places
    first = url_widgets.choice(
        left.selectbox, "First model", list(runs), key="one", names=names.get
    )
    rest = [run_id for run_id in runs if run_id != first]
    second = url_widgets.choice(right.selectbox, "Second model", rest, key="two", names=names.get)
    result = cached_lookups.least_agreement(runs[first], runs[second], prepared, k)
    if result.table.empty:
        st.info("No product has enough training pairs for a comparison.")
        st.button(
            "Show a product",
            icon=":material/arrow_forward:",
            key="go-together",
            on_click=st.session_state.update,
            kwargs={PART: SIDE_BY_SIDE},
        )
        return
    st.caption(
        f"Based on {result.n_sampled:,} products drawn (seed {SEED}) from the "
        f"{result.n_candidates:,} with at least {result.min_degree} training pairs. On average, "
        f"the models share {result.mean:.1%} of the products that either lists. Click a row to "
        "open it."
    )
    top = result.table.head(MAX_ROWS)
    products = describe(split, top["product"].to_numpy())
    table = pd.DataFrame(
        {
            "product": products["title"].where(products["title"] != "", products["id"]),
            "Jaccard@k": top["jaccard"],
            "training pairs": top["degree"],
            "brand": products["brand"],
            "category": products["category"],
        }
    )
    # The callback gets row numbers; these are the products in those rows.
    st.session_state["_differ"] = products["id"].tolist()
    figures_and_tables.table(
        table,
        key="differ",
        on_select=_open,
        height=HEIGHT,
        selection_mode="single-row",
        alt="Products on which the two models differ most",
        column_config={
            "product": st.column_config.TextColumn(width="large"),
            "Jaccard@k": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1),
        },
    )


def _open() -> None:
    """Show the clicked product side by side in the two models; a callback."""
    rows = st.session_state["differ"]["selection"]["rows"]
    if rows:
        product_search.take(PRODUCT, st.session_state["_differ"][rows[0]])
        st.session_state["models"] = [st.session_state["one"], st.session_state["two"]]
        st.session_state[PART] = SIDE_BY_SIDE
