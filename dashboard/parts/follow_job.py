"""A job that runs, with the end of its output, until it has ended."""

from __future__ import annotations

import streamlit as st

from core.jobs.job import Job
from dashboard import page_frame

LOG_LINES = 4


@st.fragment(run_every="1s")
@page_frame.guarded
def follow(job: Job, text: str) -> None:
    """Show `text`, in Markdown, and the last lines of the log; draw the page again at the end."""
    if not job.is_running():
        st.rerun()
    with st.container(border=True):
        st.markdown(f":material/hourglass_top: {text}")
        if tail := last_lines(job):
            st.code(tail, language=None)


def last_lines(job: Job) -> str:
    """Return the last lines of a job's log."""
    return "\n".join(job.log().splitlines()[-LOG_LINES:])
