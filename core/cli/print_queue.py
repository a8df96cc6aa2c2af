"""Print the runs that train or wait, and follow them."""

from __future__ import annotations

import time

import pandas as pd

from core.cli.console import ConsoleProgress, print_compact, say
from core.cli.print_training import headline
from core.jobs.train_job import TrainJob
from core.jobs.training_queue import Queue

SECONDS_BETWEEN_LOOKS = 0.5
NO_WORKER = "No process works on the queue. Start one: python -m core work"


def print_queue(queue: Queue) -> None:
    """Print the active jobs, the running one with its stage."""
    jobs = queue.active()
    if not jobs:
        say("Nothing is training or waiting.")
        return
    rows = [[job.request.model, job.request.dataset, job.state, job.progress()[0]] for job in jobs]
    print_compact(pd.DataFrame(rows, columns=["Model", "Data", "State", "Stage"]))
    if not queue.has_worker():
        say(NO_WORKER)


def watch(queue: Queue) -> None:
    """Follow the jobs until none is active, with a line for each that ends.

    Ctrl-C ends the watching and leaves the jobs alone.
    """
    followed: dict[str, TrainJob] = {}
    with ConsoleProgress() as progress:
        shown = ""
        while queue.has_worker():
            active = {job.name: job for job in queue.active()}
            for name in [name for name in followed if name not in active]:
                _print_end(followed.pop(name))
            followed = active
            for job in active.values():
                if job.state != "running":
                    continue
                stage, done, total = job.progress()
                text = f"{job.request.model}, {len(active) - 1} waiting: {stage}"
                if text != shown:
                    progress.stage(text, total)
                    shown = text
                progress.advance(done)
            time.sleep(SECONDS_BETWEEN_LOOKS)
    for job in followed.values():
        _print_end(job)
    if queue.has_work():
        say(NO_WORKER)


def _print_end(job: TrainJob) -> None:
    run = job.refresh().run()
    if job.state == "finished" and run is not None:
        say(headline(run))
    elif job.record is not None:
        say(f"{job.request.model:22} {job.state} {job.error}".rstrip())
