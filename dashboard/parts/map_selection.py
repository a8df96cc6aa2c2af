"""Map, selection: what a click, a box or a lasso holds, shown as a table and on the other map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.neighbours import describe
from dashboard import load, show

PICKED = "_picked"
ROWS = 500


def selected(place: str, item: str) -> None:
    """Take over what was clicked or lassoed; a callback.

    Parameters
    ----------
    place : str
        Which of the maps: ``a`` or ``b``.
    item : str
        Key under which the page keeps its product.
    """
    points = st.session_state[f"map-{place}"]["selection"]["points"]
    chosen = [point["customdata"] for point in points if point.get("customdata") is not None]
    rows = np.unique([value[0] if isinstance(value, list) else value for value in chosen])
    products = st.session_state[f"_rows-{place}"][rows.astype(np.int64)]
    if len(products) == 1:
        ids = load.split(*st.session_state["_split"]).catalogue.frame["id"]
        st.session_state[item] = ids.iloc[int(products[0])]
        # Where a click landed, the view is right already.
        st.session_state[f"{item}-found-by-search"] = False
    elif len(products) > 1:
        st.session_state[PICKED] = (products, place)


def selection_table(split, name: str) -> None:
    """Draw what the lasso holds: table, top categories and brands, CSV."""
    picked, _ = st.session_state[PICKED]
    table = describe(split, picked)
    table["training pairs"] = split.graph.degree[picked]
    table = table.sort_values("training pairs", ascending=False, ignore_index=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{len(table):,} products selected", width="stretch")
        st.download_button(
            "CSV", lambda: table.drop(columns="product").to_csv(index=False).encode(),
            file_name=f"{name}-selection.csv", mime="text/csv", on_click="ignore",
            key="selection-csv", icon=":material/download:",
        )  # fmt: skip
        st.button("Clear", icon=":material/close:", key="clear", on_click=_clear)
    left, middle, right = st.columns([2.1, 1, 1])
    with left:
        show.table(
            table.head(ROWS)[["title", "brand", "category", "price", "training pairs", "id"]],
            alt="Products selected on the map",
            column_config={
                "title": st.column_config.TextColumn(width=240),
                "brand": st.column_config.TextColumn(width=95),
                "category": st.column_config.TextColumn(width=105),
                "price": st.column_config.NumberColumn(format="%.2f", width=60),
            },
        )  # fmt: skip
        if len(table) > ROWS:
            st.caption(f"The {ROWS} with most training pairs; the CSV holds all.")
    for place, column in ((middle, "category"), (right, "brand")):
        counts = table.loc[table[column] != "", column].value_counts().head(10)
        with place:
            show.table(
                counts.rename("products").rename_axis(column).reset_index(),
                alt=f"Most common in the selection: {column}",
                column_config={
                    column: st.column_config.TextColumn(width=130),
                    "products": st.column_config.ProgressColumn(
                        format="%d", min_value=0, max_value=int(counts.max()) if len(counts) else 1,
                        width=120,
                    )
                },
            )  # fmt: skip


def _clear() -> None:
    st.session_state.pop(PICKED, None)
