"""A run to train, as a job: the request, and what happens to the run when it is stopped.

A training is stopped in five steps:

1. The button calls `Job.stop`, which writes ``keep`` or ``discard`` to ``.jobs/<job>.stop``.
2. The worker (`RunningJob`) sees it and calls `ask_to_stop`: an empty file ``stop`` in the run's
   folder. A training that does not stop in time gets a signal.
3. The training's `Recorder` sees the file and raises `Stopped`; the run's status is ``stopped``,
   and ``checkpoint/`` still holds the model after the last finished epoch.
4. Once the process has ended, `record_end` removes the run's folder if the choice was ``discard``;
   for ``keep`` it moves ``checkpoint/`` to ``model/`` and adds ``kept`` to the status, which marks
   the run as usable.
5. The job's state is ``stopped``, and its stop file is removed.

Ctrl-C in a terminal involves no job: the `Recorder` writes ``stopped`` and removes ``checkpoint/``.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from typing import ClassVar

from pydantic import Field

from core.config import Execution, TrainRequest, UserError
from core.jobs.job import Job, JobRecord, State
from core.jobs.run_job import POLL_SECONDS
from core.pipeline.train_run import plan
from core.runs.checkpoint import keep_checkpoint
from core.runs.recorder import PIN_FILE, request_stop
from core.runs.run_folder import Run

KIND = "train"


class TrainRecord(JobRecord):
    """The file on disk of a run in the training queue."""

    request: TrainRequest
    execution: Execution = Execution()
    pin: int | None = Field(
        default=None, description="Index of the product whose neighbours are recorded"
    )
    run_id: str | None = Field(default=None, description="Id of its run, once it is known")


class TrainJob(Job):
    """One run in the training queue."""

    record_type: ClassVar[type[JobRecord]] = TrainRecord

    @property
    def training(self) -> TrainRecord:
        """The job's file, as it was when the object was made."""
        if not isinstance(self.record, TrainRecord):
            raise UserError(f"There is no training job '{self.name}' in the queue.")
        return self.record

    @property
    def request(self) -> TrainRequest:
        """The training request."""
        return self.training.request

    def run(self) -> Run | None:
        """Return the run that the job trains; None until its data is prepared."""
        dataset, run_id = self.request.dataset, self.training.run_id
        if run_id is None:
            try:
                run_id = plan(self.store, self.request).run_id
            except UserError:
                return None
        return self.store.run(dataset, run_id)

    def progress(self) -> tuple[str, int, int | None]:
        """Return the stage of its training, how much of it is done, and its size if known."""
        run, status = self.run(), None
        if run is not None and run.has_started():
            with contextlib.suppress(UserError):  # its file is damaged
                status = run.status
        if self.state != "running" or status is None or status["state"] != "running":
            # The status of an earlier training, or of one that is about to start or to end.
            return "", 0, None
        return status.get("stage") or "", status.get("done") or 0, status.get("total")

    def begin(self) -> None:
        super().begin()
        if (run := self.run()) is None:
            return
        # A later version of the program may have other defaults, and so another run id.
        self.update(run_id=run.id)
        if self.training.pin is not None:
            run.folder.mkdir(parents=True, exist_ok=True)
            (run.folder / PIN_FILE).write_text(str(self.training.pin))

    def ask_to_stop(self) -> bool:
        run = self.run()
        if run is not None and run.folder.is_dir():
            request_stop(run)
        return True

    def record_end(self, state: State, error: str | None = None) -> None:
        """Record how the training ended; keep or remove its run if it was stopped."""
        run = self.run()
        self.update(run_id=run.id if run is not None else None)
        if run is not None and run.has_started():
            if state == "stopped" and run.has_finished():
                # Only its map was being made.
                state = "finished"
            request = self.stop_request()
            if state in ("stopped", "interrupted") and request is not None:
                state = "stopped"
                try:
                    if request == "keep":
                        keep_checkpoint(self.store, run)
                    else:
                        shutil.rmtree(run.folder, ignore_errors=True)
                except (UserError, OSError) as failure:
                    state, error = "failed", f"The stopped run could not be kept: {failure}"
        super().record_end(state, error)

    @property
    def ended_unrecorded(self) -> bool:
        """Whether the worker died before it could record how the job ended."""
        return self.state == "interrupted" and self.training.ended is None

    def record_end_without_worker(self) -> None:
        """Record the end of a job whose worker died; the training process ends soon after."""
        with self.lock():
            run = self.run()
            while run is not None and run.is_locked():
                time.sleep(POLL_SECONDS)
            finished = run is not None and run.has_finished()
            self.record_end("finished" if finished else "interrupted")


def train_arguments(request: TrainRequest, execution: Execution) -> list[str]:
    """Return the arguments of `python -m core` that carry out a request."""
    arguments = [
        "train", request.dataset, request.model, "--preset", request.preset,
        "--split", request.split, "--split-seed", str(request.split_seed),
        "--seed", str(request.seed),
    ]  # fmt: skip
    arguments += [f"--set={name}={json.dumps(value)}" for name, value in request.changes.items()]
    if execution.workers is not None:
        arguments += ["--workers", str(execution.workers)]
    if execution.again:
        arguments.append("--again")
    if execution.map is not None:
        arguments.append("--map" if execution.map else "--no-map")
    return arguments
