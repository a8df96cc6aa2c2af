"""Timing several implementations of one task side by side."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import numpy as np

from core.runs.recorder import peak_memory_mb, reset_peak_memory

LONG = 15.0  # seconds: a longer first run counts, and is the only one


@dataclass(frozen=True)
class Done:
    """The result of one run: units of work, and seconds if it has measured them."""

    units: float
    seconds: float | None = None
    memory_mb: float | None = None
    note: str = ""
    cpu: float | None = None


class Clock:
    """Counts seconds, and the processor time of this process and of those it has waited for."""

    def __init__(self) -> None:
        self.started, self.cpu = time.perf_counter(), self._cpu()

    def done(self, units: float, seconds: float | None = None) -> Done:
        """Return the result since the clock was made; `seconds` overrides its time."""
        cpu = self._cpu() - self.cpu
        return Done(units, seconds or time.perf_counter() - self.started, cpu=cpu)

    @staticmethod
    def _cpu() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)


@dataclass(frozen=True)
class Contestant:
    """One implementation of the task.

    Attributes
    ----------
    name, note : str
    run : callable
    missing : str
        Why it cannot be run.
    compiles : bool
        True if the first run never counts, however long it takes.
    once : bool
        True if the first run is the only one, however short it is.
    """

    name: str
    run: Callable[[], Done] | None = None
    note: str = ""
    missing: str = ""
    compiles: bool = False
    once: bool = False


@dataclass(frozen=True)
class Stage:
    """Several contestants with the same task, ours first.

    Attributes
    ----------
    name, unit : str
        Without a unit no rate is shown.
    contestants : list of Contestant
    possible : callable, optional
        Takes `core`-independent limits of the machine (`tests.benchmarks.limits.Limits`), returns
        the most units per second that they allow.
    """

    name: str
    unit: str
    contestants: list[Contestant]
    possible: Callable | None = None


@dataclass
class Row:
    """A line of the table."""

    stage: str
    size: str
    unit: str
    contestant: str
    seconds: float | None = None
    cpu: float | None = None
    rate: float | None = None
    ratio: float | None = None
    cpu_ratio: float | None = None
    memory_mb: float | None = None
    share: float | None = None
    note: str = ""

    as_dict = asdict


@dataclass
class _Runs:
    contestant: Contestant
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    cpu_rates: list[float] = field(default_factory=list)
    memory_mb: float | None = None
    note: str = ""
    ended: bool = False


def run_contest(stage: Stage, size: str, repeats: int, limits=None) -> list[Row]:
    """Run the contestants in turn, so that other load affects all of them; return their rows.

    Every contestant runs once before it counts; where nothing has to be compiled, a first run of
    more than `LONG` seconds counts and is not repeated. Rates are medians; the ratio is the median
    over the turns of our rate to that contestant's, once by wall time and once by processor time,
    which other load affects less. Memory is the increase during the first run.
    """
    runs = [_Runs(contestant) for contestant in stage.contestants]
    for one in runs:
        if one.contestant.missing:
            one.ended = True
            continue
        spent = _turn(one, first=True)
        counts = one.contestant.once or (spent >= LONG and not one.contestant.compiles)
        if not counts and not one.ended:
            for kept in (one.rates, one.seconds, one.cpu, one.cpu_rates):
                kept.clear()
        else:
            one.ended = True
    for _ in range(repeats):
        for one in runs:
            if not one.ended:
                _turn(one)
    return [_row(stage, size, one, runs[0], limits) for one in runs]


def ratio_of(ours: list[float], theirs: list[float]) -> float:
    """Return how many times faster ours is: turn by turn if both have as many runs, else by
    medians.

    >>> ratio_of([4.0, 9.0, 20.0], [2.0, 3.0, 4.0])
    3.0
    """
    if len(ours) == len(theirs):
        return median(a / b for a, b in zip(ours, theirs))
    return median(ours) / median(theirs)


def exponent(sizes: list[float], seconds: list[float]) -> float:
    """Return the b of the curve ``a size^b`` that fits best in logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def _turn(one: _Runs, first: bool = False) -> float:
    """Run `one` once and record its rate; return its seconds."""
    before = _resident_mb()
    if first:
        reset_peak_memory()
    clock = Clock()
    try:
        done = one.contestant.run()
    except Exception as error:  # a failing peer must not lose the table
        one.note = f"failed: {type(error).__name__}: {error}"[:100]
        one.ended = True
        return LONG
    whole = clock.done(done.units)
    one.note = done.note
    seconds, cpu = done.seconds or whole.seconds, done.cpu or whole.cpu
    one.rates.append(done.units / seconds)
    one.seconds.append(seconds)
    one.cpu.append(cpu)
    one.cpu_rates.append(done.units / max(cpu, 1e-6))
    if first:
        one.memory_mb = done.memory_mb
        peak = peak_memory_mb()
        if done.memory_mb is None and peak is not None and before is not None:
            one.memory_mb = max(0.0, peak - before)
    return whole.seconds


def _resident_mb() -> float | None:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


def _row(stage: Stage, size: str, one: _Runs, ours: _Runs, limits) -> Row:
    contestant = one.contestant
    row = Row(stage.name, size, stage.unit, contestant.name)
    row.note = "; ".join(filter(None, [contestant.missing or contestant.note, one.note]))
    if not one.rates:
        return row
    row.rate, row.seconds, row.memory_mb = median(one.rates), median(one.seconds), one.memory_mb
    row.cpu = median(one.cpu)
    if one is not ours and ours.rates:
        row.ratio = ratio_of(ours.rates, one.rates)
        row.cpu_ratio = ratio_of(ours.cpu_rates, one.cpu_rates)
    if limits is not None and stage.possible is not None:
        row.share = row.rate / stage.possible(limits)
    return row
