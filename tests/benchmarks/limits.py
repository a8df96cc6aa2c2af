"""Limits of the machine: rates that no program on it can exceed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch
from core.parallel import in_chunks

LINES = 8  # cache lines of 16 float32 numbers in a row of 512 bytes
TABLE_ROWS = 1 << 21  # 1 GB: far more than any cache holds
VISITS = 1 << 22
AHEAD = 16  # rows prefetched before they are needed
TRIES = 10


@dataclass(frozen=True)
class Limits:
    """Rates of all workers together.

    Attributes
    ----------
    flops : float
        Floating-point operations per second of a large float32 matrix product.
    rows_read, rows_updated : float
        Random rows of 512 bytes read, or read and written back, per second.
    lines_read : float
        Random cache lines read per second.
    bytes_read : float
        Bytes read sequentially per second.
    """

    flops: float
    rows_read: float
    rows_updated: float
    lines_read: float
    bytes_read: float


@numba.njit(nogil=True, fastmath=True)
def _read(lines, order, first, last, used):
    """Add up the first `used` cache lines of the rows ``order[first:last]``."""
    total = np.float32(0)
    for i in range(first, last):
        ahead = order[min(i + AHEAD, last - 1)] * LINES
        for j in range(used):
            prefetch(lines, np.uint64(ahead + j))
        for j in range(used):
            line = lines[order[i] * LINES + j]
            for k in range(len(line)):
                total += line[k]
    return total


@numba.njit(nogil=True, fastmath=True)
def _update(lines, order, first, last):
    for i in range(first, last):
        ahead = order[min(i + AHEAD, last - 1)] * LINES
        for j in range(LINES):
            prefetch(lines, np.uint64(ahead + j))
        for j in range(LINES):
            line = lines[order[i] * LINES + j]
            for k in range(len(line)):
                line[k] += np.float32(0.5)


def measure(workers: int) -> Limits:
    """Measure the limits, each the best of several tries: other load can only slow them."""
    rng = np.random.default_rng(0)
    lines = np.ones((TABLE_ROWS * LINES, 16), np.float32)
    order = rng.integers(0, TABLE_ROWS, VISITS)
    left, right = np.ones((4096, 1024), np.float32), np.ones((1024, 4096), np.float32)
    flat = lines.ravel()

    def seconds(work: Callable[[int, int], object], total: int) -> float:
        """Return the seconds of `work` on `total` items, divided among the workers."""
        return _best(lambda: in_chunks(work, total, -(-total // workers), workers))

    return Limits(
        flops=2 * 4096 * 4096 * 1024 / _best(lambda: left @ right),
        rows_read=VISITS / seconds(lambda a, b: _read(lines, order, a, b, LINES), VISITS),
        rows_updated=VISITS / seconds(lambda a, b: _update(lines, order, a, b), VISITS),
        lines_read=VISITS / seconds(lambda a, b: _read(lines, order, a, b, 1), VISITS),
        bytes_read=flat.nbytes / seconds(lambda a, b: np.dot(flat[a:b], flat[a:b]), len(flat)),
    )


def _best(work: Callable[[], object]) -> float:
    work()
    seconds = []
    for _ in range(TRIES):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
