"""A job: a command of this project that runs in a process of its own and is followed on disk.

artifacts/.jobs/   <name>.json  <name>.lock  <name>.log  <name>.stop
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
from core.runs.clock import now
from core.runs.files import read_json, write_json
from core.runs.store import Store

State = Literal["waiting", "running", "finished", "failed", "stopped", "interrupted"]
StopRequest = Literal["keep", "discard"]
# Whoever looks whether a job is running holds its lock for a moment.
LOCK_SECONDS = 1.0
ENDINGS = ("json", "log", "stop", "lock")


class JobRecord(BaseModel):
    """What is written about a job."""

    command: list[str] = Field(description="What follows `python -m`")
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
        What was on disk when the object was made; None if the job was never started.
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
        """State on disk when the object was made; `interrupted` if the job's process has died."""
        return self.record.state if self.record else "waiting"

    @property
    def command(self) -> list[str]:
        """What follows `python -m` to run the job."""
        return self.record.command if self.record else []

    @property
    def error(self) -> str:
        """Why the job failed, else an empty string."""
        return (self.record and self.record.error) or ""

    def file(self, ending: str) -> Path:
        """Return the path of one of the job's files."""
        return self.folder / f"{self.name}.{ending}"

    def lock(self) -> FileLock:
        """Return the lock that the job's process holds for as long as it lives."""
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
        """Return what the job's process has printed so far, or printed the last time."""
        path = self.file("log")
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, command: Sequence[str]) -> None:
        """Start ``python -m COMMAND`` in a process that outlives this one, unless it is running."""
        try:
            with self.lock().acquire(timeout=LOCK_SECONDS):
                for ending in ("log", "stop"):
                    self.file(ending).unlink(missing_ok=True)
                self.save(JobRecord(command=list(command)))
        except Timeout:
            return
        start_worker([str(self.store.root.resolve()), self.name], self.folder / "workers.log")
        if self.refresh().state == "waiting":
            self.update(state="failed", error=f"It did not start; see {self.folder}/workers.log.")

    def stop(self, keep: bool = False) -> None:
        """Ask for the job to be stopped within two seconds; one that waits is forgotten.

        Parameters
        ----------
        keep : bool
            Keep what a training has learned up to its last finished epoch, else remove its run.
        """
        if self.is_running() or not self.forget(only_waiting=True):
            self.file("stop").write_text("keep" if keep else "discard")

    def stop_request(self) -> StopRequest | None:
        """Return how the job was asked to stop, or None."""
        with contextlib.suppress(FileNotFoundError):
            return "keep" if self.file("stop").read_text() == "keep" else "discard"
        return None

    def forget(self, only_waiting: bool = False) -> bool:
        """Remove the job's files, unless it is running; what its command made stays.

        Returns
        -------
        bool
            Whether they were removed.
        """
        try:
            with self.lock().acquire(timeout=LOCK_SECONDS):
                if only_waiting and self.refresh().state != "waiting":
                    return False
                for ending in ENDINGS:
                    self.file(ending).unlink(missing_ok=True)
                self.record = None
                return True
        except Timeout:
            return False

    # What the process that runs the job calls, holding the lock

    def save(self, record: JobRecord) -> None:
        """Write `record` down, atomically."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.file("json"), record.model_dump(mode="json"))
        self.record = record

    def update(self, **values: str | None) -> None:
        """Write the record down with some values changed.

        Raises
        ------
        UserError
            If the job was never started, or was forgotten meanwhile.
        """
        if self.record is None:
            raise UserError(f"There is no job '{self.name}'.")
        self.save(self.record.model_copy(update=values))

    def begin(self) -> None:
        """Note that the job's command is about to be started."""
        self.update(state="running", started=now())

    def ask_to_stop(self) -> bool:
        """Ask the command to stop at a place of its choice; return whether it listens."""
        return False

    def settle(self, state: State, error: str | None = None) -> None:
        """Note how the job ended."""
        self.update(state=state, error=error, ended=now())
        self.file("stop").unlink(missing_ok=True)

    def _read(self) -> JobRecord | None:
        record = self._read_file()
        if record is not None and record.state == "running" and not self.is_running():
            # It may have ended between the two looks.
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
    """Return ``core ARGUMENTS``, to follow `python -m`, for this artifacts folder."""
    return ["core", *arguments, "--artifacts", str(store.root.resolve())]


def is_held(lock: FileLock) -> bool:
    """Return whether a process holds `lock`."""
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
