"""Where two models disagree: the products whose neighbours they share least."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.explore import model_agreement
from core.explore.model_agreement import CHUNK, MIN_DEGREE, SEED, TopLists
from core.explore.neighbours import describe
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups, page_frame, url_widgets
from dashboard.parts import figures_and_tables, product_search

MAX_ROWS = 100
HEIGHT = 420  # pixels
# Models that have saved no lists are compared on as many products as take this long.
SECONDS = 4.0
# URL keys of the page's product and part, and the part that shows one product.
PRODUCT, PART, SIDE_BY_SIDE = "item", "near", "matrix"


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
    lists, basis = _lists(split, (runs[first], runs[second]), prepared, k)
    result = model_agreement.disagreement(*lists, split, k)
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
        f"{len(result.table):,} {basis} On average, the models share {result.mean:.1%} of the "
        "products that either lists; known pairs are hidden. Click a row to open it."
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


def _lists(
    split: Split, runs: tuple[Run, Run], prepared: str, k: int
) -> tuple[tuple[TopLists, TopLists], str]:
    """Return the lists of two runs for the same products, and which products these are."""
    saved = [cached_lookups.saved_lists(run, k) for run in runs]
    if saved[0] is not None and saved[1] is not None:
        return (saved[0], saved[1]), (
            f"products of the evaluation with at least {MIN_DEGREE} training pairs."
        )
    size = len(model_agreement.sampled_products(split))
    total = -(-size // CHUNK)
    # Chunks compared so far, by pair of models: a button adds more.
    done = st.session_state.setdefault("_compared", {})
    pair = (*sorted(run.id for run in runs), k)
    more = st.session_state.pop("_compare_more", False)
    end = time.monotonic() + SECONDS
    chunks: list[list[TopLists]] = [[], []]
    progress = st.progress(0.0, "Comparing the models product by product")
    for chunk in range(total):
        if chunk >= done.get(pair, 0) and chunk and time.monotonic() > end:
            break
        for lists, run in zip(chunks, runs):
            lists.append(cached_lookups.sampled_lists(run, prepared, chunk, k))
        progress.progress((chunk + 1) / total, f"Comparing: {(chunk + 1) * CHUNK:,} products")
        if chunk + 1 == done.get(pair) and not more:
            break
    progress.empty()
    done[pair] = len(chunks[0])
    if done[pair] < total:
        st.button(
            "Compare more products",
            icon=":material/more_time:",
            key="compare-more",
            on_click=st.session_state.update,
            kwargs={"_compare_more": True},
        )
    if not total:
        none = TopLists(np.empty(0, int), np.empty((0, k), int))
        return (none, none), ""
    first, second = (TopLists.concatenate(lists) for lists in chunks)
    return (first, second), (
        f"products drawn at random (seed {SEED}) from those with at least {MIN_DEGREE} training "
        "pairs."
    )


def _open() -> None:
    """Show the clicked product side by side in the two models; a callback."""
    rows = st.session_state["differ"]["selection"]["rows"]
    if rows:
        product_search.select(PRODUCT, st.session_state["_differ"][rows[0]])
        st.session_state["models"] = [st.session_state["one"], st.session_state["two"]]
        st.session_state[PART] = SIDE_BY_SIDE
