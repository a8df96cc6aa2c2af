"""How a command ends: what went wrong is said so that it can be mended, with a status."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable

from core.cli.console import messages
from core.config import UserError

INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended


def run_command(command: Callable[[], object]) -> None:
    """Run a command line; what the person can mend is told without a stack trace.

    Raises
    ------
    SystemExit
        With status 1 after an error, 130 if it was interrupted.
    """
    from core.progress import Stopped, raise_stopped_on_sigterm

    stopped = "Stopped. What had finished is kept."
    raise_stopped_on_sigterm()
    for stream in (sys.stdout, sys.stderr):  # a title may have letters that a terminal lacks
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        command()
    except UserError as error:
        messages.print(f"Error: {error}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except OSError as error:
        # A full disk, a folder that may not be written to: the person's to mend, with no damage.
        if error.errno is None:
            raise
        messages.print(f"Error: {_of_system(error)}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer has taken Ctrl-C for itself, and says nothing
            messages.print(stopped, markup=False)
        raise
    except (Stopped, KeyboardInterrupt):
        messages.print(stopped, markup=False)
        raise SystemExit(INTERRUPTED) from None


def _of_system(error: OSError) -> str:
    """Return what the system refused, where, and what to do about it."""
    number = error.errno or 0
    what = os.strerror(number)
    where = f"{error.filename}: {what}" if error.filename else what
    fix = {
        errno.ENOSPC: "Make room, or name another folder with --artifacts.",
        errno.EDQUOT: "Make room, or name another folder with --artifacts.",
        errno.EROFS: "Name a folder that can be written to with --artifacts.",
        errno.ENOTDIR: "Name a folder, not a file, with --artifacts.",
        errno.EACCES: "Change its permissions, or name another folder with --artifacts.",
        errno.EPERM: "Change its permissions, or name another folder with --artifacts.",
    }.get(number, "")
    return f"{where}. {fix}".rstrip()
