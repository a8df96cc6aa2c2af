"""Differences of finished runs, with intervals.

A difference belongs to two runs, so it is saved in neither run's folder: it is computed when it is
shown, and cached in ``artifacts/<dataset>/comparisons/<first>--<second>.json``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.config import UserError
from core.evaluation.measures import names_in
from core.runs.atomic_files import read_json, write_json
from core.runs.run_folder import Run
from core.runs.runs_with_default_settings import is_baseline
from core.runs.saved_evaluation import all_metrics, evaluation

if TYPE_CHECKING:
    from core.evaluation.significance import Interval

INTERVALS = "by product"  # how the cached intervals were computed


def comparison_table(first: Run, second: Run, workers: int = 1) -> pd.DataFrame:
    """Return the measures of two runs on the same pairs, and their differences.

    Measures that could not be computed are left out.

    Returns
    -------
    DataFrame
        A row per measure: ``measure, first, second, difference, low, high``. `difference` is
        `first` minus `second`, `low` and `high` the ends of its paired 95 % interval.

    Raises
    ------
    UserError
        If no measure could be computed, or a run's scores are damaged.
    """
    values = all_metrics(first), all_metrics(second)
    rows = [
        {
            "measure": name,
            "first": values[0].get(name),
            "second": values[1].get(name),
            "difference": interval.estimate,
            "low": interval.low,
            "high": interval.high,
        }
        for name, interval in difference(first, second, workers=workers).items()
    ]
    table = pd.DataFrame(rows).dropna().reset_index(drop=True)
    if table.empty:
        raise UserError(
            f"'{first.id}' and '{second.id}' have no measure in common: "
            "there were too few pairs to compute any. Use a larger data set."
        )
    return table


def difference(
    first: Run, second: Run, measures: Collection[str] | None = None, workers: int = 1
) -> dict[str, Interval]:
    """Return `first` minus `second` with a 95 % interval, for each of `measures`.

    Read from the cache unless a run has been trained again.

    Parameters
    ----------
    first, second : Run
        Finished, on the same prepared data.
    measures : collection of str, optional
        All measures that have an interval, by default.
    workers : int
        Threads.

    Raises
    ------
    UserError
        If the scores of a run are damaged, or of other pairs.
    """
    from core.evaluation.evaluation import compare
    from core.evaluation.significance import Interval

    chosen = [name for name in names_in("comparison") if measures is None or name in measures]
    path = _cache_path(first, second)
    stamps = {"first": _stamp(first), "second": _stamp(second)}
    known = _cached(path, stamps)
    if missing := [name for name in chosen if name not in known]:
        try:
            computed = compare(
                evaluation(first, with_products=True),
                evaluation(second, with_products=True),
                workers=workers,
                measures=missing,
            )
        except (LookupError, ValueError) as error:
            raise UserError(
                f"'{first.id}' and '{second.id}' cannot be compared: scores of one are missing or "
                f"of other pairs ({error}). Train it again, with --again."
            ) from None
        known |= computed
        # The cache is optional: a read-only folder must not cause an error.
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            content = {"of": stamps, "intervals": INTERVALS, "differences": known}
            write_json(path, content)
    return {name: Interval(*known[name]) for name in chosen}


def differences_to_baseline(
    runs: Sequence[Run], measures: Collection[str] | None = None, workers: int = 1
) -> dict[str, dict[str, Interval]]:
    """Return the differences of `runs` to the baseline's run on the same pairs, by run id.

    Runs without such a baseline among `runs`, and runs whose scores are damaged, are left out.
    """
    baselines: dict[str, Run] = {}
    for run in runs:
        if is_baseline(run):
            baselines.setdefault(run.config.data, run)
    by_run = {}
    for run in runs:
        against = baselines.get(run.config.data)
        if against is not None and not is_baseline(run):
            # A damaged run is reported where it is shown; the others still have differences.
            with contextlib.suppress(UserError):
                by_run[run.id] = difference(run, against, measures, workers)
    return by_run


def _cache_path(first: Run, second: Run) -> Path:
    dataset = first.folder.parent.parent
    return dataset / "comparisons" / f"{first.id}--{second.id}.json"


def _stamp(run: Run) -> list[str]:
    return [run.id, run.metrics["finished"]]


def _cached(path: Path, stamps: dict[str, list[str]]) -> dict[str, Interval]:
    """Return the cached differences by measure; none where they are stale or damaged."""
    from core.evaluation.significance import Interval

    nan = float("nan")
    with contextlib.suppress(UserError, LookupError, TypeError):
        content = read_json(path)
        # Earlier versions took pairs for independent: their intervals are too narrow.
        if content["of"] == stamps and content["intervals"] == INTERVALS:
            return {
                name: Interval(*(nan if end is None else end for end in interval))
                for name, interval in content["differences"].items()
            }
    return {}
