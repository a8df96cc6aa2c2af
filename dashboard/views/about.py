"""About the method: pipeline, models, protocols, findings, studies, references."""

from __future__ import annotations

import streamlit as st

from dashboard import page_frame
from dashboard.content.method_texts import PIPELINE, PROTOCOLS, REFERENCES
from dashboard.parts import about_models_and_findings
from dashboard.parts.studies import studies

with page_frame.page_body() as page:
    st.subheader("From baskets to neighbours")
    st.markdown(PIPELINE)
    st.subheader("Models")
    about_models_and_findings.models()
    st.subheader("Evaluation")
    st.markdown(PROTOCOLS)
    about_models_and_findings.findings(page.finished_runs())
    st.subheader("Studies")
    studies(page.dataset)
    st.subheader("References")
    st.markdown(REFERENCES)
