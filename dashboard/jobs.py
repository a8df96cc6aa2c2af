"""Start, follow and stop training: the wiring between the Train page and `core.queue`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, get_args, get_origin

import annotated_types
import pandas as pd
import streamlit as st

from core.config import Settings, UserError
from core.experiments import EXPERIMENTS, resolve_settings
from core.queue import Job, Queue
from core.recorder import PIN_FILE, PINNED_FILE
from core.store import Run
from dashboard import load

SMALLEST = 1e-9


def queue() -> Queue:
    """Return the queue of the artifacts folder that this app shows."""
    return Queue(load.store())


def launch(dataset: str, models: list[str], **options: Any) -> list[Job]:
    """Queue a run of each model, and see that a worker is there to train them."""
    jobs = [queue().add(dataset, model, **options) for model in models]
    queue().start_worker()
    return jobs


def active(jobs: list[Job]) -> list[Job]:
    """Return the jobs that are running or wait."""
    return [job for job in jobs if job.state in ("running", "waiting")]


def resume() -> None:
    """Start a worker if jobs wait and none is there: the machine may have been restarted."""
    if active(queue().jobs()):
        queue().start_worker()


def settings_form(model: str, preset: str) -> dict[str, Any]:
    """Draw a field for every setting of a model; return those that differ from the preset."""
    base: Settings = resolve_settings(model, preset)
    changes = {}
    fields = list(type(base).model_fields.items())
    columns = st.columns(3)
    for number, (name, field) in enumerate(fields):
        value = getattr(base, name)
        with columns[number % 3]:
            chosen = _field(name, field, value, key=f"set-{model}-{preset}-{name}")
        if chosen != value:
            changes[name] = chosen
    if not fields:
        st.caption("This model has no settings.")
    return changes


def _field(name: str, field: Any, value: Any, key: str) -> Any:
    label = name.replace("_", " ")
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(
            label, options, index=options.index(value), key=key, help=field.description
        )
    if isinstance(value, bool):
        return st.toggle(label, value=value, key=key, help=field.description)
    low, high = bounds(field)
    if field.annotation is int:
        return st.number_input(
            label, low, high, value, step=1, key=key, help=field.description, format="%d"
        )
    low = None if low is None else float(low)
    high = None if high is None else float(high)
    return st.number_input(
        label, low, high, float(value), key=key, help=field.description, format="%.6g"
    )


def bounds(field: Any) -> tuple[float | None, float | None]:
    """Return the smallest and the largest value that a settings field takes."""
    low = high = None
    for rule in field.metadata:
        if isinstance(rule, annotated_types.Ge):
            low = rule.ge
        elif isinstance(rule, annotated_types.Gt):
            low = rule.gt + (1 if field.annotation is int else SMALLEST)
        elif isinstance(rule, annotated_types.Le):
            high = rule.le
        elif isinstance(rule, annotated_types.Lt):
            high = rule.lt - (1 if field.annotation is int else SMALLEST)
    return low, high


def pinned(run: Run) -> pd.DataFrame:
    """Return the pinned product's neighbours so far: ``pin, epoch, rank, product, score``."""
    try:
        return pd.read_csv(run.folder / PINNED_FILE, on_bad_lines="skip").dropna()
    except (FileNotFoundError, pd.errors.EmptyDataError):
        return pd.DataFrame(columns=["pin", "epoch", "rank", "product", "score"])


def pin(run: Run, product: int) -> None:
    """Have a product's neighbours written down at every point of the run's learning curve."""
    if run.folder.is_dir():
        (run.folder / PIN_FILE).write_text(str(product))


def history(jobs: list[Job]) -> pd.DataFrame:
    """Return one row a run, newest first: all that was queued, and runs of the command line."""
    rows, listed = [], set()
    for job in jobs:
        run = job.run(load.store())
        if run is not None:
            listed.add((job.dataset, run.id))
        rows.append(
            _row(job.created, job.dataset, job.model, job.state, _duration(job.started, job.ended),
                 job.error, run.id if run else "", run)
        )  # fmt: skip
    for dataset in load.store().datasets():
        for run in load.runs(dataset):
            if (dataset, run.id) in listed:
                continue
            try:
                status, config = run.status, run.config
            except UserError as error:
                rows.append(_row("", dataset, run.id, "damaged", None, str(error), run.id, None))
                continue
            rows.append(
                _row(status["started"], dataset, config.model, status["state"],
                     status.get("elapsed"), status.get("error"), run.id, run)
            )  # fmt: skip
    table = pd.DataFrame(rows)
    return table.sort_values("started", ascending=False, ignore_index=True) if rows else table


def _row(started, dataset, model, state, seconds, error, run_id, run) -> dict[str, Any]:
    entry = EXPERIMENTS.get(model)
    kept = _kept(run) if state == "stopped" and run is not None else ""
    return {
        "started": started.replace("T", " ").removesuffix("+00:00"),
        "data set": dataset,
        "model": entry.title if entry else model,
        "state": state,
        "duration": duration(seconds),
        "what happened": error or kept,
        "run": run_id,
    }


def _kept(run: Run) -> str:
    try:
        kept = run.status.get("kept")
    except UserError:
        return "nothing kept"
    if not kept:
        return "nothing kept"
    return f"kept what epoch {kept['epoch']} ({kept['phase']}) had learned"


def _duration(started: str | None, ended: str | None) -> float | None:
    if not started or not ended:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(started)).total_seconds()


def duration(seconds: float | None) -> str:
    """Return seconds as people read them: ``41 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
