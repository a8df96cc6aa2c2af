"""Overview: a claim, a product with its hits, what to do next, and the data."""

from __future__ import annotations

import streamlit as st

from dashboard import cached_data, page_frame
from dashboard.content.claims import STUDY
from dashboard.parts import data_summary, overview_claim_and_example, run_tables, tour
from dashboard.parts.welcome import welcome

with page_frame.page_body() as page:
    if page.dataset is None or page.prepared is None:
        welcome()
        page_frame.end_page()
    dataset, prepared, runs = page.dataset, page.prepared, page.finished_runs()
    split = cached_data.split(dataset, prepared)
    if not page.presenter:
        st.markdown(STUDY)
    for problem in cached_data.damaged(dataset):
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if runs:
        rows = run_tables.rows_of(runs)
        if warning := run_tables.small_data_warning(runs):
            st.warning(warning, icon=":material/warning:")
        # Larger type leaves no room for two columns.
        left, right = (st, st) if page.presenter else st.columns([1.15, 1], gap="medium")
        with left.container():
            overview_claim_and_example.show_claim(rows, split)
        with right.container(), page_frame.boundary():
            overview_claim_and_example.show_example(dataset, prepared, rows, split)
        with st.container(horizontal=True):
            tour.start_button()
            page_frame.go_to("neighbours", "Look up a product")
            page_frame.go_to("compare", "Compare all models")
            page_frame.go_to("train", "Train on your own data")
    elif not page_frame.show_active_jobs(dataset):
        st.info("The data is prepared. Next: train models on it.", icon=":material/flag:")
        page_frame.go_to("train", "Train models", primary=True)
    data_summary.data_summary(dataset, prepared, split)
