"""Training several runs at the same time: jobs claim runs from a shared work list.

Threads that share a batch wait for each other at its end, every few milliseconds; processes that
train different models do not. Two models at the same time, with one core each, are therefore faster
than one after the other with two.
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
from core.jobs.run_job import POLL_SECONDS, RunningJob
from core.parallel import is_distributed
from core.pipeline.train_several_runs import RAISE_ERRORS, RunListener, train_many
from core.progress import QUIET, Progress
from core.runs.atomic_files import read_json, write_json
from core.runs.run_folder import Run
from core.runs.store import Store

KIND = "runs"


class WorkList(BaseModel):
    """Runs that several processes share; each run is trained by the process that claims it.

    Its folder also holds a file for every claimed run, and one for every run that has ended.
    """

    artifacts: str
    configs: list[RunConfig]
    execution: Execution

    @staticmethod
    def path(folder: Path) -> Path:
        """Return the path of the list itself."""
        return folder / "work-list.json"

    @staticmethod
    def claim_path(folder: Path, config: RunConfig) -> Path:
        """Return the path of the file that claims a run."""
        return folder / f"{config.run_id}.claimed"

    @staticmethod
    def end_path(folder: Path, run_id: str) -> Path:
        """Return the path of the file that records how a run ended."""
        return folder / f"{run_id}.ended.json"


class Claimant(RunListener):
    """Claims runs that no other process has claimed, and records how each ended."""

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


def train_in_parallel(
    store: Store,
    configs: Sequence[RunConfig],
    execution: Execution,
    progress: Progress = QUIET,
    listener: RunListener = RAISE_ERRORS,
) -> list[Run]:
    """Train several runs, `execution.jobs` of them at a time.

    Parameters and results are those of `core.pipeline.train_several_runs.train_many`.

    The last models of the registry come first, because they take longest. Every process loads the
    split, so memory is needed for as many models and splits as there are jobs. All jobs stop when
    this function returns or raises, and when this process ends in any way.

    Raises
    ------
    UserError
        If torchrun started this process; its processes train one model together.
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
        # On exit, tell all jobs to stop before waiting for any of them.
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
        listener.failed(config, UserError(errors[0] if errors else "Its process ended."))
    return runs


def _jobs(store: Store, folder: Path, number: int) -> list[Job]:
    """Return `number` waiting jobs for the work list in `folder`."""
    for job in Job.all(store, KIND):
        if job.state == "interrupted":
            # Left behind by a process that was killed.
            job.forget()
    jobs = [Job(store, f"{KIND}.{os.getpid()}-{index}") for index in range(number)]
    for job in jobs:
        job.save(JobRecord(command=["core.jobs.parallel_runs", str(folder)]))
    return jobs


def work_on(folder: Path) -> None:
    """Train the runs of the work list in `folder` that no other process has claimed."""
    work = WorkList(**read_json(WorkList.path(folder)))
    train_many(Store(work.artifacts), work.configs, work.execution, listener=Claimant(folder))


if __name__ == "__main__":
    work_on(Path(sys.argv[1]))
