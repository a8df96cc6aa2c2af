"""Search for a product while typing; the chosen product's id is in the page's address."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import streamlit as st

from core.explore.example_product import example_product
from core.explore.neighbours import describe
from core.graph.split import Split
from core.plural import count_of
from dashboard import cached_data, page_frame, url

# Titles, and products of each, that a search shows.
MAX_RESULTS, MAX_VARIANTS = 7, 3
# Training pairs that a random product has at least.
MIN_RANDOM_DEGREE = 5
# Pause in typing after which the search runs.
PAUSE = "150ms"
# In the field and among the results: arrow keys move, Enter takes, and the field keeps the focus.
# Enter may come before the results of the last letters; it waits for them.
KEYBOARD = """<style>
[class*=-found] button { min-height: 0; padding: 0.1rem 0.5rem; text-align: left; }
[class*=-found] button[kind=tertiary] { padding-left: 0; }
[class*=-found] p { font-size: 0.93rem; }
</style><script>
if (!document.searchKeys) {
    document.searchKeys = true;
    const boxOf = event => event.target.closest?.("[class*=st-key-find-]");
    const found = box => [...box.querySelectorAll("[class*=-found] button")];
    const takeFirst = (box, input, typed, tries) => {
        if (!typed || input.value !== typed) return;
        const shown = box.querySelector("[data-query]")?.dataset.query, first = found(box)[0];
        if (shown === typed && first) first.click();
        else if (tries) setTimeout(() => takeFirst(box, input, typed, tries - 1), 50);
    };
    document.addEventListener("keydown", event => {
        const box = boxOf(event), step = {ArrowDown: 1, ArrowUp: -1}[event.key];
        if (!box) return;
        const input = box.querySelector("input"), stops = [input, ...found(box)];
        if (step) {
            event.preventDefault();
            stops[stops.indexOf(event.target) + step]?.focus();
        } else if (event.key === "Enter" && event.target === input) {
            takeFirst(box, input, input.value, 400);
        }
    });
    document.addEventListener("click", event => {
        const box = boxOf(event);
        if (event.target.closest("[data-testid=stPopover]"))
            setTimeout(() => document.querySelector(
                "[data-testid=stPopoverBody] [class*=st-key-find-] input")?.focus(), 300);
        if (box && event.target.closest("[class*=-found]")) box.querySelector("input").focus();
    });
}
</script>"""
# Holds the product that was shown last, and the key of the choice that showed it.
LAST = "_product"


@overload
def choose(dataset: str, prepared: str, key: str, default: int) -> int: ...


@overload
def choose(dataset: str, prepared: str, key: str) -> int | None: ...


def choose(dataset: str, prepared: str, key: str, default: int | None = None) -> int | None:
    """Draw the search and return the chosen product.

    Parameters
    ----------
    dataset, prepared : str
    key : str
        The product's name in the address; a page's own.
    default : int, optional
        The product shown at first; none by default.
    """
    split = cached_data.split(dataset, prepared)
    default_id = "" if default is None else split.catalogue.frame["id"].iloc[default]
    _continue_with_last(key, split)
    url.restore(key, "", lambda text: "" if text == default_id else text)
    st.session_state.pop(_drawn_key(key), None)
    st.html(KEYBOARD, unsafe_allow_javascript=True)
    # While typing, only the search is drawn again; the other controls redraw the page.
    # In a presenter's popover, a column would be too narrow for the button's label.
    left, right = (
        (st.container(), st.container())
        if page_frame.presenter()
        else st.columns([4, 1], vertical_alignment="top")
    )
    with left, st.container(key=f"find-{key}"):
        _search(dataset, prepared, key)
    right.button(
        "Surprise me",
        icon=":material/casino:",
        key=f"{key}-any",
        width="stretch",
        on_click=_take_random,
        args=(key, split),
        help=f"A random product with at least {MIN_RANDOM_DEGREE} training pairs",
    )
    name = st.session_state[key].strip()
    st.session_state[_drawn_key(key)] = st.session_state[key]
    st.session_state[LAST] = (key, name)
    # The address names the default product, too.
    url.record(key, name, "", name or default_id)
    if not name:
        return default
    place = split.catalogue.index_of.get(name)
    if place is None:
        st.warning(
            f"There is no product {page_frame.plain(name)} in this data set. "
            "Search for another one.",
            icon=":material/search_off:",
        )
        st.button(
            "Forget it",
            icon=":material/close:",
            key=f"{key}-forget",
            on_click=select,
            args=(key, ""),
        )
        return default
    return int(place)


@st.fragment
@page_frame.guarded
def _search(dataset: str, prepared: str, key: str) -> None:
    """Draw the search field and its results; a choice redraws the whole page."""
    split = cached_data.split(dataset, prepared)
    query = st.text_input(
        "Find a product",
        key=f"{key}-query",
        label_visibility="collapsed",
        type="search",
        live=PAUSE,
        placeholder="Find a product: words of its title, brand or category, or its id",
    )
    # While the whole page is being drawn, the key is missing.
    if st.session_state.get(_drawn_key(key), st.session_state[key]) != st.session_state[key]:
        st.rerun()
    # Built before anything is typed, so that the first letter need not wait for it.
    index = cached_data.search(dataset, prepared)
    if query:
        _results(split, index.find_titles(query), query, key)


def _drawn_key(key: str) -> str:
    """Return the session key of the product that the page around the search was drawn for."""
    return f"_drawn-{key}"


def _continue_with_last(key: str, split: Split) -> None:
    """Choose the product that the previous page showed, unless the link names one."""
    before, name = st.session_state.get(LAST, (key, ""))
    if before != key and not url.set_by_link(key) and name in split.catalogue.index_of.index:
        _set(key, name)


def _results(split: Split, titles: Sequence[np.ndarray], query: str, key: str) -> None:
    """Draw the products found, those with the same title below it."""
    if not titles:
        st.caption("No product matches all these words. Try fewer, or just the first letters.")
        clear_button(f"{key}-query")
        return
    # Typing a whole title shows all products that have it.
    most = MAX_VARIANTS if len(titles) > 1 else MAX_RESULTS * MAX_VARIANTS
    with st.container(border=True, gap="xxsmall", key=f"{key}-found"):
        for products in titles[:MAX_RESULTS]:
            _title_found(split, products, most, key)
        if len(titles) > MAX_RESULTS:
            more = count_of(len(titles) - MAX_RESULTS, "more title matches", "more titles match")
            st.caption(f"{more}. Type another word.")
        # Drawn last: its presence tells the script that the buttons belong to this query.
        st.html(f'<span hidden data-query="{html.escape(query)}"></span>')


def _title_found(split: Split, products: np.ndarray, most: int, key: str) -> None:
    """Draw one line: a title, and a button for each product that has it."""
    rows = describe(split, products[:most]).to_dict("records")
    title = rows[0]["title"] or rows[0]["id"]
    name = f"**{page_frame.plain(title)}**"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(products) > 1:
            st.markdown(name, width="content")
        for row in rows:
            facts = _facts(split, row)
            st.button(
                facts if len(products) > 1 else f"{name} · {facts}",
                key=f"{key}-take-{row['product']}",
                type="tertiary" if len(products) == 1 else "secondary",
                on_click=select,
                args=(key, row["id"]),
            )
        if len(products) > most:
            st.button(
                f"{len(products) - most:,} more",
                key=f"{key}-more-{rows[0]['product']}",
                type="tertiary",
                on_click=st.session_state.update,
                args=({f"{key}-query": title},),
            )


def _facts(split: Split, row: dict[str, Any]) -> str:
    """Return facts that distinguish products with the same title."""
    count = split.graph.degree[row["product"]]
    facts = [
        "" if row["brand"] in row["title"] else row["brand"],
        "" if row["category"] in row["title"] else row["category"],
        "" if np.isnan(row["price"]) else f"{row['price']:,.2f}",
        count_of(count, "pair"),
    ]
    return " · ".join(page_frame.plain(fact) for fact in facts if fact)


def clear_button(query_key: str) -> None:
    """Draw a button that clears a search without results."""
    st.button(
        "Clear search",
        icon=":material/backspace:",
        key=f"{query_key}-clear",
        on_click=lambda: st.session_state.update({query_key: ""}),
    )


def offer_another(split: Split, key: str, place: str = "") -> None:
    """Draw a button that chooses the example product if the chosen one has nothing to show.

    Parameters
    ----------
    split : Split
    key : str
        The product's name in the address.
    place : str
        Distinguishes several such buttons on one page.
    """
    product = example_product(split)
    st.button(
        f"Look at {page_frame.plain(split.catalogue.label(product))}",
        icon=":material/arrow_forward:",
        key=f"{key}-another{place}",
        on_click=select,
        args=(key, split.catalogue.frame["id"].iloc[product]),
    )


def open_key(key: str) -> str:
    """Return the session key that says whether a search in a popover is open."""
    return f"{key}-open"


def select(key: str, product_id: str) -> None:
    """Choose a product; a callback."""
    st.session_state[open_key(key)] = False
    _set(key, product_id)


def _set(key: str, product_id: str) -> None:
    st.session_state[key] = product_id
    st.session_state[f"{key}-query"] = ""
    st.session_state[f"{key}-found-by-search"] = True


def _take_random(key: str, split: Split) -> None:
    candidates = np.flatnonzero(split.graph.degree >= MIN_RANDOM_DEGREE)
    if len(candidates) == 0:
        candidates = np.arange(split.n_products)
    # No seed: every click draws another product.
    product = int(np.random.default_rng().choice(candidates))
    select(key, split.catalogue.frame["id"].iloc[product])
