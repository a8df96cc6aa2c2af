"""Map: select products by a filter instead of the lasso, or open a saved selection."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.saved_selections import remove_selection, saved_selections
from dashboard import cached_data
from dashboard.parts import map_selection

WORDS, LOW, HIGH, PAIRS, SAVED = "pick-words", "pick-low", "pick-high", "pick-pairs", "pick-saved"


def select_by_filter(dataset: str, prepared: str, shown: np.ndarray | None) -> None:
    """Draw the form that selects products by words, price and number of pairs.

    Parameters
    ----------
    dataset, prepared : str
    shown : int array or None
        The products on the map.
    """
    with st.popover("Select", icon=":material/filter_alt:", help="Instead of the lasso"):
        with st.form("pick", border=False):
            st.text_input(
                "Words",
                key=WORDS,
                placeholder="cheese organic",
                help="Must all appear in the title, brand or category",
            )
            low, high = st.columns(2)
            low.number_input("Price from", 0.0, key=LOW, value=None, format="%.2f")
            high.number_input("Price to", 0.0, key=HIGH, value=None, format="%.2f")
            st.number_input("Training pairs, at least", 0, key=PAIRS, value=None)
            st.form_submit_button(
                "Select", type="primary", on_click=_apply, args=(dataset, prepared, shown)
            )
        if message := st.session_state.pop("_nothing-picked", ""):
            st.warning(message)
        saved = saved_selections(cached_data.store(), dataset)
        if saved:
            st.selectbox(
                "Saved", saved, key=SAVED, index=None, placeholder="Open a selection",
                on_change=_open,
            )  # fmt: skip
            st.button(
                "Delete", key="pick-remove", icon=":material/delete:", on_click=_remove,
                args=(dataset,), help="Delete the chosen saved selection",
                disabled=not st.session_state.get(SAVED),
            )  # fmt: skip


def _apply(dataset: str, prepared: str, shown: np.ndarray | None) -> None:
    """Select what passes all filters; a callback."""
    state = st.session_state
    split = cached_data.split(dataset, prepared)
    passes = np.zeros(split.n_products, bool)
    passes[slice(None) if shown is None else shown] = True
    if words := state[WORDS].strip():
        matches = np.zeros(split.n_products, bool)
        matches[cached_data.search(dataset, prepared).find(words, len(matches))] = True
        passes &= matches
    prices = split.catalogue.frame["price"].to_numpy(np.float64)
    if state[LOW] is not None:
        passes &= prices >= state[LOW]
    if state[HIGH] is not None:
        passes &= prices <= state[HIGH]
    if state[PAIRS] is not None:
        passes &= split.graph.degree >= state[PAIRS]
    if passes.any():
        map_selection.select(np.flatnonzero(passes))
    else:
        state["_nothing-picked"] = "No product on the map matches. Use fewer or broader filters."


def _open() -> None:
    """Open the chosen saved selection; a callback."""
    if name := st.session_state[SAVED]:
        st.session_state[map_selection.KEY] = map_selection.saved_text(name)


def _remove(dataset: str) -> None:
    """Delete the chosen saved selection; a callback."""
    if name := st.session_state[SAVED]:
        remove_selection(cached_data.store(), dataset, name)
        st.session_state[SAVED] = None
