"""Map, selection: what distinguishes the selected products, their histograms and table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.config import UserError
from core.explore.neighbours import describe
from core.explore.saved_selections import save_selection
from core.explore.selection_profile import over_represented
from core.graph.split import Split
from core.plural import count_of
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import selection_charts
from dashboard.parts import figures_and_tables, map_selection
from dashboard.parts.map_selection import Selection

ROWS = 500
BARS, PRICES = "selection-bars", "selection-prices"
NAME = "selection-name"
# If a larger share of a selection has one category, the next finer level is more informative.
MOST_ALIKE = 0.6
LEVELS = {
    "category_1": "Category, level 1",
    "category_2": "Category, level 2",
    "category_3": "Category, level 3",
    "category_4": "Category, level 4",
    "brand": "Brand",
}


def selection_view(split: Split, selection: Selection) -> None:
    """Draw the selected products: what distinguishes them, histograms, table."""
    dataset, prepared = selection.of
    products = selection.products
    table = describe(split, products)
    table["training pairs"] = split.graph.degree[products]
    table = table.sort_values("training pairs", ascending=False, ignore_index=True)
    _heading(dataset, table)
    left, middle, right = st.columns([1.1, 1.3, 1.3])
    with left:
        _special(split, products)
    level = cached_lookups.default_colour(dataset, prepared)
    level = _finest(split, products, level if level in LEVELS else "category_1")
    values = split.catalogue.frame[level]
    prices = split.catalogue.frame["price"].to_numpy(np.float64)
    with middle:
        _chart(
            LEVELS[level],
            selection_charts.value_bars(values, products),
            f"{BARS}-{len(products)}",
            lambda points: values.iloc[products].isin([_first(p) for p in points]).to_numpy(),
        )
    with right:
        _chart(
            "Price",
            selection_charts.price_histogram(prices, products),
            f"{PRICES}-{len(products)}",
            lambda points: _within(prices[products], points),
        )
    figures_and_tables.table(
        table.head(ROWS)[["title", "brand", "category", "price", "training pairs", "id"]],
        alt="Selected products",
        key="selection",
        column_config=columns(),
    )
    if len(table) > ROWS:
        st.caption(f"The {ROWS} products with the most training pairs; the CSV has all of them.")


def _heading(dataset: str, table: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{count_of(len(table), 'product')} selected", width="stretch")
        if map_selection.is_narrowed():
            st.button(
                "Undo",
                icon=":material/undo:",
                key="widen",
                on_click=map_selection.widen,
                help="Back to the selection before the last click on a chart",
            )
        with st.popover("Save", icon=":material/bookmark_add:"):
            st.text_input(
                "Name",
                key=NAME,
                placeholder="cheese-corner",
                help="Letters, digits and dashes. Anyone using this app can open it.",
            )
            st.button(
                "Save selection",
                type="primary",
                key="save-selection",
                on_click=_save,
                args=(dataset, table["id"].tolist()),
            )
            if message := st.session_state.pop("_not-saved", ""):
                st.error(page_frame.plain(message), icon=":material/build:")
        st.download_button(
            "CSV", lambda: table.drop(columns="product").to_csv(index=False).encode(),
            file_name=f"{dataset}-selection.csv", mime="text/csv", on_click="ignore",
            key="selection-csv", icon=":material/download:",
        )  # fmt: skip
        st.button("Clear", icon=":material/close:", key="clear", on_click=map_selection.clear)
    if not st.session_state[map_selection.KEY]:
        st.caption("Too large for the link: save it to share it.")


def _save(dataset: str, ids: list[str]) -> None:
    """Save the selection, and put its name into the link; a callback."""
    try:
        name = save_selection(cached_data.store(), dataset, st.session_state[NAME], ids)
    except UserError as error:
        st.session_state["_not-saved"] = str(error)
        return
    selection = map_selection.current_selection()
    if selection is not None:
        map_selection.select(selection.products, map_selection.saved_text(name))
    st.toast(f"Saved as {name}; the link opens it.")


def _special(split: Split, products: np.ndarray) -> None:
    """Draw the values that are over-represented in the selection."""
    table = over_represented(split.catalogue.frame, products)
    st.markdown("**Compared with the catalogue**")
    if table.empty:
        st.text("No category or brand stands out.")
    for row in table.itertuples():
        times = f"{row.times:,.0f}" if row.times >= 3 else f"{row.times:.1f}"
        name = page_frame.plain(row.value)
        st.markdown(f"**{times} ×** more {name} :gray[· {row.count:,} of {len(products):,}]")
    prices = split.catalogue.frame["price"].to_numpy(np.float64)
    own = prices[products][np.isfinite(prices[products])]
    if len(own):
        everywhere = f"{np.nanmedian(prices):,.2f} in the catalogue"
        st.markdown(f"Median price **{np.median(own):,.2f}** :gray[· {everywhere}]")


def _finest(split: Split, products: np.ndarray, level: str) -> str:
    """Return `level`, or the next finer level on which the selected products differ."""
    levels = list(LEVELS)[:-1]
    frame = split.catalogue.frame.iloc[products]
    for finer in levels[levels.index(level) :]:
        shares = frame.loc[frame[finer] != "", finer].value_counts(normalize=True)
        if len(shares):
            level = finer
            if shares.iloc[0] < MOST_ALIKE:
                break
    return level


def _chart(
    title: str, figure: go.Figure | None, key: str, wanted: Callable[[list[Any]], np.ndarray]
) -> None:
    """Draw a histogram; a click on a bar keeps only its products."""
    st.markdown(f"**{title}**")
    if figure is None:
        st.text("Not given.")
        return

    def keep() -> None:
        points = [point["customdata"] for point in st.session_state[key]["selection"]["points"]]
        selection = map_selection.current_selection()
        if points and selection is not None:
            chosen = selection.products[wanted(points)]
            if 0 < len(chosen) < len(selection.products):
                map_selection.narrow(chosen)

    figures_and_tables.plot(
        figure, key, on_select=keep, selection_mode="points", copy=False,
        alt=f"{title}: shares of the selection and of the catalogue",
        config={"displayModeBar": False},
    )  # fmt: skip


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def _within(prices: np.ndarray, points: list[Any]) -> np.ndarray:
    inside = np.zeros(len(prices), bool)
    for low, high in points:
        inside |= (prices >= low) & (prices <= high)
    return inside


def columns() -> dict[str, ColumnConfig | None]:
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
        name: st.column_config.Column(width=round(width * larger)) if width else None
        for name, width in widths.items()
    }
