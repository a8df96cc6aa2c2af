"""Threads and torchrun's processes: how many there are, and how they share work."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TypeVar

from threadpoolctl import threadpool_limits

from core.config import available_cores

T = TypeVar("T")


def is_distributed() -> bool:
    """Return whether torchrun started this process, alone or with others."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_first_process() -> bool:
    """Return whether this process is the one that records, evaluates, saves and prints.

    Among the processes that torchrun starts, it is the one with rank 0.
    """
    return not is_distributed() or int(os.environ["RANK"]) == 0


def default_workers() -> int:
    """Return the default number of threads: all cores, or this process's share under torchrun."""
    if is_distributed():
        return max(1, available_cores() // int(os.environ["LOCAL_WORLD_SIZE"]))
    return available_cores()


def use_workers(workers: int) -> int:
    """Set the number of threads that numba, BLAS and torch (if it is loaded) use from here on.

    The number of BLAS threads belongs to the process, so it stays as it is if this is called from
    one of several threads that share a task.

    Returns
    -------
    int
        The number in use: at least 1, at most the cores of this process.
    """
    import numba

    workers = max(1, min(workers, available_cores(), numba.config.NUMBA_NUM_THREADS))
    numba.set_num_threads(workers)
    threadpool_limits(workers, "openmp" if _in_shared_task() else None)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(workers)
    return workers


class _SingleThreadedBlas:
    """One BLAS thread while any thread is inside: the number belongs to the process.

    Each on its own would restore what it met, and the last of two that overlap met 1.
    """

    def __init__(self) -> None:
        self._lock, self._inside = threading.Lock(), 0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limits = threadpool_limits(1, "blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


_single_threaded_blas = _SingleThreadedBlas()


@contextmanager
def single_threaded_libraries() -> Iterator[None]:
    """Let BLAS and torch (if it is loaded) use one thread in each thread that calls them.

    Otherwise their threads spin-wait and compete with ours. If this is called from one of several
    threads that share a task, the number of BLAS threads stays as it is: it belongs to the
    process.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 1
    with nullcontext() if _in_shared_task() else _single_threaded_blas:
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(before)


def in_chunks(work: Callable[[int, int], None], total: int, size: int, workers: int) -> None:
    """Call ``work(first, last)`` for each chunk of ``0 .. total - 1`` on `workers` threads.

    A nested call from one of the threads runs its chunks in that thread.
    """
    chunks = [(first, min(first + size, total)) for first in range(0, total, size)]
    if len(chunks) == 1 or workers == 1 or _in_shared_task():
        for chunk in chunks:
            work(*chunk)
        return
    _shared_team(workers).map(work, *zip(*chunks))


def parallel_map(work: Callable[..., T], workers: int, *arguments: Iterable[object]) -> list[T]:
    """Return the results of `map` as a list, computed by `workers` threads."""
    if workers == 1:
        return list(map(work, *arguments))
    return _shared_team(workers).map(work, *arguments)


# Whether the current thread is working for a `ThreadTeam`.
_local = threading.local()


def _in_shared_task() -> bool:
    return getattr(_local, "in_shared_task", False)


class ThreadTeam:
    """Threads for tasks of about a millisecond; the calling thread is one of them.

    The caller begins at once, and the others join in as they wake up. On a virtual machine, waking
    up takes as long as such a task.

    Parameters
    ----------
    workers : int
        Number of threads, the caller included.
    """

    def __init__(self, workers: int):
        self._others = workers - 1
        self._pool = ThreadPoolExecutor(max(1, self._others))

    def map(self, work: Callable[..., T], *arguments: Iterable[object]) -> list[T]:
        """Return the results of `map` as a list.

        If calls fail, no further ones are started, and the error of the first in order is raised.
        """
        calls = list(zip(*arguments))
        results: dict[int, T] = {}
        errors: dict[int, BaseException] = {}
        indices = iter(range(len(calls)))

        def take_calls() -> None:
            was_in_shared_task, _local.in_shared_task = _in_shared_task(), True
            for i in indices:
                if errors:
                    break
                try:
                    results[i] = work(*calls[i])
                except BaseException as error:  # an interrupt also waits for the others
                    errors[i] = error
            _local.in_shared_task = was_in_shared_task

        joined = [self._pool.submit(take_calls) for _ in range(min(self._others, len(calls) - 1))]
        take_calls()
        wait(joined)
        if errors:
            raise errors[min(errors)]
        return [results[i] for i in range(len(calls))]

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Run `work` on another thread in the background, before it joins a later `map`."""
        return self._pool.submit(work, *arguments)

    def close(self) -> None:
        """End the threads once they have finished."""
        self._pool.shutdown()


@cache
def _shared_team(workers: int) -> ThreadTeam:
    """Return the team that all calls share: starting threads takes as long as a small chunk."""
    return ThreadTeam(workers)
