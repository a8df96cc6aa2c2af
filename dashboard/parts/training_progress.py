"""Train, progress: the current run with its learning curve, and the waiting ones."""

from __future__ import annotations

import streamlit as st

from core.jobs.train_job import TrainJob
from core.runs.cost_estimate import Estimate, estimate
from core.runs.run_folder import Run
from core.runs.run_names import request_name
from core.runs.run_progress import run_progress
from core.runs.saved_facts import RunStatus
from dashboard import cached_data, page_frame, queue_actions
from dashboard.charts import learning_curves
from dashboard.parts import figures_and_tables
from dashboard.parts.duration_text import duration
from dashboard.parts.training_pinned_product import can_pin, pin_if_none, show_pinned

PHASES = {
    "development": "Development",
    "final": "Training",
    "evaluation": "Evaluation",
}
ABOUT_PHASES = (
    "Development: learns from nine tenths of the training pairs and is evaluated on the rest, "
    "which gives the learning curve and the choice of the score. Training: learns from all "
    "training pairs. Evaluation: tested on the held-out pairs. The map of the default model "
    "follows."
)


def visible_state(active: list[TrainJob]) -> tuple[tuple[str, str, bool], ...]:
    """Return the state of active jobs that the rest of the page depends on."""
    return tuple((job.name, job.state, can_pin(job)) for job in active)


@page_frame.guarded
def training_progress(drawn: tuple[tuple[str, str, bool], ...]) -> None:
    """Draw the current run and the waiting ones; a fragment that runs every second.

    Parameters
    ----------
    drawn : tuple
        The `visible_state` for which the page was drawn. When it changes, so must the page.
    """
    active = queue_actions.active_jobs()
    if visible_state(active) != drawn:
        st.rerun()
    for job in active:
        if job.state == "running":
            show_running(job)
    waiting = [job for job in active if job.state == "waiting"]
    if waiting:
        st.subheader("Waiting")
    for job in waiting:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(_title(job), width="stretch")
            st.button(
                "Remove",
                key=f"drop-{job.name}",
                icon=":material/close:",
                on_click=queue_actions.stop,
                args=(job.name, False),
            )


def show_running(job: TrainJob) -> None:
    """Draw the progress of a job: bar, learning curve, pinned product, log."""
    run = job.run()
    status = run.status if run is not None and run.has_started() else None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(page_frame.plain(_title(job)), width="stretch")
            _stop_buttons(job)
        if _is_making_map(job, status):
            st.progress(1.0, text="Trained and evaluated; its map is being made")
            return
        if run is None or status is None or status["state"] != "running":
            st.progress(0.0, text="Starting: reading data and libraries")
            if tail := job.log().splitlines()[-8:]:
                st.code("\n".join(tail), language=None)
            return
        show_progress(job, run, status)
        pin_if_none(job, run)
        _show_curve(job, run)
        show_pinned(job, run)
        with st.expander("Log", icon=":material/article:", key=f"log-{job.name}"):
            st.code(run.log() or "No output yet", language=None, height=220)


def show_progress(job: TrainJob, run: Run, status: RunStatus) -> None:
    """Draw one bar for the whole run, what it is doing, and its phases."""
    expected = _expected(job, run)
    progress = run_progress(status, expected.stages)
    parts = [part for part in (_epoch(run, status), _rate(run, status, expected)) if part]
    if not parts:
        parts = [status.get("stage", "starting").partition(": ")[2] or "Starting"]
    parts.append(f"{duration(progress.seconds_left)} left")
    st.progress(min(1.0, progress.share), text=page_frame.plain(", ".join(parts)))
    phases = [
        f"**{title}**" if phase == progress.phase else title for phase, title in PHASES.items()
    ]
    st.caption(" → ".join(phases), help=ABOUT_PHASES)


def _expected(job: TrainJob, run: Run) -> Estimate:
    """Return the expected cost of a run, as the form estimated it."""
    key = f"_expected-{job.name}"
    if key not in st.session_state:
        config, store = run.config, cached_data.store()
        facts = store.split_facts(config.dataset, config.prepared)
        size = facts["products"], facts["training_pairs"]
        st.session_state[key] = estimate(store, config.model, dict(config.settings), *size)
    return st.session_state[key]


def _epoch(run: Run, status: RunStatus) -> str:
    """Return which epoch a run is in; "" outside training or without epochs."""
    epochs, total = run.config.settings.get("epochs"), status.get("total")
    if not isinstance(epochs, int) or not total or not status["stage"].endswith(": training"):
        return ""
    now = min(epochs, int(epochs * (status.get("done") or 0) / total) + 1)
    return f"Epoch {now} of {epochs}"


def _rate(run: Run, status: RunStatus, expected: Estimate) -> str:
    """Return how many words, pairs or other units are processed per second."""
    rate, unit, total = status.get("rate"), status.get("unit"), status.get("total")
    if not rate or not unit or not total:
        return ""
    if status["stage"].endswith(": training") and expected.items:
        rate, unit = rate * expected.items / total, expected.unit
    elif unit == "epochs":
        return ""
    for size, letter in ((1e6, " M"), (1e3, " k")):
        if rate >= size:
            return f"{rate / size:.1f}{letter} {unit}/s"
    return f"{rate:.0f} {unit}/s"


def _is_making_map(job: TrainJob, status: RunStatus | None) -> bool:
    """Return whether the run has finished, in this job and not before it."""
    if status is None or status["state"] != "finished":
        return False
    return status["ended"] >= (job.training.started or "")


def _title(job: TrainJob) -> str:
    return f"{request_name(job.request)} on {job.request.dataset}"


def _stop_buttons(job: TrainJob) -> None:
    if job.stop_request():
        st.caption("Stopping …")
        return
    # Callbacks, because a click may come between two runs of the fragment.
    st.button(
        "Stop and keep",
        key=f"keep-{job.name}",
        icon=":material/stop_circle:",
        help="Keep what was learned up to the last finished epoch",
        on_click=queue_actions.stop,
        args=(job.name, True),
    )
    st.button(
        "Stop and discard", key=f"discard-{job.name}", icon=":material/delete:",
        help="Remove the run", on_click=queue_actions.stop, args=(job.name, False),
    )  # fmt: skip


def _show_curve(job: TrainJob, run: Run) -> None:
    curve = run.curve()
    if curve.empty:
        st.caption("The learning curve starts at the first measured point.")
        return
    figures_and_tables.plot(
        learning_curves.live_curve(curve, job.request.model),
        key=f"live-{job.name}",
        alt="Learning curve of the run in training",
    )
