"""Run a job: start its command, stop it on request, and record how it ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from types import TracebackType

from filelock import Timeout

from core.jobs.job import LOCK_SECONDS, Job
from core.jobs.process import start_command

POLL_SECONDS = 0.1
# Seconds after a request to stop. Training checks for the request and ends by itself, except in
# gensim, which gets a signal; a command that ignores the signal is killed. All within two seconds.
TERMINATE_AFTER, KILL_AFTER = 0.7, 1.3


class NotWaiting(Exception):
    """Another process has taken the job, or it has been removed."""


class RunningJob:
    """A job whose command runs as a child process during a `with` statement.

    Entering the statement raises `NotWaiting` if there is nothing to run. Leaving it early, by
    Ctrl-C for instance, stops the command and waits for it; the job is then `interrupted`.
    """

    def __init__(self, job: Job):
        self.job = job
        self._lock = job.lock()
        self._asked_to_stop: float | None = None

    def __enter__(self) -> RunningJob:
        try:
            self._lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise NotWaiting from None
        try:
            if self.job.refresh().record is None or self.job.state != "waiting":
                raise NotWaiting
            self.job.begin()
            self._process = start_command(self.job.command, self.job.file("log"))
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if not self.has_ended():
                self.close_input()
                self._process.wait()
                self.job.record_end("interrupted")
        finally:
            self.close_input()
            self._lock.release()

    def close_input(self) -> None:
        """Close the command's standard input, which stops it."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def has_ended(self) -> bool:
        """Return whether the command has ended.

        If it has, record how; if it has not and was asked to stop, take the next step to stop it.
        """
        if self.job.state != "running":
            return True
        code = self._process.poll()
        if code is None:
            if self.job.stop_request():
                self._stop()
            return False
        if code == 0:
            self.job.record_end("finished")
        elif self.job.stop_request():
            self.job.record_end("stopped")
        else:
            self.job.record_end("failed", describe_failure(code, self.job.log()))
        return True

    def _stop(self) -> None:
        self._asked_to_stop = self._asked_to_stop or time.monotonic()
        waited = time.monotonic() - self._asked_to_stop
        if waited > KILL_AFTER:
            self._process.kill()
        elif not self.job.ask_to_stop() or waited > TERMINATE_AFTER:
            self._process.terminate()


def run_job(job: Job, begun: Callable[[], None] = lambda: None) -> None:
    """Run a job to its end; do nothing if it is not waiting or another process runs it.

    Parameters
    ----------
    job : Job
    begun : callable
        Called once the lock is held and the command has started.
    """
    with contextlib.suppress(NotWaiting), RunningJob(job) as running:
        begun()
        while not running.has_ended():
            time.sleep(POLL_SECONDS)


def describe_failure(code: int, log: str) -> str:
    """Return why a command failed, from its exit status and its output."""
    lines = [line for line in log.splitlines() if line.strip()]
    # A message about several bad lines has several lines itself.
    errors = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    if errors:
        return "\n".join(lines[errors[-1] :])
    if code < 0:
        return f"Its process was killed by signal {-code}. Did it run out of memory?"
    return lines[-1].strip() if lines else "Its process ended without a message."
