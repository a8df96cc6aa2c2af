"""Neighbours, why: how a product and one of its neighbours are connected."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.explore.neighbours import describe
from core.explore.product_paths import shared_facts, shared_neighbours, shortest_paths
from dashboard import url, url_widgets
from dashboard.parts import output, product_search


def why(split, product: int, tables, item: str) -> None:
    """Draw the connections of `product` and a neighbour the person chooses.

    Parameters
    ----------
    split : Split
    product : int
    tables : dict of DataFrame
        What the models name, by run.
    item : str
        Key under which the page keeps its product.
    """
    listed = pd.concat(tables.values()) if tables else pd.DataFrame({"id": []})
    ids = list(dict.fromkeys(listed["id"]))
    index = split.catalogue.index_of
    # Clicked in a table, named in the link, or kept while only the lists around it change.
    clicked = st.session_state.pop("_other", None)
    same = st.session_state.get("_why") == product
    for asked in (clicked, url.current("other", "") if same or url.set_by_link("other") else ""):
        if asked and asked in index.index and asked not in ids:
            ids.append(asked)
    st.session_state["_why"] = product
    if not ids:
        st.info("No model names a neighbour here. Choose other models, filters or product.")
        return
    if clicked in ids:
        st.session_state["other"] = clicked
    other_id = url_widgets.choice(
        st.selectbox, "Neighbour", ids, key="other", names=lambda name: _named(split, name),
        help="Or click a row of the tables side by side",
    )  # fmt: skip
    other = int(index[other_id])
    product_search.card(split, other)
    st.button(
        "Look at its own neighbours", icon=":material/arrow_forward:", key="go-other",
        on_click=product_search.take, args=(item, other_id),
    )  # fmt: skip
    facts = shared_facts(split, product, other)
    said = [f"{name.replace('_', ' level ')}: {value}" for name, value in facts.items()]
    left, right = st.columns([1, 2])
    with left:
        st.markdown("**What both have in common**")
        st.text("\n".join(said) if said else "Neither brand nor category.")
    with right:
        _paths(split, product, other)
    _shared(split, product, other)


def _named(split, name: str) -> str:
    return f"{split.catalogue.label(int(split.catalogue.index_of[name]))} ({name})"


def _paths(split, product: int, other: int) -> None:
    st.markdown("**Shortest ways between them in the training pairs**")
    found = shortest_paths(split.graph, product, other)
    if not found:
        st.text("None of up to six steps.")
        return
    for path, weight in found:
        steps = len(path) - 1
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            for place, stop in enumerate(path):
                if place:
                    st.markdown(":material/arrow_forward:", width="content")
                st.text(split.catalogue.label(stop), width="content")
            st.caption(f"{steps} step{'s' if steps > 1 else ''}, weight {weight:.1f}")


def _shared(split, product: int, other: int) -> None:
    shared = shared_neighbours(split.graph, product, other)
    one = len(shared) == 1
    st.markdown(f"**{len(shared):,} product{'' if one else 's'} paired with both in training**")
    if not len(shared):
        return
    top = shared.head(50)
    table = describe(split, top["product"].to_numpy())
    table["training pairs"], table["weight"] = top["degree"], top["weight"]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    st.caption("Those with few pairs first: they say more than one that goes with everything.")
    output.table(
        table[["product", "brand", "category", "training pairs", "weight"]],
        alt="Products paired with both",
        column_config={"weight": st.column_config.NumberColumn(format="%.1f")},
    )  # fmt: skip
