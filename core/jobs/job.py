"""A job: a command of this project that runs in its own process, with its state on disk.

artifacts/.jobs/   <name>.json  <name>.lock  <name>.log  <name>.stop

`core.jobs.train_job` is a training as a job: its docstring says step by step how one is stopped.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field

from core.config import UserError, check_name
from core.jobs.process import start_worker
from core.runs.atomic_files import read_json, write_json
from core.runs.store import Store
from core.runs.timestamp import now

State = Literal["waiting", "running", "finished", "failed", "stopped", "interrupted"]
StopRequest = Literal["keep", "discard"]
# `is_running` takes the lock for a moment to see whether it is free, so a single attempt may fail.
LOCK_SECONDS = 1.0
SUFFIXES = ("json", "log", "stop", "lock")


class JobRecord(BaseModel):
    """A job's file on disk."""

    command: list[str] = Field(description="Arguments of `python -m`")
    state: State = "waiting"
    error: str | None = None
    created: str = Field(default_factory=now)
    started: str | None = None
    ended: str | None = None


class Job:
    """A command with a lock, a log and a state on disk; one process at a time runs it.

    Parameters
    ----------
    store : Store
    name : str
        The kind and what the job works on, joined by dots: ``prepare.shop``.

    Attributes
    ----------
    record : JobRecord or None
        The job's file as it was when the object was made; None if the job was never started.
    """

    record_type: ClassVar[type[JobRecord]] = JobRecord

    def __init__(self, store: Store, name: str):
        for part in name.split("."):
            check_name(part, "name of a job")
        self.store = store
        self.name = name
        self.folder = jobs_folder(store)
        self.record = self._read()

    @classmethod
    def all(cls, store: Store, kind: str) -> list[Self]:
        """Return the jobs of a kind, sorted by name; one whose file is damaged is left out."""
        paths = sorted(jobs_folder(store).glob(f"{kind}.*.json"))
        jobs = [cls(store, path.stem) for path in paths]
        return [job for job in jobs if job.record is not None]

    @property
    def state(self) -> State:
        """State when the object was made; `interrupted` if the job's process had died."""
        return self.record.state if self.record else "waiting"

    @property
    def command(self) -> list[str]:
        """Arguments of `python -m` that run the job."""
        return self.record.command if self.record else []

    @property
    def error(self) -> str:
        """Why the job failed, else an empty string."""
        return (self.record and self.record.error) or ""

    def file(self, suffix: str) -> Path:
        """Return the path of one of the job's files."""
        return self.folder / f"{self.name}.{suffix}"

    def lock(self) -> FileLock:
        """Return the lock that the job's process holds while it runs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.file("lock"))

    def is_running(self) -> bool:
        """Return whether a process is running the job now."""
        return self.file("lock").exists() and is_held(self.lock())

    def refresh(self) -> Self:
        """Read the record again."""
        self.record = self._read()
        return self

    def log(self) -> str:
        """Return the output of the job's command so far, or of its last run."""
        path = self.file("log")
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, command: Sequence[str]) -> None:
        """Start ``python -m COMMAND`` in a process that outlives this one.

        Nothing happens if the job is running already.
        """
        try:
            with self.lock().acquire(timeout=LOCK_SECONDS):
                for suffix in ("log", "stop"):
                    self.file(suffix).unlink(missing_ok=True)
                self.save(JobRecord(command=list(command)))
        except Timeout:
            return
        start_worker([str(self.store.root.resolve()), self.name], self.folder / "workers.log")
        if self.refresh().state == "waiting":
            self.update(state="failed", error=f"It did not start; see {self.folder}/workers.log.")

    def stop(self, keep: bool = False) -> None:
        """Stop the job within two seconds; a waiting job is removed.

        Parameters
        ----------
        keep : bool
            Whether to keep what a training has learned up to its last finished epoch; its run is
            removed otherwise.
        """
        if self.is_running() or not self.forget(only_waiting=True):
            self.file("stop").write_text("keep" if keep else "discard")

    def stop_request(self) -> StopRequest | None:
        """Return whether to keep or discard the run of a job that is to stop; None if it is not."""
        with contextlib.suppress(FileNotFoundError):
            return "keep" if self.file("stop").read_text() == "keep" else "discard"
        return None

    def forget(self, only_waiting: bool = False) -> bool:
        """Remove the job's files, unless it is running; the results of its command stay.

        Parameters
        ----------
        only_waiting : bool
            Remove nothing if the job has begun.

        Returns
        -------
        bool
            Whether they were removed.
        """
        try:
            with self.lock().acquire(timeout=LOCK_SECONDS):
                if only_waiting and self.refresh().state != "waiting":
                    return False
                for suffix in SUFFIXES:
                    self.file(suffix).unlink(missing_ok=True)
                self.record = None
                return True
        except Timeout:
            return False

    # The methods below are for the process that holds the lock.

    def save(self, record: JobRecord) -> None:
        """Write `record` to disk, atomically."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.file("json"), record.model_dump(mode="json"))
        self.record = record

    def update(self, **values: str | None) -> None:
        """Change some values of the record on disk.

        Raises
        ------
        UserError
            If the job was never started, or has been removed.
        """
        if self.record is None:
            raise UserError(f"There is no job '{self.name}'.")
        self.save(self.record.model_copy(update=values))

    def begin(self) -> None:
        """Record that the job's command is about to start."""
        self.update(state="running", started=now())

    def ask_to_stop(self) -> bool:
        """Ask the command to stop at its next safe point; return whether it can be asked."""
        return False

    def record_end(self, state: State, error: str | None = None) -> None:
        """Record how the job ended."""
        self.update(state=state, error=error, ended=now())
        self.file("stop").unlink(missing_ok=True)

    def _read(self) -> JobRecord | None:
        record = self._read_file()
        if record is not None and record.state == "running" and not self.is_running():
            # It may have ended after its file was read.
            record = self._read_file()
            if record is not None and record.state == "running":
                record = record.model_copy(update={"state": "interrupted"})
        return record

    def _read_file(self) -> JobRecord | None:
        if not self.file("json").exists():
            return None
        try:
            return self.record_type(**read_json(self.file("json")))
        except (UserError, TypeError, ValueError):
            return None


def jobs_folder(store: Store) -> Path:
    """Return the folder of all jobs."""
    return store.root / ".jobs"


def core_command(store: Store, arguments: Sequence[str]) -> list[str]:
    """Return the command of a job that runs ``python -m core ARGUMENTS`` on this store."""
    return ["core", *arguments, "--artifacts", str(store.root.resolve())]


def is_held(lock: FileLock) -> bool:
    """Return whether a process holds `lock`."""
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
