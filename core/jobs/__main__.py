"""`python -m core.jobs ARTIFACTS [JOB]`: a worker that belongs to nobody.

It runs one job, or without a name all runs that wait in the training queue.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def detach() -> Callable[[], None]:
    """Go on in a second process, which the system adopts, so that it never becomes a zombie.

    Returns
    -------
    callable
        To be called once the work has begun: the first process waits for that, then ends.
    """
    begun, begin = os.pipe()
    if os.fork():
        os.close(begin)
        # Empty, too, if the second process ends early: the system then closes its side.
        os.read(begun, 1)
        os._exit(0)
    os.close(begun)
    return lambda: os.close(begin)


def main() -> None:
    begin = detach()
    # Only now: numerical libraries start threads when they are imported, and a fork loses those.
    from core.runs.store import Store

    root, *names = sys.argv[1:]
    if names:
        from core.jobs.job import Job
        from core.jobs.worker import run_job

        run_job(Job(Store(root), names[0]), begun=begin)
    else:
        from core.jobs.queue import Queue

        Queue(Store(root)).work(begun=begin)


if __name__ == "__main__":
    main()
