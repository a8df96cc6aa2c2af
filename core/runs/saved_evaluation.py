"""What is saved of a finished run's evaluation, and its metrics."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from core.config import UserError
from core.evaluation.measure_type import Auc, Metrics, PairValue, QuestionMean
from core.evaluation.measures import MEASURES
from core.runs.pair_products import pair_products
from core.runs.run_folder import Run

if TYPE_CHECKING:
    from core.evaluation.evaluation import Evaluation


def evaluation(run: Run, with_products: bool = False) -> Evaluation:
    """Return what was saved of a finished run's evaluation.

    Parameters
    ----------
    run : Run
    with_products : bool
        Also read the products of the pairs, which intervals need.

    Raises
    ------
    UserError
        If a file of the run is missing or damaged, or its scores are of other pairs.
    """
    from core.evaluation.evaluation import saved_evaluation

    kinds = [path.stem for path in (run.folder / "scores").glob("*.npy")]
    scores = {kind: run.scores(kind) for kind in kinds}
    products = pair_products(run, scores) if with_products else None
    return saved_evaluation(run.metrics, scores, run.table("ranking"), products)


def all_metrics(run: Run) -> Metrics:
    """Return the metrics of a finished run.

    Measures that have been added since it was trained are computed from its saved scores.
    """
    metrics = run.metrics
    computable = [m for m in MEASURES if isinstance(m.computed_by, Auc | PairValue | QuestionMean)]
    missing = [measure for measure in computable if measure.name not in metrics]
    if not missing:
        return metrics
    from core.evaluation.evaluation import value

    # A damaged run is reported where its scores are used; here it only lacks the measure.
    with contextlib.suppress(UserError, LookupError):
        saved = evaluation(run)
        for measure in missing:
            # An older run may lack the scores of one kind of negatives.
            with contextlib.suppress(LookupError):
                metrics[measure.name] = value(measure, saved)
    return metrics
