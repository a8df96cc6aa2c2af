"""Several runs at the same time: jobs that claim runs from one shared work list.

Threads that work on one batch wait for each other at its end, and a batch takes a few milliseconds;
processes that train models of their own do not. Two models at the same time, with one core each, so
take less time than one after the other with both.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from core.config import Execution, RunConfig, UserError, available_cores
from core.jobs.job import Job, JobRecord
from core.jobs.worker import POLL_SECONDS, RunningJob
from core.parallel import is_distributed
from core.pipeline import RAISE_ERRORS, RunListener, train_many
from core.progress import QUIET, Progress
from core.runs.files import read_json, write_json
from core.runs.run_folder import Run
from core.runs.store import Store

KIND = "runs"


class WorkList(BaseModel):
    """Runs that several processes share; each is trained by the one that claims it.

    It lies in a folder of its own, beside a file for every claim and for how every run ended.
    """

    artifacts: str
    configs: list[RunConfig]
    execution: Execution

    @staticmethod
    def path(folder: Path) -> Path:
        return folder / "work-list.json"

    @staticmethod
    def claim_path(folder: Path, config: RunConfig) -> Path:
        return folder / f"{config.run_id}.claimed"

    @staticmethod
    def end_path(folder: Path, run_id: str) -> Path:
        return folder / f"{run_id}.ended.json"


class Claimant(RunListener):
    """Claims runs that no other process has claimed, and writes down how each ended."""

    def __init__(self, folder: Path):
        self.folder = folder

    def claim(self, config: RunConfig) -> bool:
        try:
            WorkList.claim_path(self.folder, config).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def finished(self, run: Run) -> None:
        write_json(WorkList.end_path(self.folder, run.id), {"error": None})

    def failed(self, config: RunConfig, error: Exception) -> None:
        write_json(WorkList.end_path(self.folder, config.run_id), {"error": str(error)})


def train_at_once(
    store: Store,
    configs: Sequence[RunConfig],
    execution: Execution,
    progress: Progress = QUIET,
    listener: RunListener = RAISE_ERRORS,
) -> list[Run]:
    """Train several runs, `execution.jobs` of them at any time; see `core.pipeline.train_many`.

    The last models of the table come first, as they take longest. Each process loads the split,
    so memory is needed for as many models and splits as there are jobs. All jobs stop when this
    function is left, and when this process ends, however it ends.

    Raises
    ------
    UserError
        If torchrun started this process: it has its own way to use several processes.
    """
    if is_distributed():
        raise UserError("Under torchrun all processes train one model: leave --jobs out.")
    waiting = {config.run_id: config for config in reversed(configs)}
    workers = max(1, (execution.workers or available_cores()) // execution.jobs)
    of_each = execution.model_copy(update={"workers": workers, "jobs": 1})
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        work_list = WorkList(
            artifacts=str(store.root.resolve()), configs=list(waiting.values()), execution=of_each
        )
        write_json(WorkList.path(folder), work_list.model_dump(mode="json"))
        jobs = _jobs(store, folder, min(execution.jobs, len(configs)))
        for job in jobs:
            stack.callback(job.forget)
        running = [stack.enter_context(RunningJob(job)) for job in jobs]
        # Before the jobs are waited for one by one, all are told to stop.
        for running_job in running:
            stack.callback(running_job.close_input)
        progress.stage("models", len(configs), "models")
        while True:
            have_ended = [job.has_ended() for job in running]
            for run_id in [name for name in waiting if WorkList.end_path(folder, name).exists()]:
                config, end = waiting.pop(run_id), read_json(WorkList.end_path(folder, run_id))
                if end["error"] is None:
                    runs.append(store.run(config.dataset, run_id))
                    listener.finished(runs[-1])
                else:
                    listener.failed(config, UserError(end["error"]))
                progress.advance(len(configs) - len(waiting))
            if all(have_ended):
                break
            time.sleep(POLL_SECONDS)
        errors = [job.error for job in jobs if job.error]
    for config in waiting.values():
        listener.failed(config, UserError(errors[0] if errors else "Its process was stopped."))
    return runs


def _jobs(store: Store, folder: Path, number: int) -> list[Job]:
    """Return that many jobs on the work list in `folder`, ready to be run."""
    for job in Job.all(store, KIND):
        if job.state == "interrupted":
            # Left by a process that was killed.
            job.forget()
    jobs = [Job(store, f"{KIND}.{os.getpid()}-{index}") for index in range(number)]
    for job in jobs:
        job.save(JobRecord(command=["core.jobs.shared_runs", str(folder)]))
    return jobs


def work_on(folder: Path) -> None:
    """Train those runs of the work list in `folder` that no other process has claimed."""
    work = WorkList(**read_json(WorkList.path(folder)))
    train_many(Store(work.artifacts), work.configs, work.execution, listener=Claimant(folder))


if __name__ == "__main__":
    work_on(Path(sys.argv[1]))
