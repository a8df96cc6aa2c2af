"""The sidebar's note of what trains now; when a run has ended, it draws the page again."""

from __future__ import annotations

import streamlit as st

from core.jobs.train_job import TrainJob
from core.models.registry import model_title
from dashboard import page_frame, queue_actions

POLL = "2s"


def training_status() -> None:
    """Draw the run in training; nothing, and no polling, while no job is active."""
    if active := queue_actions.active_jobs():
        st.fragment(_status, run_every=POLL)(_states(active))


def _states(active: list[TrainJob]) -> list[tuple[str, str]]:
    return [(job.name, job.state) for job in active]


@page_frame.guarded
def _status(drawn: list[tuple[str, str]]) -> None:
    """Draw the status; `drawn` are the states for which the page was drawn."""
    active = queue_actions.active_jobs()
    if _states(active) != drawn:
        st.rerun()
    waiting = sum(job.state == "waiting" for job in active)
    for job in active:
        if job.state == "running":
            stage, done, total = job.progress()
            name = page_frame.plain(model_title(job.request.model))
            share = min(1.0, done / total) if total else 0.0
            st.progress(share, text=f":material/model_training: **{name}** trains")
            st.caption(page_frame.plain(stage) or "starting")
    if waiting:
        st.caption(f"{waiting} more waiting. Pages update automatically.")
