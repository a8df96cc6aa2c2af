"""Overview of a fresh install: what the app is for, and the first step."""

from __future__ import annotations

import streamlit as st

from dashboard import page_frame, pages
from dashboard.content.claims import STUDY


def welcome() -> None:
    """Draw the welcome: the ways to begin, and what the pages are for."""
    with st.container(border=True):
        st.subheader("Which products go together?")
        st.markdown(f"{STUDY} The demo is a year of grocery baskets; it needs no download.")
        if not page_frame.show_active_jobs():
            with st.container(horizontal=True):
                page_frame.train_demo_button()
                page_frame.go_to("train", "Use your own data")
    steps = pages.tour()
    for number, (column, page) in enumerate(zip(st.columns(len(steps)), steps), start=1):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"{page.icon} **{number} · {page.title}**")
            st.caption(page.caption)
