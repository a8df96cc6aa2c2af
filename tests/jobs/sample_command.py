"""A command for tests: ``python -m tests.jobs.sample_command ACTION PATH``.

It writes its process id to PATH, then performs the action.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def sleep() -> None:
    for _ in range(600):
        time.sleep(0.1)


def main() -> None:
    action, path = sys.argv[1:]
    Path(path).write_text(str(os.getpid()))
    if action == "sleep":
        sleep()
    elif action == "ignore":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sleep()
    elif action == "fail":
        print("reading")
        print("Error: line 3 is bad\n  as is line 4")
        raise SystemExit(1)
    elif action == "vanish":
        os.kill(os.getpid(), signal.SIGKILL)
    print("done")


if __name__ == "__main__":
    main()
