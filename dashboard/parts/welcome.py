"""Overview of a fresh install: the app's purpose, and the first step."""

from __future__ import annotations

import streamlit as st

from dashboard import page_frame

# Icon, title and text of the steps that come next.
STEPS = (
    ("model_training", "1 · Train", "A few minutes; the learning curve grows live."),
    ("leaderboard", "2 · Compare", "The study's table next to a fairer one."),
    ("hub", "3 · Neighbours", "Look products up in several models side by side."),
    ("scatter_plot", "4 · Map", "The whole catalogue at a glance."),
)


def welcome() -> None:
    """Draw the welcome, with a button that trains the demo."""
    with st.container(border=True):
        st.subheader("Which products go together?")
        st.markdown(
            "This app learns product embeddings from what people buy together, measures them "
            "honestly, and lets you look inside. It comes with a **demo**: a year of grocery "
            "baskets, no download needed."
        )
        if not page_frame.show_active_jobs():
            page_frame.train_demo_button()
    for column, (icon, title, description) in zip(st.columns(len(STEPS)), STEPS):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: **{title}**")
            st.caption(description)
