"""Differences between two finished runs on the same pairs.

A difference belongs to two runs, so it is kept in neither run's folder: it is computed where it is
shown, and cached in ``artifacts/<dataset>/comparisons/<first>--<second>.json``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import UserError
from core.models.registry import baseline, resolve_settings
from core.runs.files import read_json, write_json
from core.runs.run_folder import Run

if TYPE_CHECKING:
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.significance import Interval


def evaluation(run: Run) -> Evaluation:
    """Return what was saved of a finished run's evaluation."""
    from core.evaluation.evaluate import saved_evaluation

    kinds = [path.stem for path in (run.folder / "scores").glob("*.npy")]
    scores = {kind: run.scores(kind) for kind in kinds}
    return saved_evaluation(run.metrics, scores, run.table("ranking"))


def own_intervals(run: Run) -> dict[str, Interval]:
    """Return the measures of a finished run, each with its 95 % interval."""
    from core.evaluation.evaluate import intervals

    return intervals(evaluation(run))


def difference(
    first: Run, second: Run, measures: Collection[str] | None = None, workers: int = 1
) -> dict[str, Interval]:
    """Return `first` minus `second` with a 95 % interval, for each of `measures`.

    Differences of the same two trainings are read from the cache.

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
    from core.evaluation.evaluate import HEADLINED, compare
    from core.evaluation.significance import Interval

    chosen = [name for name in HEADLINED if measures is None or name in measures]
    path = _cache_path(first, second)
    of = {"first": _stamp(first), "second": _stamp(second)}
    known = _cached(path, of)
    if missing := [name for name in chosen if name not in known]:
        try:
            found = compare(
                evaluation(first), evaluation(second), workers=workers, measures=missing
            )
        except (LookupError, ValueError) as error:
            raise UserError(
                f"'{first.id}' and '{second.id}' cannot be compared: scores of one are missing or "
                f"of other pairs ({error}). Train it again, with --again."
            ) from None
        known |= found
        # The cache is a convenience: a folder that cannot be written to must not spoil the answer.
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            write_json(path, {"of": of, "differences": known})
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
    found = {}
    for run in runs:
        against = baselines.get(run.config.data)
        if against is not None and not is_baseline(run):
            # A damaged run is reported where it is looked at; the others have their differences.
            with contextlib.suppress(UserError):
                found[run.id] = difference(run, against, measures, workers)
    return found


def is_baseline(run: Run) -> bool:
    """Return whether it is a run of the baseline model with its default settings."""
    return run.config.model == baseline() and has_default_settings(run)


def has_default_settings(run: Run) -> bool:
    """Return whether a run has the default settings of its model under its preset."""
    config = run.config
    try:
        default = resolve_settings(config.model, config.preset)
        return resolve_settings(config.model, config.preset, config.settings) == default
    except UserError:  # of a version with other models or settings
        return False


def _cache_path(first: Run, second: Run) -> Path:
    dataset = first.folder.parent.parent
    return dataset / "comparisons" / f"{first.id}--{second.id}.json"


def _stamp(run: Run) -> list[str]:
    return [run.id, run.metrics["finished"]]


def _cached(path: Path, of: dict[str, list[str]]) -> dict[str, tuple[float, float, float]]:
    """Return the cached differences by measure; none where they are stale or damaged."""
    nan = float("nan")
    with contextlib.suppress(UserError, LookupError, TypeError):
        content = read_json(path)
        if content["of"] == of:
            return {
                name: tuple(nan if end is None else end for end in interval)
                for name, interval in content["differences"].items()
            }
    return {}
