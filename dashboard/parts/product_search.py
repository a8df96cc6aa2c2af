"""Find a product as you type; what is found stands in the URL by its id."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.explore.example_product import example_product
from core.explore.neighbours import describe
from core.graph.split import Split
from dashboard import cached_data, page_frame, url

FOUND = 8
LAST = "_product"
# Pause in typing after which the search answers.
LIVE = "150ms"


def choose(dataset: str, prepared: str, key: str, default: int | None = None) -> int | None:
    """Draw the search; return the chosen product.

    Parameters
    ----------
    key : str
        Name of the product in the URL; a page's own.
    default : int, optional
        The product to begin with.
    """
    split = cached_data.split(dataset, prepared)
    usual = "" if default is None else split.catalogue.frame["id"].iloc[default]
    _carry_over(key, split)
    url.restore(key, "", lambda text: "" if text == usual else text)
    st.session_state.pop(_drawn(key), None)
    # The search alone is drawn on its own as one types; what is beside it draws the page at once.
    left, right = st.columns([2.2, 1], vertical_alignment="top")
    with left:
        _search(dataset, prepared, key)
    with right, st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Product id", key=key, width="stretch",
            help="The chosen product; the link of this page holds it",
        )  # fmt: skip
        st.button(
            "Surprise me", icon=":material/casino:", key=f"{key}-any", on_click=_surprise,
            args=(key, split), help="Any product with at least five training pairs",
        )  # fmt: skip
    name = st.session_state[key].strip()
    st.session_state[_drawn(key)] = st.session_state[key]
    st.session_state[LAST] = (key, name)
    # Nothing chosen, the address names the product that is shown all the same.
    url.record(key, name, "", name or usual)
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
            "Leave it out", icon=":material/close:", key=f"{key}-forget", on_click=take,
            args=(key, ""),
        )  # fmt: skip
        return default
    return int(place)


def beginning(dataset: str, prepared: str) -> int:
    """Return `core.explore.example_product.example_product` of a split."""
    return _beginning(
        str(cached_data.store().root), dataset, prepared, cached_data.split_stamp(dataset, prepared)
    )


@st.cache_data(max_entries=10, show_spinner=False)
def _beginning(root: str, dataset: str, prepared: str, stamp: int) -> int:
    return example_product(cached_data.split(dataset, prepared))


@st.fragment
@page_frame.guarded
def _search(dataset: str, prepared: str, key: str) -> None:
    """Draw the search; as one types it is drawn on its own, and a choice draws the page anew."""
    split = cached_data.split(dataset, prepared)
    query = st.text_input(
        "Find a product", key=f"{key}-query", type="search", live=LIVE,
        placeholder="Words of its title, brand or category, or its id",
    )  # fmt: skip
    # Missing while the whole page is drawn.
    if st.session_state.get(_drawn(key), st.session_state[key]) != st.session_state[key]:
        st.rerun()
    # Also where nothing is asked: the first letter is not to wait for the index.
    index = cached_data.search(dataset, prepared)
    if query:
        _results(split, index.find(query, FOUND), key)


def _drawn(key: str) -> str:
    """Return where it stands what product the page around the search was drawn for."""
    return f"_drawn-{key}"


def _carry_over(key: str, split: Split) -> None:
    """Begin with the product that the page before this one showed, unless the link names one."""
    before, name = st.session_state.get(LAST, (key, ""))
    if before != key and not url.set_by_link(key) and name in split.catalogue.index_of.index:
        st.session_state[key] = name
        st.session_state[f"{key}-found-by-search"] = True


def _results(split: Split, found: np.ndarray, key: str) -> None:
    if len(found) == 0:
        st.caption("Nothing matches all these words. Try fewer, or their beginnings.")
        clear_button(f"{key}-query")
        return
    with st.container(border=True, gap="xxsmall", key=f"{key}-found"):
        for row in describe(split, found).to_dict("records"):
            about = [row["title"] or row["id"], row["brand"], row["category"]]
            label = " · ".join(part for part in about if part)
            st.button(
                page_frame.plain(label), key=f"{key}-take-{row['product']}", type="tertiary",
                on_click=take, args=(key, row["id"]),
            )  # fmt: skip


def clear_button(query_key: str) -> None:
    """Draw the button that empties a search that found nothing."""
    st.button(
        "Clear the search", icon=":material/backspace:", key=f"{query_key}-clear",
        on_click=lambda: st.session_state.update({query_key: ""}),
    )  # fmt: skip


def offer_another(split: Split, key: str, place: str = "") -> None:
    """Draw the button that leaves a product of which there is nothing to show for a familiar one.

    Parameters
    ----------
    key : str
        Name of the product in the URL.
    place : str
        Tells such buttons of one page apart.
    """
    product = example_product(split)
    st.button(
        f"Look at {page_frame.plain(split.catalogue.label(product))}",
        icon=":material/arrow_forward:",
        key=f"{key}-another{place}", on_click=take,
        args=(key, split.catalogue.frame["id"].iloc[product]),
    )  # fmt: skip


def take(key: str, product_id: str) -> None:
    """Choose a product; a callback."""
    st.session_state[key] = product_id
    st.session_state[f"{key}-query"] = ""
    st.session_state[f"{key}-found-by-search"] = True


def _surprise(key: str, split: Split) -> None:
    known = np.flatnonzero(split.graph.degree >= 5)
    if len(known) == 0:
        known = np.arange(split.n_products)
    # Not meant to repeat: it is a surprise.
    drawn = int(np.random.default_rng().choice(known))
    take(key, split.catalogue.frame["id"].iloc[drawn])


def card(split: Split, product: int, note: str = "") -> None:
    """Draw what the catalogue says of a product."""
    row = split.catalogue.frame.iloc[product]
    levels = [row[f"category_{level}"] for level in (1, 2, 3, 4) if row[f"category_{level}"]]
    price = "" if np.isnan(row["price"]) else f"{row['price']:,.2f}"
    count = split.graph.degree[product]
    pairs = f"{count:,} training pair{'' if count == 1 else 's'}"
    facts = [row["id"], row["brand"], " › ".join(levels), price, pairs, note]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if row["image"].startswith(("https://", "http://")):
            st.image(row["image"], width=64, alt="Picture of the product")
        with st.container(gap="xxsmall"):
            st.markdown(f"**{page_frame.plain(row['title'] or row['id'])}**")
            st.caption(page_frame.plain("  ·  ".join(fact for fact in facts if fact)))
