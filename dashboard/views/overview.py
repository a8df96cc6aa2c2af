"""Overview: the data, the best results, and the first step on a fresh install."""

from __future__ import annotations

import streamlit as st

from dashboard import cached_data, page_frame
from dashboard.parts import data_summary
from dashboard.parts.overview_results import best_models
from dashboard.parts.welcome import welcome

with page_frame.page_body() as page:
    if page.dataset is None or page.prepared is None:
        welcome()
        page_frame.end_page()
    store, dataset, prepared = cached_data.store(), page.dataset, page.prepared
    split = cached_data.split(dataset, prepared)
    source = store.source(dataset)
    if source and source["about"]:
        st.caption(page_frame.plain(source["about"]))
    data_summary.counts(store.split_facts(dataset, prepared), split)
    data_summary.relations(split)
    for problem in cached_data.damaged(dataset):
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if runs := page.finished_runs():
        best_models(dataset, prepared, runs)
    elif not page_frame.show_active_jobs(dataset):
        st.info("The data is prepared. Next: train models on it.", icon=":material/flag:")
        page_frame.go_to("train", "Train models", primary=True)
    data_summary.figures(dataset, prepared, split)
