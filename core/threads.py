"""How many threads the numeric libraries use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from threadpoolctl import threadpool_limits

from core.config import available_cores


def use_workers(workers: int) -> int:
    """Let numba, BLAS and torch (where it is loaded) use `workers` threads from here on.

    Returns
    -------
    int
        The number in use: at least 1, at most the cores of this process.
    """
    import numba

    workers = max(1, min(workers, available_cores(), numba.config.NUMBA_NUM_THREADS))
    numba.set_num_threads(workers)
    threadpool_limits(workers)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(workers)
    return workers


def in_chunks(work: Callable[[int, int], None], total: int, size: int, workers: int) -> None:
    """Call ``work(first, last)`` for each chunk of ``0 .. total - 1`` on `workers` threads.

    `work` must not call this again: its chunks would wait for threads that wait for them.
    """
    chunks = [(first, min(first + size, total)) for first in range(0, total, size)]
    if len(chunks) == 1 or workers == 1:
        for chunk in chunks:
            work(*chunk)
        return
    # list() lets an error in a thread come out here.
    list(_pool(workers).map(lambda chunk: work(*chunk), chunks))


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    """Return the threads that all calls share: to start new ones takes as long as a small chunk."""
    return ThreadPoolExecutor(workers)
