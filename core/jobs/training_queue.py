"""The training queue: runs that wait on disk, and the worker that trains them one by one.

The app adds jobs and starts a worker; `python -m core work` is a worker as well. How a training is
stopped is described in `core.jobs.train_job`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from filelock import FileLock, Timeout

from core.config import Execution, TrainRequest, UserError
from core.jobs.job import LOCK_SECONDS, core_command, is_held, jobs_folder
from core.jobs.process import start_worker
from core.jobs.queue_migration import migrate_queue
from core.jobs.run_job import run_job
from core.jobs.train_job import KIND, TrainJob, TrainRecord, train_arguments
from core.pipeline.train_run import plan
from core.runs.store import Store


class Queue:
    """The training jobs of one artifacts folder."""

    def __init__(self, store: Store):
        self.store = store

    def add(
        self, request: TrainRequest, execution: Execution | None = None, pin: int | None = None
    ) -> TrainJob:
        """Append a run to be trained.

        Parameters
        ----------
        request : TrainRequest
        execution : Execution, optional
        pin : int, optional
            Index of the product whose neighbours are recorded during training.
        """
        execution = execution or Execution()
        record = TrainRecord(
            command=core_command(self.store, train_arguments(request, execution)),
            request=request,
            execution=execution,
            pin=pin,
        )
        # Names sort by time. Two jobs added in one tick of the clock need different ones.
        tick = time.time_ns()
        while (job := TrainJob(self.store, f"{KIND}.{tick}")).file("json").exists():
            tick += 1
        job.save(record)
        return job

    def add_missing(
        self, requests: Sequence[TrainRequest], execution: Execution | None = None
    ) -> list[TrainJob]:
        """Append the runs that are neither finished nor in the queue; return their jobs."""
        active = [job.request for job in self.active()]
        return [
            self.add(request, execution)
            for request in requests
            if request not in active and not self._is_finished(request)
        ]

    def _is_finished(self, request: TrainRequest) -> bool:
        try:
            run_id = plan(self.store, request).run_id
        except UserError:  # the data is not prepared yet; other errors are recorded by the job
            return False
        return self.store.run(request.dataset, run_id).has_finished()

    def jobs(self) -> list[TrainJob]:
        """Return all jobs, oldest first; one whose file is damaged is left out."""
        migrate_queue(self.store)
        return TrainJob.all(self.store, KIND)

    def active(self) -> list[TrainJob]:
        """Return the jobs that are running or waiting, oldest first."""
        return [job for job in self.jobs() if job.state in ("running", "waiting")]

    def stop(self) -> list[TrainRequest]:
        """Remove the waiting jobs and stop the running one; return what they were to train."""
        jobs = self.active()
        requests = [job.request for job in jobs]
        # Stop the newest job first, so that the worker starts none of the others.
        for job in reversed(jobs):
            job.stop()
        return requests

    def has_work(self) -> bool:
        """Return whether there is something for a worker to do."""
        return any(job.state == "waiting" or job.ended_unrecorded for job in self.jobs())

    def lock(self) -> FileLock:
        """Return the lock that the only worker holds while it runs."""
        folder = jobs_folder(self.store)
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / "queue.lock")

    def has_worker(self) -> bool:
        """Return whether a worker is alive."""
        return is_held(self.lock())

    def start_worker(self) -> None:
        """Start a worker, if there is none; it outlives this process."""
        if not self.has_worker():
            log = jobs_folder(self.store) / "workers.log"
            start_worker([str(self.store.root.resolve())], log)

    def work(self, begun: Callable[[], None] = lambda: None) -> None:
        """Train the waiting runs one by one until none is left; return if another worker is alive.

        Parameters
        ----------
        begun : callable
            Called once the lock is held.
        """
        try:
            with self.lock().acquire(timeout=LOCK_SECONDS):
                begun()
                for job in self.jobs():
                    if job.ended_unrecorded:
                        job.record_end_without_worker()
                while waiting := [job for job in self.jobs() if job.state == "waiting"]:
                    run_job(waiting[0])
        except Timeout:
            return
