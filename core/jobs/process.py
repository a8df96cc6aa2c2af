"""The one place that starts processes; a command ends with the worker that started it."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from core.progress import Stopped, raise_stopped_on_sigterm
from core.runs.store import PROJECT_FOLDER

# Exit status of a stopped command: a shell's for Ctrl-C.
STOPPED = 130


def start_python(arguments: Sequence[str], log: Path, stdin: int) -> subprocess.Popen[bytes]:
    """Start ``python -m ARGUMENTS`` in a new session; its output is appended to `log`.

    Without a new session, Ctrl-C in a terminal would reach every process; instead, the first
    process stops those that it has started.
    """
    with open(log, "ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT_FOLDER,
            stdin=stdin,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start_worker(arguments: Sequence[str], log: Path) -> None:
    """Start ``python -m core.jobs ARGUMENTS``, which outlives this process.

    Returns once the worker holds its lock, or has ended without it.
    """
    start_python(["core.jobs", *arguments], log, subprocess.DEVNULL).wait()


def start_command(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``python -m COMMAND`` as a child that stops as soon as its standard input is closed.

    The system closes it when this process ends, however it ends.
    """
    return start_python(["core.jobs.process", *command], log, subprocess.PIPE)


def _stop_with_parent() -> None:
    # Not `sys.stdin.read`, which would hold the buffer's lock when the interpreter shuts down.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run_command() -> None:
    """Run the module named on the command line, and stop when the parent process ends."""
    raise_stopped_on_sigterm()
    Thread(target=_stop_with_parent, daemon=True).start()
    module, *sys.argv[1:] = sys.argv[1:]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except Stopped:
        raise SystemExit(STOPPED) from None


if __name__ == "__main__":
    _run_command()
