"""`python -m core.jobs ARTIFACTS [JOB]`: a worker in its own process.

It runs the named job or, without a name, all runs that wait in the training queue.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def detach() -> Callable[[], None]:
    """Continue in a second process, which the system adopts, so that it never becomes a zombie.

    Returns
    -------
    callable
        To be called once the work has begun; only then does the first process end.
    """
    begun, begin = os.pipe()
    if os.fork():
        os.close(begin)
        # Also returns if the second process ends early, because that closes the pipe.
        os.read(begun, 1)
        os._exit(0)
    os.close(begun)
    return lambda: os.close(begin)


def main() -> None:
    begin = detach()
    # Imported after the fork, because a fork loses the threads that numerical libraries start.
    from core.runs.store import Store

    root, *names = sys.argv[1:]
    if names:
        from core.jobs.job import Job
        from core.jobs.run_job import run_job

        run_job(Job(Store(root), names[0]), begun=begin)
    else:
        from core.jobs.training_queue import Queue

        Queue(Store(root)).work(begun=begin)


if __name__ == "__main__":
    main()
