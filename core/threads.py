"""How many threads the numeric libraries use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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
    """Call ``work(first, last)`` for each chunk of ``0 .. total - 1`` on `workers` threads."""
    chunks = [(first, min(first + size, total)) for first in range(0, total, size)]
    with ThreadPoolExecutor(workers) as pool:
        # list() lets an error in a thread come out here.
        list(pool.map(lambda chunk: work(*chunk), chunks))
