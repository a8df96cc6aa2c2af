"""A command of this project in a process of its own, which outlives whoever started it.

The dashboard sends it for what takes longer than a page may: reading a data set, a study.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from core.config import LONGEST_NAME, check_name
from core.runs.store import HOME, Store

# Until the new process holds its lock; it only has to start.
PATIENCE = 10.0


class Errand:
    """One thing to be done at a time under a name, such as ``prepare-shop``."""

    def __init__(self, store: Store, name: str):
        self.store = store
        self.folder = store.root / ".errands"
        # What is to be done, and with which data set.
        self.name = check_name(name, "name of an errand", 2 * LONGEST_NAME)

    @property
    def _lock(self) -> Path:
        return self.folder / f"{self.name}.lock"

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self, arguments: list[str]) -> None:
        """Start `python -m core ARGUMENTS` on this artifacts folder, unless it is under way."""
        if self.is_running():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "core.jobs.job", str(self._lock.resolve()), *arguments]
        with open(self._log, "w") as log:
            process = subprocess.Popen(
                [*command, "--artifacts", str(self.store.root.resolve())],
                cwd=HOME,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while process.poll() is None and not self.is_running() and time.monotonic() < end:
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Return whether its process is alive."""
        if not self._lock.exists():
            return False
        try:
            with FileLock(self._lock).acquire(timeout=0):
                return False
        except Timeout:
            return True

    @classmethod
    def under_way(cls, store: Store, beginning: str) -> list[str]:
        """Return the names of the errands that are under way and begin so."""
        locks = sorted((store.root / ".errands").glob(f"{beginning}*.lock"))
        return [lock.stem for lock in locks if cls(store, lock.stem).is_running()]

    def log(self) -> str:
        """Return what it has printed so far, or the last time."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def error(self) -> str:
        """Return what it ended with, if that was an error, else ""."""
        lines = [line for line in self.log().splitlines() if line.strip()]
        if not lines or self.is_running():
            return ""
        if "Error" in lines[-1]:
            return lines[-1].strip()
        # What a command says of several bad lines is a message of several lines.
        begins = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
        return "\n".join(lines[begins[-1] :]) if begins else ""

    def forget(self) -> None:
        """Drop what it printed; an error has been read."""
        self._log.unlink(missing_ok=True)


if __name__ == "__main__":
    lock, *sys.argv[1:] = sys.argv[1:]
    with FileLock(lock):
        from core.__main__ import main

        main()
