"""The queue of runs to train: on disk, so that it outlives whoever filled it.

artifacts/.queue/   <job>.json  <job>.log  <job>.stop

The dashboard adds jobs; `python -m core work` takes them one by one, each in a process of its own.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field

from core.config import Preset, SplitKind, TrainRequest, UserError, check_name
from core.pipeline import plan
from core.runs.checkpoint import keep_stopped
from core.runs.clock import now
from core.runs.files import read_json, write_json
from core.runs.recorder import PIN_FILE, request_stop
from core.runs.run_folder import Run
from core.runs.store import HOME, Store

POLL = 0.1
# A run that polls its stop file ends by itself; gensim does not, so it gets a signal; and what
# does not even listen to that is killed. Together under two seconds.
TERMINATE_AFTER, KILL_AFTER = 0.7, 1.3
State = Literal["waiting", "running", "finished", "failed", "stopped", "interrupted"]


class Job(BaseModel):
    """One run to train: what `python -m core train` is told, and how it went."""

    id: str
    dataset: str
    model: str
    preset: Preset = "ours"
    split: SplitKind = "random"
    split_seed: int = 42
    seed: int = 42
    changes: dict[str, Any] = Field(default_factory=dict)
    again: bool = False
    pin: int | None = None
    run_id: str | None = None
    state: State = "waiting"
    error: str | None = None
    created: str = Field(default_factory=now)
    started: str | None = None
    ended: str | None = None

    @property
    def request(self) -> TrainRequest:
        """What is to be trained."""
        return TrainRequest(**self.model_dump(include=set(TrainRequest.model_fields)))

    def run(self, store: Store) -> Run | None:
        """Return the run it trains; None as long as its data is not prepared."""
        if self.run_id is not None:
            return store.run(self.dataset, self.run_id)
        try:
            config = plan(store, self.request)
        except UserError:
            return None
        return store.run(self.dataset, config.run_id)

    def command(self, store: Store) -> list[str]:
        """Return the command that trains it."""
        settings = [f"--set={name}={json.dumps(value)}" for name, value in self.changes.items()]
        return [
            sys.executable, "-m", "core", "train", self.dataset, self.model,
            "--preset", self.preset, "--split", self.split, "--split-seed", str(self.split_seed),
            "--seed", str(self.seed), *settings, *(["--again"] if self.again else []),
            "--artifacts", str(store.root.resolve()),
        ]  # fmt: skip


class Queue:
    """The jobs of one artifacts folder."""

    def __init__(self, store: Store):
        self.store = store
        self.folder = store.root / ".queue"

    def add(self, dataset: str, model: str, **options: Any) -> Job:
        """Append a job; `options` are other fields of `Job`."""
        check_name(dataset)
        self.folder.mkdir(parents=True, exist_ok=True)
        # Names sort by time; two in one tick of the clock must not share one.
        name = time.time_ns()
        while (self.folder / f"{name}.json").exists():
            name += 1
        job = Job(id=str(name), dataset=dataset, model=model, **options)
        self.save(job)
        return job

    def save(self, job: Job) -> None:
        """Write a job down, atomically."""
        write_json(self.folder / f"{job.id}.json", job.model_dump(mode="json"))

    def jobs(self) -> list[Job]:
        """Return all jobs, oldest first; one whose file is damaged is left out."""
        found = []
        for path in sorted(self.folder.glob("[0-9]*.json")):
            with contextlib.suppress(UserError, ValueError):
                found.append(Job(**read_json(path)))
        return found

    def log(self, job: Job) -> str:
        """Return what the job's process has printed so far."""
        path = self.log_file(job)
        return path.read_text(errors="replace") if path.exists() else ""

    def log_file(self, job: Job) -> Path:
        """Return where the job's process prints to."""
        return self.folder / f"{job.id}.log"

    def remove(self, job: Job) -> None:
        """Take a job that is not running off the list; its run stays."""
        for ending in ("json", "log", "stop"):
            (self.folder / f"{job.id}.{ending}").unlink(missing_ok=True)

    def stop(self, job: Job, keep: bool) -> None:
        """Ask for a job to be stopped within two seconds.

        Parameters
        ----------
        job : Job
        keep : bool
            Keep what was learned up to the last finished epoch; else remove the run.
        """
        if job.state == "waiting":
            self.remove(job)
        else:
            (self.folder / f"{job.id}.stop").write_text("keep" if keep else "discard")

    def stop_asked(self, job: Job) -> str | None:
        """Return ``keep``, ``discard`` or None."""
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / f"{job.id}.stop").read_text()
        return None

    def lock(self) -> FileLock:
        """Return the lock that the one worker holds for as long as it lives."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / ".lock")

    def has_worker(self) -> bool:
        """Return whether a worker is alive."""
        try:
            with self.lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    def start_worker(self) -> None:
        """Start a worker if there is none; it outlives this process."""
        if self.has_worker():
            return
        command = [sys.executable, "-m", "core", "work", "--artifacts",
                   str(self.store.root.resolve())]  # fmt: skip
        with open(self.folder / "worker.log", "a") as log:
            subprocess.Popen(
                command,
                cwd=HOME,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def work_through(store: Store) -> None:
    """Train the waiting jobs one by one; return when none is left or another worker is on it."""
    queue = Queue(store)
    try:
        with queue.lock().acquire(timeout=0):
            for job in queue.jobs():
                if job.state == "running":
                    _outlived(queue, job)
            while job := next((job for job in queue.jobs() if job.state == "waiting"), None):
                _train(queue, job)
    except Timeout:
        return


def _outlived(queue: Queue, job: Job) -> None:
    """Settle a job whose worker died: wait for its process if that lives on."""
    run = job.run(queue.store)
    while run is not None and run.is_locked():
        if queue.stop_asked(job):
            request_stop(run)
        time.sleep(POLL)
    state = run.status["state"] if run is not None and run.has_begun() else "interrupted"
    _settle(queue, job, state if state != "running" else "interrupted")


def _train(queue: Queue, job: Job) -> None:
    job.state, job.started = "running", now()
    queue.save(job)
    if (run := job.run(queue.store)) is not None:
        # The defaults of a later version may name another run.
        job.run_id = run.id
        queue.save(job)
    if job.pin is not None and run is not None:
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / PIN_FILE).write_text(str(job.pin))
    with open(queue.log_file(job), "w") as log:
        process = subprocess.Popen(
            job.command(queue.store),
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        asked = None
        while process.poll() is None:
            time.sleep(POLL)
            if queue.stop_asked(job):
                asked = asked or time.monotonic()
                _press(process, job.run(queue.store), time.monotonic() - asked)
    if process.returncode == 0:
        _settle(queue, job, "finished")
    elif asked is not None:
        _settle(queue, job, "stopped")
    else:
        lines = [line for line in queue.log(job).splitlines() if line.strip()]
        _settle(queue, job, "failed", lines[-1] if lines else "Its process ended without a word.")


def _press(process: subprocess.Popen, run: Run | None, waited: float) -> None:
    if waited > KILL_AFTER:
        process.kill()
    elif waited > TERMINATE_AFTER:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    elif run is not None and run.folder.is_dir():
        request_stop(run)


def _settle(queue: Queue, job: Job, state: State, error: str | None = None) -> None:
    """Write down how a job ended, and do what was asked for with a stopped run."""
    asked, run = queue.stop_asked(job), job.run(queue.store)
    if state == "stopped" and run is not None and run.has_begun():
        # A finished run was only having its map made.
        state = "finished" if run.status["state"] == "finished" else state
    job.run_id = run.id if run is not None else None
    if state in ("stopped", "interrupted") and asked and run is not None and run.has_begun():
        if asked == "keep":
            keep_stopped(queue.store, run)
        else:
            shutil.rmtree(run.folder, ignore_errors=True)
        state = "stopped"
    job.state, job.error, job.ended = state, error, now()
    queue.save(job)
    (queue.folder / f"{job.id}.stop").unlink(missing_ok=True)
