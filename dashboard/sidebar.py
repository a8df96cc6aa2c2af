"""The sidebar: the choice of data set and split, presenter mode and tour."""

from __future__ import annotations

import time

import streamlit as st

from core.plural import count_of
from dashboard import cached_data, page_frame, pages, url, url_widgets
from dashboard.parts import copy_link, own_data, sidebar_training_status, tour

# The dark theme's primary colour is too light for the white that Streamlit writes on it.
STYLE = """<style>
.stMainBlockContainer { padding: 2.2rem 2rem 3rem; }
[data-testid=stBaseButton-primary]:not(:disabled),
[data-testid=stMultiSelect]:not(:has(input:disabled)) [data-tag] {
    color: light-dark(#FFFFFF, #10151B);
}
</style>"""
PRESENTER_STYLE = """<style>
html { font-size: 20px !important; }
.stMainBlockContainer { padding: 0.3rem 2rem 2rem; }
.stMainBlockContainer > [data-testid=stVerticalBlock] { gap: 0.6rem; }
.stMainBlockContainer h1 { font-size: 1.4rem; padding: 0; }
.st-key-presenter-header { padding: 0 1rem; min-height: 1.8rem; }
/* On the same line as the page's header, between the two buttons of the app's. */
[data-testid=stHeader] {
    height: 1.8rem; min-height: 1.8rem; background: none; pointer-events: none;
}
[data-testid=stHeader] button { pointer-events: auto; }
[data-testid=stSidebarNav], [data-testid=stSidebarUserContent] { margin: 0 -0.9rem; }
[data-testid=stMetricValue] { font-size: 1.7rem; }
/* After a click and an arrow key, the browser would frame the whole page. */
[data-testid=stMain]:focus-visible { outline: none; }
</style>"""
# In seconds. Tables measure their text once, so the browser must have the larger type by then.
STYLE_WAIT = 0.2


def choose_dataset() -> str | None:
    """Draw the choice of the data set and return it; None if there is no data set."""
    names = cached_data.store().datasets()
    if not names:
        st.caption("No data set has been read yet.")
        return None
    # Set before the choice is drawn, which nothing may change afterwards.
    if own_data.just_read():
        st.session_state["data"] = st.session_state.pop(own_data.OPEN)
    return url_widgets.choice(st.selectbox, "Data set", names, key="data")


def choose_split(dataset: str) -> str | None:
    """Draw the choice of the split, if there are several, and return it; None if there is none."""
    names = cached_data.store().prepared(dataset)
    if len(names) == 1:
        url_widgets.fixed("Split", names[0], key="split")
    if len(names) < 2:
        return names[0] if names else None
    return url_widgets.choice(
        st.selectbox,
        "Split",
        names,
        key="split",
        help="How the pairs were split. Results on different splits are never compared.",
    )


def draw(page: pages.Page) -> None:
    """Draw the sidebar, and keep what is chosen in it for `page_frame.page_body`."""
    url.begin()
    st.session_state["_page"] = page
    # First of all: tables measure their text as they are drawn.
    st.html(STYLE)
    if page_frame.presenter():
        st.set_page_config(initial_sidebar_state="collapsed")
        st.html(PRESENTER_STYLE)
        if not st.session_state.get("_styled"):
            time.sleep(STYLE_WAIT)
    st.session_state["_styled"] = page_frame.presenter()
    st.session_state["_context"] = page_frame.PageContext(None, None, page_frame.presenter())
    with st.sidebar:
        dataset = choose_dataset()
        prepared = choose_split(dataset) if dataset else None
        if dataset:
            trained = len(cached_data.finished(dataset, prepared)) if prepared else 0
            split = f"split {page_frame.plain(prepared)}" if prepared else "no split prepared"
            st.caption(f"{split} · {count_of(trained, 'finished run')}")
        sidebar_training_status.training_status()
        url_widgets.switch(
            "Presenter mode",
            key="presenter",
            help="For a projector: larger type, fewer controls. The arrow keys turn the pages.",
        )
        url_widgets.switch(
            "Tour",
            key=tour.KEY,
            help="Explains each page and leads to the next",
        )
        copy_link.copy_link("copy-link")
    st.session_state["_context"] = page_frame.PageContext(dataset, prepared, page_frame.presenter())
    url.allow_writing()
