"""Why a product is a neighbour: what both products share, and how they are connected."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.explore.neighbours import describe
from core.explore.product_paths import shared_facts, shared_neighbours, shortest_paths
from core.graph.split import Split
from dashboard import url, url_widgets
from dashboard.parts import figures_and_tables, neighbour_tables, product_search

# URL key of the neighbour.
OTHER = "other"
MAX_SHARED = 50


def why_related(
    split: Split, product: int, tables: Mapping[str, pd.DataFrame], product_key: str
) -> None:
    """Draw how `product` and a chosen neighbour are connected.

    Parameters
    ----------
    split : Split
    product : int
    tables : mapping of DataFrame
        The models' neighbour tables by run id.
    product_key : str
        Name of the page's product in the address.
    """
    ids = _candidates(split, product, tables)
    if not ids:
        st.info("No model lists a neighbour. Choose other models, filters or another product.")
        return
    other_id = url_widgets.choice(
        st.selectbox,
        "Neighbour",
        ids,
        key=OTHER,
        names=lambda product_id: _label(split, product_id),
        help="Or click a row in Side by side",
    )
    other = int(split.catalogue.index_of[other_id])
    product_search.card(split, other)
    st.button(
        "Show its neighbours",
        icon=":material/arrow_forward:",
        key="go-other",
        on_click=product_search.take,
        args=(product_key, other_id),
    )
    left, right = st.columns([1, 2])
    with left:
        _common_facts(split, product, other)
    with right:
        _paths(split, product, other)
    _shared(split, product, other)


def _candidates(split: Split, product: int, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the ids to choose from; choose the one that was clicked in a table, if any."""
    listed = pd.concat(list(tables.values())) if tables else pd.DataFrame({"id": []})
    ids = list(dict.fromkeys(listed["id"]))
    known = split.catalogue.index_of.index
    clicked = st.session_state.pop(neighbour_tables.CLICKED, None)
    # The neighbour that is shown stays while the lists around it change.
    same_product = st.session_state.get("_why") == product
    shown = url.current(OTHER, "") if same_product or url.set_by_link(OTHER) else ""
    ids += [name for name in dict.fromkeys((clicked, shown)) if name in known and name not in ids]
    st.session_state["_why"] = product
    if clicked in ids:
        st.session_state[OTHER] = clicked
    return ids


def _label(split: Split, product_id: str) -> str:
    return f"{split.catalogue.label(int(split.catalogue.index_of[product_id]))} ({product_id})"


def _common_facts(split: Split, product: int, other: int) -> None:
    facts = shared_facts(split, product, other)
    lines = [f"{name.replace('_', ' level ')}: {value}" for name, value in facts.items()]
    st.markdown("**In common**")
    st.text("\n".join(lines) if lines else "No brand or category in common.")


def _paths(split: Split, product: int, other: int) -> None:
    st.markdown("**Shortest paths in the training pairs**")
    paths = shortest_paths(split.graph, product, other)
    if not paths:
        st.text("No path of up to six steps.")
        return
    for path, weight in paths:
        steps = len(path) - 1
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            for place, stop in enumerate(path):
                if place:
                    st.markdown(":material/arrow_forward:", width="content")
                st.text(split.catalogue.label(stop), width="content")
            st.caption(f"{steps} step{'s' if steps > 1 else ''}, weight {weight:.1f}")


def _shared(split: Split, product: int, other: int) -> None:
    shared = shared_neighbours(split.graph, product, other)
    st.markdown(f"**Shared neighbours: {len(shared):,}**")
    if not len(shared):
        return
    top = shared.head(MAX_SHARED)
    table = describe(split, top["product"].to_numpy())
    table["training pairs"], table["weight"] = top["degree"], top["weight"]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    st.caption(
        "Products with few pairs come first: one that goes with everything is weak evidence."
    )
    figures_and_tables.table(
        table[["product", "brand", "category", "training pairs", "weight"]],
        alt="Products paired with both",
        column_config={"weight": st.column_config.NumberColumn(format="%.1f")},
    )
