"""Look at other processes, and wait for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

# Far more than anything takes on a busy machine.
PATIENCE_SECONDS = 300


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds; fail when it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.05)


def process_state(pid: int) -> str:
    """Return ``S``, ``Z`` and so on of a process, or an empty string once it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


def is_alive(pid: int) -> bool:
    return process_state(pid) not in ("", "Z")


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def status_field(pid: int, field: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(field))
