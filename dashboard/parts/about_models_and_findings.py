"""About: the models with their formulas, and the findings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.models.registry import MODELS
from core.runs.run_folder import Run
from dashboard import page_frame
from dashboard.content.method_texts import STUDY_FOUND
from dashboard.content.model_texts import FAMILIES, PARAGRAPHS
from dashboard.parts import about_key_figures, run_tables

MODELS_PER_ROW = 2


def models() -> None:
    """Draw every model, by family: its formula and a paragraph."""
    for family, heading in FAMILIES.items():
        st.markdown(f"**{heading}**")
        entries = [entry for entry in MODELS.values() if entry.family == family]
        for start in range(0, len(entries), MODELS_PER_ROW):
            row = entries[start : start + MODELS_PER_ROW]
            for column, entry in zip(st.columns(MODELS_PER_ROW), row):
                with column, st.container(border=True, height="stretch"):
                    st.markdown(f"**{page_frame.plain(entry.title)}**")
                    st.latex(entry.formula)
                    st.markdown(PARAGRAPHS.get(entry.name, page_frame.plain(entry.about)))


def findings(runs: Sequence[Run]) -> None:
    """Draw the study's findings, and the key figures of the finished runs."""
    left, right = st.columns(2)
    with left:
        st.subheader("Findings of the study")
        st.markdown(STUDY_FOUND)
    with right:
        st.subheader("Our findings")
        if not runs:
            st.caption("Our figures come from your own runs. Train some models to see them here.")
            page_frame.go_to("train", "Train models")
            return
        rows = run_tables.with_differences(run_tables.rows_of(runs), runs)
        for label, value in about_key_figures.key_figures(rows):
            st.markdown(f"- {page_frame.plain(label)}: **{page_frame.plain(value)}**")
        st.markdown(about_key_figures.TEXT)
