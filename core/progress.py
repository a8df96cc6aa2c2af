"""How a long computation reports its progress, and how it is asked to stop."""

from __future__ import annotations

import signal


class Stopped(Exception):
    """Raised inside a computation, at a point where it can end safely, when it is asked to stop."""


def raise_stopped_on_sigterm() -> None:
    """Let SIGTERM raise `Stopped` in the main thread, as Ctrl-C raises KeyboardInterrupt."""

    def stop(*_: object) -> None:
        # A second signal must not break the clean-up after the first.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGTERM, stop)


class Progress:
    """Receives the progress of a long computation; this base class ignores it.

    Computations call these methods without knowing who listens: the command line draws a bar, and
    the run folder gets a status file that the app follows. `advance` may raise `Stopped`, so call
    it only where the computation can end safely.
    """

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a stage, which ends the previous one; `total` is in `unit`s, None if unknown."""

    def advance(self, done: int) -> None:
        """Report that `done` units of the current stage are finished, in total."""

    def point(self, **values: float) -> None:
        """Add one point to the learning curve (at least `step`, `epoch` and one measure)."""

    def log(self, message: str) -> None:
        """Add a line to the log."""


QUIET = Progress()
