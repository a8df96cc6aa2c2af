"""The guided tour: what to see on a page, and a link to the next one."""

from __future__ import annotations

import streamlit as st

from dashboard import pages, url, url_widgets

KEY = "tour"


def is_on() -> bool:
    """Return whether the tour is on."""
    return url_widgets.is_on(KEY)


def start() -> None:
    """Start the tour; a callback."""
    st.session_state[KEY] = True


def start_button() -> None:
    """Draw the button that starts the tour, at its first page."""
    if st.button(
        "Take the tour", type="primary", icon=":material/tour:", key="tour-start", on_click=start
    ):
        url.open_page(pages.tour()[0].name)


def end() -> None:
    """End the tour; a callback."""
    st.session_state[KEY] = False


def step(page: pages.Page, has_runs: bool) -> None:
    """Draw the tour's step on this page, with a link to the next.

    Parameters
    ----------
    page : Page
        Nothing is drawn on a page that the tour does not visit.
    has_runs : bool
        Whether a model has finished; without one, some pages have nothing to show yet.
    """
    steps = pages.tour()
    if page.tour is None or page not in steps:
        return
    place = steps.index(page)
    following = steps[place + 1] if place + 1 < len(steps) else None
    can_continue = has_runs or not (following and following.tour and following.tour.needs_run)
    with st.container(border=True):
        left, right = st.columns([3.4, 1], vertical_alignment="center", gap="medium")
        left.markdown(f":material/tour: **{place + 1} of {len(steps)}**  {page.tour.text}")
        with right, st.container(gap="xxsmall", horizontal_alignment="right"):
            if following and st.button(
                following.title,
                key="tour-next",
                type="primary",
                icon=":material/arrow_forward:",
                disabled=not can_continue,
                help=None if can_continue else "When the first model has finished",
            ):
                url.open_page(following.name)
            st.button("End tour", key="tour-end", on_click=end, type="tertiary")
