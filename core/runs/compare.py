"""Differences of finished runs: of any two, and to three-hop, which needs no training."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from filelock import Timeout

from core.config import UserError
from core.models.registry import baseline, resolve_settings
from core.runs.files import write_json
from core.runs.run_folder import Run
from core.runs.store import Store

if TYPE_CHECKING:
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.significance import Interval

KEY = "gain_over_three_hop"
# How it shows that a run's files are missing, or of other pairs.
DAMAGE = (UserError, LookupError, ValueError)


def evaluation(run: Run) -> Evaluation:
    """Return what a finished run was measured at."""
    from core.evaluation.evaluate import saved_evaluation

    kinds = [path.stem for path in (run.folder / "scores").glob("*.npy")]
    scores = {kind: run.scores(kind) for kind in kinds}
    return saved_evaluation(run.metrics, scores, run.table("ranking"))


def own_intervals(run: Run) -> dict[str, Interval]:
    """Return what a finished run was measured at, each measure with its 95 % interval."""
    from core.evaluation.evaluate import intervals

    return intervals(evaluation(run))


def difference(
    first: Run, second: Run, measures: Collection[str] | None = None, workers: int = 1
) -> dict[str, Interval]:
    """Return `first` minus `second`, two finished runs on the same pairs; see `compare`.

    Raises
    ------
    UserError
        If what a run was measured at is damaged.
    """
    from core.evaluation.evaluate import HEADLINED, compare

    chosen = HEADLINED if measures is None else measures
    try:
        return compare(evaluation(first), evaluation(second), workers=workers, measures=chosen)
    except (LookupError, ValueError) as error:
        raise UserError(
            f"'{first.id}' and '{second.id}' cannot be compared: scores of one are missing or of "
            f"other pairs ({error}). Train it again, with --again."
        ) from None


def gain(store: Store, run: Run, result: Evaluation, workers: int):
    """Return the difference of `run`'s `result` to the three-hop run of the same split.

    Returns
    -------
    dict of Interval, or None
        None where there is no such run, or where it is `run` itself.
    """
    from core.evaluation.evaluate import compare

    if is_baseline(run):
        return None
    for other in _finished(store, run.config.dataset, run.config.data):
        if is_baseline(other):
            # What is wrong with that one must not cost this one its results.
            with contextlib.suppress(*DAMAGE):
                return compare(result, evaluation(other), workers=workers)
    return None


def is_baseline(run: Run) -> bool:
    """Return whether it is a run of three-hop with the settings that it has by default."""
    return run.config.model == baseline() and has_usual_settings(run)


def has_usual_settings(run: Run) -> bool:
    """Return whether a run has the settings that its model has by default under its preset."""
    config = run.config
    try:
        usual = resolve_settings(config.model, config.preset)
        return resolve_settings(config.model, config.preset, config.settings) == usual
    except UserError:  # of a version with other models or settings
        return False


def fill_in(store: Store, base: Run, workers: int) -> None:
    """Give the runs that finished before the run `base` of three-hop their difference to it."""
    from core.evaluation.evaluate import compare

    result = evaluation(base)
    for run in _finished(store, base.config.dataset, base.config.data):
        if is_baseline(run) or run.metrics.get(KEY) is not None:
            continue
        # One with damaged scores says so elsewhere, and this run has finished all the same. One
        # that is being trained again will look for its difference itself.
        with contextlib.suppress(*DAMAGE, Timeout), run.lock().acquire(timeout=0):
            found = compare(evaluation(run), result, workers=workers)
            write_json(run.folder / "metrics.json", {**run.metrics, KEY: found})


def _finished(store: Store, dataset: str, data: str) -> list[Run]:
    return [run for run in store.finished_runs(dataset) if run.config.data == data]
