"""How a long computation tells what it is doing, and how it is asked to stop."""

from __future__ import annotations


class Stopped(Exception):
    """Raised inside a computation, at a safe place, when it was asked to stop."""


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
