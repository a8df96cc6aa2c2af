"""How a command ends: messages without a stack trace, and the exit status."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable

from core.cli.console import messages
from core.config import UserError

INTERRUPTED = 130  # exit status of a program that Ctrl-C ended, as in shells


def run_command(command: Callable[[], object]) -> None:
    """Run a command line; errors that the user can fix are printed without a stack trace.

    Raises
    ------
    SystemExit
        With status 1 after an error, 130 if it was interrupted.
    """
    from core.progress import Stopped, raise_stopped_on_sigterm

    stopped = "Stopped. Finished runs are kept."
    raise_stopped_on_sigterm()
    for stream in (sys.stdout, sys.stderr):  # titles may have characters that the terminal lacks
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        command()
    except UserError as error:
        messages.print(f"Error: {error}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except OSError as error:
        # For instance a full disk, or a folder without write permission.
        if error.errno is None:
            raise
        messages.print(f"Error: {_system_message(error)}", markup=False, soft_wrap=True)
        raise SystemExit(1) from None
    except SystemExit as end:
        if end.code == INTERRUPTED:  # typer handles Ctrl-C itself, without a message
            messages.print(stopped, markup=False)
        raise
    except (Stopped, KeyboardInterrupt):
        messages.print(stopped, markup=False)
        raise SystemExit(INTERRUPTED) from None


def _system_message(error: OSError) -> str:
    """Return a message for a system error: what failed, where, and how to fix it."""
    number = error.errno or 0
    what = os.strerror(number)
    where = f"{error.filename}: {what}" if error.filename else what
    fix = {
        errno.ENOSPC: "Free some space, or choose another folder with --artifacts.",
        errno.EDQUOT: "Free some space, or choose another folder with --artifacts.",
        errno.EROFS: "Choose a writable folder with --artifacts.",
        errno.ENOTDIR: "Choose a folder, not a file, with --artifacts.",
        errno.EACCES: "Change its permissions, or choose another folder with --artifacts.",
        errno.EPERM: "Change its permissions, or choose another folder with --artifacts.",
    }.get(number, "")
    return f"{where}. {fix}".rstrip()
