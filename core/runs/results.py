"""What a finished run measured, and what a fitted model measures."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pandas as pd

from core.config import UserError, available_cores
from core.evaluation.measures import shown_in
from core.progress import QUIET, Progress
from core.runs.run_folder import Run

if TYPE_CHECKING:
    from core.evaluation.evaluate import Evaluation
    from core.evaluation.significance import Interval
    from core.graph.split import Split
    from core.models.base import Model


def evaluate(
    subject: Model | Run,
    split: Split | None = None,
    workers: int | None = None,
    progress: Progress = QUIET,
) -> pd.DataFrame:
    """Return the measures of a finished run, or of a fitted model on the held-out pairs of `split`.

    Parameters
    ----------
    subject : Run or Model
        A run was measured when it was trained: its scores are read, and nothing is computed but
        the intervals.
    split : Split, optional
        For a model: the split whose training pairs it was fitted on.
    workers : int, optional
        Threads; all cores by default.
    progress : Progress

    Returns
    -------
    DataFrame
        A row per measure: ``measure, title, value, low, high``, the last two being the ends of
        the 95 % interval; NaN where nothing could be measured.

    Raises
    ------
    UserError
        If a run's scores are damaged, a model's scores are not finite, or a model comes without
        a split.
    """
    if isinstance(subject, Run):
        return evaluation(subject).table()
    if split is None:
        raise UserError("A model is evaluated on the held-out pairs of a split: name the split.")
    from core.evaluation.evaluate import evaluate as evaluate_model

    return evaluate_model(subject, split, progress, workers or available_cores()).table()


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


def figures(run: Run) -> dict[str, Any]:
    """Return the metrics of a finished run.

    Measures that have been added since it was trained are computed from its saved scores.
    """
    metrics = run.metrics
    missing = [measure for measure in shown_in("comparison") if measure.name not in metrics]
    if missing:
        from core.evaluation.evaluate import value

        # A damaged run is reported where its scores are looked at; here it only lacks the measure.
        with contextlib.suppress(UserError, LookupError):
            saved = evaluation(run)
            metrics |= {measure.name: value(measure, saved) for measure in missing}
    return metrics
