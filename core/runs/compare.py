"""Comparing finished runs: rows of the results table, pairs of runs, differences.

A difference belongs to two runs, so it is saved in neither run's folder: it is computed when it is
shown, and cached in ``artifacts/<dataset>/comparisons/<first>--<second>.json``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.config import SplitKind, UserError
from core.evaluation.measures import names_in
from core.evaluation.table import in_table_order, result_row
from core.models.registry import EXPERIMENTS, baseline, resolve_settings
from core.runs.atomic_files import read_json, write_json
from core.runs.results import evaluation, figures
from core.runs.run_folder import Run
from core.runs.store import Store

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
    values = figures(first), figures(second)
    rows = [
        {"measure": name, "first": values[0].get(name), "second": values[1].get(name),
         "difference": interval.estimate, "low": interval.low, "high": interval.high}
        for name, interval in difference(first, second, workers=workers).items()
    ]  # fmt: skip
    table = pd.DataFrame(rows).dropna().reset_index(drop=True)
    if table.empty:
        raise UserError(
            f"'{first.id}' and '{second.id}' have no measure in common: "
            "there were too few pairs to compute any. Use a larger data set."
        )
    return table


def result_rows(
    store: Store, dataset: str, measures: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the results table, one per finished run.

    Parameters
    ----------
    store : Store
    dataset : str
    measures : collection of str, optional
        Measures whose differences to the baseline are added; all, by default.
    """
    runs = store.finished_runs(dataset)
    differences = differences_to_baseline(runs, measures)
    return in_table_order(
        [result_row(figures(run), run.config.data, differences.get(run.id)) for run in runs]
    )


def find_pair(
    store: Store, dataset: str, first: str, second: str, split: SplitKind | None = None
) -> tuple[Run, Run]:
    """Return two finished runs that were measured on the same pairs.

    Parameters
    ----------
    store : Store
    dataset : str
    first, second : str
        Names of runs, or of models. Of several runs of a model, those with default settings are
        preferred, then two of one seed, then the lowest seed, then the newest.
    split : str, optional
        Split of a model's run: by default that of the other run, ``random`` if both are models.

    Raises
    ------
    UserError
        If there are no such runs; the message lists those that exist.
    """
    store.check_dataset(dataset)
    runs = store.finished_runs(dataset)
    if split is None:
        named = [run.config.split for run in runs if run.id in (first, second)]
        split = named[0] if named else "random"
    candidates = [_candidates(runs, dataset, name, split) for name in (first, second)]
    if len({run.id for choice in candidates for run in choice}) == 1:
        raise UserError(f"'{first}' and '{second}' are the same run: name two different ones.")
    pairs = [
        (one, other)
        for one in candidates[0]
        for other in candidates[1]
        if one.id != other.id and one.config.data == other.config.data
    ]
    if not pairs:
        raise UserError(
            f"No two runs of '{first}' and '{second}' were measured on the same pairs. Runs on "
            "the same pairs have the same fingerprint, in the column 'data' of "
            f"python -m core report {dataset} --csv"
        )
    default = {run.id: is_default(run) for choice in candidates for run in choice}

    def preference(pair: tuple[Run, Run]) -> tuple[int, bool, list[int], list[int]]:
        same_seed = pair[0].config.seed == pair[1].config.seed
        # The lowest seed rather than the newest run, so that more seeds do not change the answer.
        seeds = [-run.config.seed for run in pair]
        newest = [runs.index(run) for run in pair]
        return sum(default[run.id] for run in pair), same_seed, seeds, newest

    return max(pairs, key=preference)


def _candidates(runs: Sequence[Run], dataset: str, name: str, split: SplitKind) -> list[Run]:
    by_id = [run for run in runs if run.id == name]
    matching = by_id or [r for r in runs if r.config.model == name and r.config.split == split]
    if matching:
        return matching
    if name not in EXPERIMENTS:
        known = ", ".join(run.id for run in runs) or "none"
        raise UserError(f"'{name}' is neither a model nor a finished run. Finished: {known}.")
    raise UserError(
        f"'{dataset}' has no finished run of '{name}' on the {split} split. "
        f"Run: python -m core train {dataset} {name} --split {split}"
    )


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
    from core.evaluation.evaluate import compare
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


def is_baseline(run: Run) -> bool:
    """Return whether `run` is of the baseline model with its default settings."""
    return run.config.model == baseline() and has_default_settings(run)


def is_default(run: Run) -> bool:
    """Return whether `run` has our preset and the default settings of its model."""
    return run.config.preset == "ours" and has_default_settings(run)


def has_default_settings(run: Run) -> bool:
    """Return whether a run has the default settings of its model under its preset."""
    config = run.config
    try:
        default = resolve_settings(config.model, config.preset)
        return resolve_settings(config.model, config.preset, config.settings) == default
    except UserError:  # made by a version with other models or settings
        return False


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
