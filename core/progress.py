"""How a long computation tells what it is doing, and how it is asked to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Stopped(Exception):
    """Raised inside a computation, at a safe place, when it was asked to stop."""


def raise_stopped_on_sigterm() -> None:
    """Let SIGTERM raise `Stopped` in the main thread, as Ctrl-C raises KeyboardInterrupt."""

    def stop(*_: object) -> None:
        # A second signal must not break the clean-up after the first.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGTERM, stop)


class Progress:
    """Receives what a long computation has to say; this base class says nothing.

    The computations call these methods and know nothing of who listens: the command line draws
    bars, the run folder gets a status file that the dashboard follows. `advance` may raise
    `Stopped`, so call it only where leaving at once breaks nothing.
    """

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a stage (it ends the one before); `total` is in `unit`s, None if unknown."""

    def advance(self, done: int) -> None:
        """Report that `done` units of the current stage are finished, counted from its start."""

    def point(self, **values: float) -> None:
        """Add one point to the learning curve (at least `step`, `epoch` and one measure)."""

    def log(self, message: str) -> None:
        """Add a line to the log."""


QUIET = Progress()


class Together:
    """One stage of several computations that go on at the same time, in threads.

    Where one of them is stopped or fails, the others leave at their next `advance`.

    Parameters
    ----------
    progress : Progress
        Hears how much of all is done, in per cent; a computation counts by its longest stage.
    name : str
    parts : int
        How many computations there are.
    """

    def __init__(self, progress: Progress, name: str, parts: int):
        self.progress, self.parts, self.lock = progress, parts, Lock()
        self.done = 0.0
        self.error: BaseException | None = None
        progress.stage(name, 100, "%")

    @contextmanager
    def part(self) -> Iterator[Progress]:
        """Give one of the computations what it is to report to."""
        part = _Part(self)
        try:
            yield part
            self.add(1 - part.share)
        except BaseException as error:
            self.error = self.error or error
            raise

    def add(self, share: float) -> None:
        """Count that so much more of one computation is done."""
        with self.lock:
            if self.error is not None:
                raise self.error
            self.done += share
            self.progress.advance(round(100 * self.done / self.parts))


class _Part(Progress):
    def __init__(self, together: Together):
        self.together, self.share = together, 0.0
        self.total: int | None = None

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.total = total

    def advance(self, done: int) -> None:
        share = max(self.share, done / self.total if self.total else 0.0)
        more, self.share = share - self.share, share
        self.together.add(more)
