"""The training queue as the pages use it: add, watch, stop, start a worker."""

from __future__ import annotations

import atexit
from collections.abc import Sequence

import streamlit as st

from core.config import Execution, TrainRequest
from core.jobs.train_job import TrainJob
from core.jobs.training_queue import Queue
from core.models.registry import training_order
from dashboard import cached_data

STOP_COMMAND = "python -m core queue --stop"


def queue() -> Queue:
    """Return the training queue of the artifacts folder that the app shows."""
    return Queue(cached_data.store())


def active_jobs() -> list[TrainJob]:
    """Return the jobs that are running or waiting, oldest first."""
    return queue().active()


def train(
    requests: Sequence[TrainRequest], execution: Execution | None = None, pin: int | None = None
) -> None:
    """Queue what is requested, and start a worker if there is none.

    Parameters
    ----------
    requests : sequence of TrainRequest
    execution : Execution, optional
    pin : int, optional
        Index of the product whose neighbours are shown while the runs learn.
    """
    for request in requests:
        queue().add(request, execution, pin)
    queue().start_worker()


def train_demo() -> None:
    """Queue all models on the demo, as ``python -m core run demo`` does."""
    requests = [TrainRequest(dataset="demo", model=name) for name in training_order("ours")]
    queue().add_missing(requests)
    queue().start_worker()


@st.cache_resource
def report_at_exit() -> None:
    """When the app is closed, say whether training goes on; once for each server."""
    store = cached_data.store()

    def say() -> None:
        if store.root.is_dir() and Queue(store).has_worker():
            print("Models go on training in the background. To stop them: " + STOP_COMMAND)

    atexit.register(say)


def stop(name: str, keep: bool) -> None:
    """Stop a job, or take it off the queue if it is waiting; a callback.

    It may have changed since the page was drawn, so its state is read again.
    """
    for job in active_jobs():
        if job.name == name:
            job.stop(keep)


def start_worker() -> None:
    """Start a worker if jobs are waiting and none is alive, for instance after a reboot."""
    if queue().has_work():
        queue().start_worker()
