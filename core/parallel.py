"""How many threads and processes share the work."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import threadpool_limits

from core.config import available_cores


def is_distributed() -> bool:
    """Return whether torchrun started this process, perhaps with others."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_first_process() -> bool:
    """Return whether this process is the one that records, evaluates, saves and prints.

    Of the processes that torchrun starts it is the one of rank 0.
    """
    return not is_distributed() or int(os.environ["RANK"]) == 0


def default_workers() -> int:
    """Return the threads to use unless told otherwise: all cores, or under torchrun a share."""
    if is_distributed():
        return max(1, available_cores() // int(os.environ["LOCAL_WORLD_SIZE"]))
    return available_cores()


def use_workers(workers: int) -> int:
    """Let numba, BLAS and torch (where it is loaded) use `workers` threads from here on.

    BLAS's threads are the process's: one of several threads that share a piece of work leaves
    their number as it is.

    Returns
    -------
    int
        The number in use: at least 1, at most the cores of this process.
    """
    import numba

    workers = max(1, min(workers, available_cores(), numba.config.NUMBA_NUM_THREADS))
    numba.set_num_threads(workers)
    threadpool_limits(workers, "openmp" if _shares() else None)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(workers)
    return workers


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let BLAS and torch (where it is loaded) work by one thread in each thread that calls them.

    Those of theirs would go on waiting, wide awake, in the way of ours. One of several threads
    that share a piece of work leaves BLAS's number as it is: it is the process's.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 1
    with nullcontext() if _shares() else threadpool_limits(1, "blas"):
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


def in_chunks(work: Callable[[int, int], None], total: int, size: int, workers: int) -> None:
    """Call ``work(first, last)`` for each chunk of ``0 .. total - 1`` on `workers` threads.

    Called by one of several threads that share a piece of work, it leaves the chunks to that one.
    """
    chunks = [(first, min(first + size, total)) for first in range(0, total, size)]
    if len(chunks) == 1 or workers == 1 or _shares():
        for chunk in chunks:
            work(*chunk)
        return
    _crew(workers).map(work, *zip(*chunks))


def side_by_side(work: Callable, workers: int, *arguments: Iterable) -> list:
    """Return what `map` gives, of calls that `workers` threads share."""
    if workers == 1:
        return list(map(work, *arguments))
    return _crew(workers).map(work, *arguments)


# Whether the thread that asks works on one of the pieces of a `Crew`.
_here = threading.local()


def _shares() -> bool:
    return getattr(_here, "shares", False)


class Crew:
    """Threads for work in pieces of a millisecond; the calling thread is one of them.

    So a call begins at once, and the others join in as they wake up, which on a virtual machine
    takes as long as a small piece.

    Parameters
    ----------
    workers : int
    """

    def __init__(self, workers: int):
        self.helpers = workers - 1
        self.pool = ThreadPoolExecutor(max(1, self.helpers))

    def map(self, work: Callable, *arguments: Iterable) -> list:
        """Return what `map` gives, when all is done; or raise what the first call raised that
        failed, and begin no more."""
        calls = list(zip(*arguments))
        results: list[Any] = [None] * len(calls)
        errors: dict[int, BaseException] = {}
        waiting = iter(range(len(calls)))

        def take() -> None:
            shared, _here.shares = _shares(), True
            for i in waiting:
                if errors:
                    break
                try:
                    results[i] = work(*calls[i])
                except BaseException as error:  # an interrupt waits for the others, too
                    errors[i] = error
            _here.shares = shared

        joined = [self.pool.submit(take) for _ in range(min(self.helpers, len(calls) - 1))]
        take()
        wait(joined)
        if errors:
            raise errors[min(errors)]
        return results

    def begin(self, work: Callable, *arguments) -> Future:
        """Let one of the others do `work` meanwhile, before it joins in anything else."""
        return self.pool.submit(work, *arguments)

    def leave(self) -> None:
        """End the threads when they have done their work."""
        self.pool.shutdown()


@cache
def _crew(workers: int) -> Crew:
    """Return the threads that all calls share: to start new ones takes as long as a small chunk."""
    return Crew(workers)
