"""Start, follow and stop training: the wiring between the Train page and `core.jobs.queue`."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any, Literal, get_args, get_origin

import annotated_types
import pandas as pd
import streamlit as st

from core.config import Settings, UserError
from core.jobs.queue import Job, Queue
from core.models.registry import EXPERIMENTS, models_with, resolve_settings
from core.runs.recorder import PIN_FILE, PINNED_FILE
from core.runs.run_folder import Run
from dashboard import cached_data

SMALLEST = 1e-9
CHANGES = "_changes"


def queue() -> Queue:
    """Return the queue of the artifacts folder that this app shows."""
    return Queue(cached_data.store())


def title(model: str) -> str:
    """Return what a model is called on the pages."""
    return EXPERIMENTS[model].title if model in EXPERIMENTS else model


def launch(dataset: str, changes: dict[str, dict[str, Any]], **options: Any) -> list[Job]:
    """Queue a run of each model, and see that a worker is there to train them.

    Parameters
    ----------
    dataset : str
    changes : dict
        By model: its settings that differ from the preset.
    **options
        Other fields of `core.jobs.queue.Job`, the same for all.
    """
    jobs = [queue().add(dataset, model, changes=own, **options) for model, own in changes.items()]
    queue().start_worker()
    return jobs


def train_demo() -> None:
    """Queue the demo's first models."""
    launch("demo", {name: {} for name in models_with("demo")})


def active(jobs: list[Job]) -> list[Job]:
    """Return the jobs that are running or wait."""
    return [job for job in jobs if job.state in ("running", "waiting")]


def take_off(job_id: str) -> None:
    """Take a waiting job off the queue; a callback.

    It may have begun since the page was drawn: then it is stopped, and what it wrote removed.
    """
    for job in active(queue().jobs()):
        if job.id == job_id:
            queue().stop(job, keep=False)


def resume() -> None:
    """Start a worker if jobs wait and none is there: the machine may have been restarted."""
    if active(queue().jobs()):
        queue().start_worker()


def settings_form(model: str, preset: str) -> None:
    """Draw a field for every setting of a model; `changes` tells what differs from the preset."""
    base: Settings = resolve_settings(model, preset)
    kept = st.session_state.setdefault(CHANGES, {}).setdefault((model, preset), {})
    fields = list(type(base).model_fields.items())
    columns = st.columns(4)
    for number, (name, field) in enumerate(fields):
        key = f"set-{model}-{preset}-{name}"
        # Streamlit forgets fields that are not drawn, and one model's are at a time.
        st.session_state.setdefault(key, kept.get(name, _shown(field, getattr(base, name))))
        with columns[number % 4]:
            chosen = _field(name, field, key)
        if chosen != _shown(field, getattr(base, name)):
            kept[name] = chosen
        else:
            kept.pop(name, None)
    if not fields:
        st.caption("This model has no settings.")


def changes(model: str, preset: str) -> dict[str, Any]:
    """Return the settings of a model that the person has changed."""
    return copy.deepcopy(st.session_state.get(CHANGES, {}).get((model, preset), {}))


def drop_changes() -> None:
    """Go back to the presets of all models; a callback."""
    st.session_state.pop(CHANGES, None)
    for key in [key for key in st.session_state if str(key).startswith("set-")]:
        del st.session_state[key]


def _shown(field: Any, value: Any) -> Any:
    """Return a setting's value as its field holds it."""
    if isinstance(value, tuple):
        return list(value)
    return float(value) if field.annotation is float else value


def _field(name: str, field: Any, key: str) -> Any:
    label, value = name.replace("_", " "), st.session_state[key]
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(label, options, key=key, help=field.description)
    if isinstance(value, bool):
        return st.toggle(label, key=key, help=field.description)
    if isinstance(value, list):
        options = get_args(get_args(field.annotation)[0])
        return st.multiselect(label, options, key=key, help=field.description)
    low, high = bounds(field)
    if field.annotation is int:
        return st.number_input(
            label, low, high, step=1, key=key, help=field.description, format="%d"
        )
    low = None if low is None else float(low)
    high = None if high is None else float(high)
    return st.number_input(label, low, high, key=key, help=field.description, format="%.6g")


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


def is_pinned(run: Run) -> bool:
    """Return whether a product's neighbours are asked for as the run learns."""
    return (run.folder / PIN_FILE).exists()


def pin(run: Run, product: int) -> None:
    """Have a product's neighbours written down at every point of the run's learning curve."""
    if run.folder.is_dir():
        (run.folder / PIN_FILE).write_text(str(product))


def history(jobs: list[Job]) -> pd.DataFrame:
    """Return one row a run, newest first: all that was queued, and runs of the command line."""
    rows, listed = [], set()
    for job in jobs:
        run = job.run(cached_data.store())
        if run is not None:
            listed.add((job.dataset, run.id))
        seconds, said = _duration(job.started, job.ended), job.error
        if job.state == "finished" and _was_there(run, job):
            seconds, said = run.status.get("elapsed"), "was there already"
        rows.append(
            _row(job.created, job.dataset, job.model, job.state, seconds, said,
                 run.id if run else "", run)
        )  # fmt: skip
    for dataset in cached_data.store().datasets():
        for run in cached_data.runs(dataset):
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


def _was_there(run: Run | None, job: Job) -> bool:
    """Return whether a finished job found its run finished before it began."""
    try:
        return run is not None and run.status["ended"] < (job.started or "")
    except (UserError, KeyError):
        return False


def _row(started, dataset, model, state, seconds, error, run_id, run) -> dict[str, Any]:
    kept = _kept(run) if state == "stopped" and run is not None else ""
    return {
        "started": started.replace("T", " ").removesuffix("+00:00"),
        "data set": dataset,
        "model": title(model),
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
