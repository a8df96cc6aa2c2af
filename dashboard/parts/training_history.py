"""Train, history: every run with its state, duration and log."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.config import UserError
from core.jobs.train_job import TrainJob
from core.runs.run_folder import Run
from core.runs.run_names import request_name, run_names
from dashboard import cached_data, page_frame, queue_actions, url_widgets
from dashboard.parts import figures_and_tables
from dashboard.parts.duration_text import duration
from dashboard.parts.run_renaming import name_field

# Headings, and widths in pixels on a 1280-pixel screen; the last column takes what is left.
COLUMNS = {
    "started": ("Started, UTC", 128),
    "dataset": ("Data set", 80),
    "model": ("Model", 200),
    "state": ("State", 72),
    "duration": ("Duration", 85),
    "note": ("Note", 160),
    "run": ("Run", None),
}


@dataclass(frozen=True)
class HistoryRow:
    """One run, or one job that has not made a run yet."""

    started: str
    dataset: str
    model: str
    state: str
    duration: str
    note: str
    run: str

    @property
    def id(self) -> str:
        """An id that is unique among the runs of all data sets."""
        return f"{self.dataset}/{self.run}"


def training_history() -> None:
    """Draw the table of runs, and the log of the chosen one."""
    st.subheader("History")
    rows = history()
    if not rows:
        st.caption("No runs yet. Choose models above, then press the button below them.")
        return
    ids = [row.id for row in rows]
    with_log = {row.id: row for row in rows if row.run}
    # The callback gets the position of a row, and positions change with the next run.
    st.session_state["_history"] = ids
    chosen = url_widgets.table_row("Log", list(with_log), key="log")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    if page_frame.presenter():
        # The larger type needs the room; model, data set and time identify the run as well.
        table = table.drop(columns="run")
    figures_and_tables.table(
        table,
        on_select=_open_log,
        selection_mode="single-row",
        key="history",
        selection_default={"selection": {"rows": [ids.index(chosen)] if chosen else []}},
        alt="All runs with state, duration and error",
        column_config=_column_config(),
    )
    if chosen:
        row = with_log[chosen]
        run = cached_data.store().run(row.dataset, row.run)
        if not page_frame.presenter():
            name_field(run, row.model)
        log = run.log()
        st.code(log or "This run has no log.", language=None, height=260)
    else:
        st.caption("Choose a row to read its log or to rename the run.")


def history() -> list[HistoryRow]:
    """Return a row for every queued job, and for every run of the command line, newest first."""
    rows, listed = [], set()
    datasets = cached_data.store().datasets()
    names = {dataset: _names(cached_data.runs(dataset)) for dataset in datasets}
    for job in queue_actions.queue().jobs():
        rows.append(_job_row(job, names.get(job.request.dataset, {})))
        listed.add(rows[-1].id)
    for dataset in datasets:
        for run in cached_data.runs(dataset):
            if f"{dataset}/{run.id}" not in listed:
                rows.append(_run_row(dataset, run, names[dataset]))
    return sorted(rows, key=lambda row: row.started, reverse=True)


def _names(runs: Sequence[Run]) -> dict[str, str]:
    """Return the names of runs by their ids; a damaged run has none."""
    undamaged = []
    for run in runs:
        with contextlib.suppress(UserError):
            run.config  # noqa: B018 - reading it raises if it is damaged
            undamaged.append(run)
    return run_names(undamaged)


def _job_row(job: TrainJob, names: Mapping[str, str]) -> HistoryRow:
    record, run = job.training, job.run()
    seconds, note = _seconds_between(record.started, record.ended), job.error
    if job.state == "stopped" and run is not None and not note:
        note = _kept(run)
    if job.state == "finished" and run is not None and _existed_before(run, record.started):
        seconds, note = run.status.get("elapsed"), "reused (already finished)"
    return HistoryRow(
        started=_minutes(record.created),
        dataset=job.request.dataset,
        model=names.get(run.id if run is not None else "") or request_name(job.request),
        state=job.state,
        duration=duration(seconds),
        note=note,
        run=run.id if run is not None else "",
    )


def _run_row(dataset: str, run: Run, names: Mapping[str, str]) -> HistoryRow:
    try:
        status, model = run.status, names.get(run.id, run.id)
    except UserError as error:
        return HistoryRow("", dataset, run.id, "damaged", "", str(error), run.id)
    note = status.get("error") or (_kept(run) if status["state"] == "stopped" else "")
    return HistoryRow(
        started=_minutes(status["started"]),
        dataset=dataset,
        model=model,
        state=status["state"],
        duration=duration(status.get("elapsed")),
        note=note,
        run=run.id,
    )


def _existed_before(run: Run, started: str | None) -> bool:
    """Return whether a run had finished before the job that asked for it began."""
    try:
        return run.status["ended"] < (started or "")
    except (UserError, KeyError):
        return False


def _kept(run: Run) -> str:
    """Return the epoch up to which a stopped run was kept."""
    try:
        checkpoint = run.status.get("kept")
    except UserError:
        checkpoint = None
    if not checkpoint:
        return "not kept"
    return f"kept up to epoch {checkpoint['epoch']} ({checkpoint['phase']})"


def _minutes(time: str) -> str:
    return time.replace("T", " ").removesuffix("+00:00")


def _seconds_between(started: str | None, ended: str | None) -> float | None:
    if not started or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def _column_config() -> dict[str, ColumnConfig]:
    scale = page_frame.PRESENTER_SCALE if page_frame.presenter() else 1
    return {
        name: st.column_config.Column(heading, width=round(width * scale) if width else None)
        for name, (heading, width) in COLUMNS.items()
    }


def _open_log() -> None:
    """Choose the run of the row that was clicked; a callback."""
    rows = st.session_state["history"]["selection"]["rows"]
    st.session_state["log"] = st.session_state["_history"][rows[0]] if rows else ""
