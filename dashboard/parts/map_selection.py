"""Map, selection: products chosen by click, box or lasso, in a table and on the other map."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.explore.neighbours import describe
from core.graph.split import Split
from dashboard import cached_data, page_frame
from dashboard.parts import figures_and_tables

PICKED = "_picked"
ROWS = 500


def selected(place: str, item: str) -> None:
    """Read what was clicked or lassoed; a callback.

    Parameters
    ----------
    place : str
        Which of the maps: ``a`` or ``b``.
    item : str
        Session key of the page's product.
    """
    points = st.session_state[f"map-{place}"]["selection"]["points"]
    chosen = [point["customdata"] for point in points if point.get("customdata") is not None]
    rows = np.unique([value[0] if isinstance(value, list) else value for value in chosen])
    products = st.session_state[f"_rows-{place}"][rows.astype(np.int64)]
    if len(products) == 1:
        ids = cached_data.split(*st.session_state["_split"]).catalogue.frame["id"]
        st.session_state[item] = ids.iloc[int(products[0])]
        # After a click the product is in view already.
        st.session_state[f"{item}-found-by-search"] = False
    elif len(products) > 1:
        st.session_state[PICKED] = (st.session_state["_split"], products, place)


def current_selection() -> tuple[np.ndarray, str] | None:
    """Return the selected products and on which map they were selected; None if there are none,
    or if they are products of another data set or split."""
    split, *found = st.session_state.get(PICKED, (None, None, None))
    return tuple(found) if split == st.session_state["_split"] else None


def selection_table(split: Split, name: str, products: np.ndarray) -> None:
    """Draw the selected products: table, most common categories and brands, CSV."""
    table = describe(split, products)
    table["training pairs"] = split.graph.degree[products]
    table = table.sort_values("training pairs", ascending=False, ignore_index=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{len(table):,} products selected", width="stretch")
        st.download_button(
            "CSV", lambda: table.drop(columns="product").to_csv(index=False).encode(),
            file_name=f"{name}-selection.csv", mime="text/csv", on_click="ignore",
            key="selection-csv", icon=":material/download:",
        )  # fmt: skip
        st.button("Clear", icon=":material/close:", key="clear", on_click=_clear)
    figures_and_tables.table(
        table.head(ROWS)[["title", "brand", "category", "price", "training pairs", "id"]],
        alt="Products selected on the map", key="selection", column_config=columns(),
    )  # fmt: skip
    if len(table) > ROWS:
        st.caption(f"The {ROWS} products with the most training pairs; the CSV has all of them.")
    for place, column in zip(st.columns(2), ("category", "brand")):
        counts = table.loc[table[column] != "", column].value_counts().head(10)
        with place:
            figures_and_tables.table(
                counts.rename("products").rename_axis(column).reset_index(),
                alt=f"Most common in the selection: {column}",
                column_config={
                    column: st.column_config.TextColumn(width=300),
                    "products": st.column_config.ProgressColumn(
                        format="%d", min_value=0, max_value=int(counts.max()) if len(counts) else 1,
                        width=240,
                    )
                },
            )  # fmt: skip


def columns() -> dict[str, Any]:
    """Return the column configuration, with widths that fit a screen."""
    larger = 5 / 4 if page_frame.presenter() else 1
    price = st.column_config.NumberColumn(format="%.2f", width=round(70 * larger))
    widths: dict[str, int | None] = {
        "title": 410,
        "brand": 145,
        "category": 230,
        "training pairs": 105,
        "id": 130,
    }
    if page_frame.presenter():
        # Hidden at first; the table's menu shows it, and it is in its CSV.
        widths |= {"title": 400, "brand": 125, "category": 170, "id": None}
    return {"price": price} | {
        name: width and st.column_config.Column(width=round(width * larger))
        for name, width in widths.items()
    }


def _clear() -> None:
    st.session_state.pop(PICKED, None)
