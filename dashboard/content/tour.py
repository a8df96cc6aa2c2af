"""The tour from the first training to the map: what a page shows, and the way to the next one."""

from __future__ import annotations

import streamlit as st

from dashboard import url, url_widgets

KEY = "tour"
# Page, what the way to it is called, and what there is to see.
STEPS = {
    "train": (
        "Train",
        "The demo's models train one after the other, in a process of their own: watch the "
        "learning curve grow. Go on as soon as one has finished; the others arrive by themselves.",
    ),
    "compare": (
        "Compare",
        "First the study's table, then the honest one. Popularity alone (Degree) looks good "
        "against uniform negatives; against degree-matched ones it is worth nothing.",
    ),
    "neighbours": (
        "Neighbours",
        "One product in several models. Green rows are held-out pairs that no model has seen: "
        "hits. Click a product and open Why, or let the app surprise you.",
    ),
    "map": (
        "Map",
        "The whole catalogue by its vectors. Colour it, click a point to see its true neighbours, "
        "draw a lasso around a region.",
    ),
    "data": (
        "Data and walks",
        "What all of it was learned from: relations, the network around a product, and random "
        "walks. Choose Random walk and roll again.",
    ),
    "about": (
        "About the method",
        "Every model in a paragraph, how they are measured, and what was found.",
    ),
}


def is_on() -> bool:
    """Return whether the person is on the tour."""
    return url_widgets.is_on(KEY)


def start() -> None:
    """Begin the tour; a callback."""
    st.session_state[KEY] = True


def end() -> None:
    """End the tour; a callback."""
    st.session_state[KEY] = False


def strip(title: str, may_go_on: bool) -> None:
    """Draw what this page of the tour is about, and the way on.

    Parameters
    ----------
    title : str
        The page's.
    may_go_on : bool
        Whether the next page has anything to show.
    """
    views = list(STEPS)
    here = next((view for view in views if STEPS[view][0] == title), None)
    if here is None:
        return
    number = views.index(here)
    after = views[number + 1] if number + 1 < len(views) else None
    with st.container(border=True):
        said, buttons = st.columns([3.4, 1], vertical_alignment="center", gap="medium")
        said.markdown(f":material/tour: **{number + 1} of {len(views)}**  {STEPS[here][1]}")
        with buttons, st.container(gap="xxsmall", horizontal_alignment="right"):
            if after and st.button(
                STEPS[after][0], key="tour-next", type="primary", icon=":material/arrow_forward:",
                disabled=not may_go_on,
                help=None if may_go_on else "When the first model has finished",
            ):  # fmt: skip
                url.open_page(after)
            st.button("End the tour", key="tour-end", on_click=end, type="tertiary")
