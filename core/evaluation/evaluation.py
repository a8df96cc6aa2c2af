"""Evaluate a fitted model, and compare two evaluations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.evaluation.catalogue_ranking import Ranking, rank
from core.evaluation.evaluation_pairs import EvaluationSet
from core.evaluation.measure_type import (
    Auc,
    ListValue,
    Measure,
    Metrics,
    PairValue,
    QuestionMean,
    Row,
)
from core.evaluation.measures import BY_NAME, MEASURES, shown_in
from core.evaluation.metrics import auc, pr_curve, roc_curve
from core.evaluation.pair_scores import PairScores, or_none, score_pairs
from core.evaluation.significance import (
    Interval,
    Products,
    auc_difference,
    auc_interval,
    mean_difference,
    mean_interval,
)
from core.evaluation.slices import slice_rows
from core.graph.split import Split
from core.models.base import Model
from core.progress import QUIET, Progress


@dataclass(frozen=True)
class Evaluation:
    """The measures of one model on one split.

    Attributes
    ----------
    metrics : dict
        Flat and ready for JSON; a value is None where there was nothing to measure.
    pair_scores : PairScores
    ranking : Ranking
    slices : list of dict
        See `core.evaluation.slices.slice_rows`.
    thresholds : list of dict
        See `PairScores.thresholds`; all pairs, uniform negatives.
    pr, roc : float64 arrays, shape (<= 1000, 3)
        See `core.evaluation.metrics`; all pairs, uniform negatives.
    """

    metrics: Metrics
    pair_scores: PairScores
    ranking: Ranking
    slices: list[Row] = field(default_factory=list)
    thresholds: list[dict[str, float | None]] = field(default_factory=list)
    pr: np.ndarray | None = None
    roc: np.ndarray | None = None

    def table(self) -> pd.DataFrame:
        """Return the measures for comparing runs, one row each.

        Returns
        -------
        DataFrame
            ``measure, title, value, low, high``: the ends of the 95 % interval (`intervals`).
        """
        rows = [
            {
                "measure": name,
                "title": BY_NAME[name].title,
                "value": value,
                "low": low,
                "high": high,
            }
            for name, (value, low, high) in intervals(self).items()
        ]
        return pd.DataFrame(rows)

    @property
    def scores(self) -> dict[str, np.ndarray]:
        """The arrays to save: see `PairScores.arrays`."""
        return self.pair_scores.arrays

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables to save: ``ranking, slices, thresholds, pr, roc``."""
        ranking = {name: getattr(self.ranking, name) for name in ("queries", "targets", "ranks")}
        return {
            "ranking": pd.DataFrame(ranking),
            "slices": pd.DataFrame(self.slices),
            "thresholds": pd.DataFrame(self.thresholds),
            "pr": pd.DataFrame(self.pr, columns=["recall", "precision", "threshold"]),
            "roc": pd.DataFrame(self.roc, columns=["fpr", "tpr", "threshold"]),
        }


def saved_evaluation(
    metrics: Metrics,
    scores: dict[str, np.ndarray],
    ranking: pd.DataFrame,
    products: Mapping[str, Products] | None = None,
) -> Evaluation:
    """Return an evaluation from saved data: enough for `compare`, `intervals` and thresholds.

    Parameters
    ----------
    metrics : dict
        With `unseen_rule` and `link`.
    scores : dict of arrays
        `Evaluation.scores`.
    ranking : DataFrame
        The table ``ranking`` of `Evaluation.tables`.
    products : mapping of pairs of int arrays, optional
        `PairScores.products`, which `compare` and `intervals` need.
    """
    rule, link = metrics["unseen_rule"], metrics["link"]
    pair_scores = PairScores.from_arrays(scores, rule, link, products or {})
    columns = [ranking[name].to_numpy() for name in ("queries", "targets", "ranks")]
    return Evaluation(metrics, pair_scores, Ranking(*columns))


def evaluate(
    model: Model, split: Split, progress: Progress = QUIET, workers: int = 1
) -> Evaluation:
    """Evaluate a fitted model on the held-out pairs of `split`.

    Pairs with an unseen product get the model's own score if it has one, else they all tie below
    the others; ``unseen_rule`` is ``own`` or ``lowest``. `auc_all_lowest` and `auc_all_median` use
    the rules ``lowest`` and ``median`` for every model.

    Raises
    ------
    UserError
        If a score is not a finite number, where the model's own scores are used.
    """
    pair_scores = score_pairs(model, split, progress)
    evaluation_set = EvaluationSet.of(split)
    ranking = rank(model, split, evaluation_set.ranking, progress, workers)
    progress.stage("Measure")
    metrics = {
        **pair_metrics(pair_scores),
        **ranking_metrics(ranking, split),
        "link": model.link,
        "hard_skipped": evaluation_set.pairs("hard").skipped,
    }
    all_pairs = pair_scores.against("uniform")
    return Evaluation(
        metrics=metrics,
        pair_scores=pair_scores,
        ranking=ranking,
        slices=slice_rows(evaluation_set, *all_pairs, ranking),
        thresholds=pair_scores.thresholds(),
        pr=pr_curve(*all_pairs),
        roc=roc_curve(*all_pairs),
    )


def pair_metrics(pairs: PairScores) -> Metrics:
    """Return the measures without a ranking, and the counts of pairs, ready for JSON."""
    figures: dict[str, float] = {}
    for measure in MEASURES:
        if isinstance(measure.computed_by, Auc):
            figures[measure.name] = auc(*measure.computed_by.scores(pairs))
        elif isinstance(measure.computed_by, PairValue):
            figures[measure.name] = measure.computed_by.of_pairs(pairs)
    counts = {f"n_{kind}": len(scores) for kind, scores in pairs.scores.items()}
    counts |= {f"n_{kind}_seen": int(mask.sum()) for kind, mask in pairs.seen.items()}
    known = {name: or_none(value) for name, value in figures.items()}
    return {**known, "unseen_rule": pairs.rule, **counts}


def ranking_metrics(ranking: Ranking, split: Split) -> Metrics:
    """Return the measures of the ranking, and the counts of questions and candidates, for JSON."""
    figures: dict[str, float] = {}
    queries, lists = ranking.list_queries, ranking.lists
    for measure in MEASURES:
        if isinstance(measure.computed_by, QuestionMean):
            figures[measure.name] = measure.computed_by.mean(ranking.ranks)
        elif (
            isinstance(measure.computed_by, ListValue) and queries is not None and lists is not None
        ):
            figures[measure.name] = measure.computed_by.of_lists(queries, lists, split)
    known = {name: or_none(value) for name, value in figures.items()}
    return {**known, "n_ranked": len(ranking.ranks), "n_candidates": int(split.seen.sum())}


def value(measure: Measure, result: Evaluation) -> float | None:
    """Return the value of a measure; None if there was nothing to measure.

    The measure is computed by `Auc`, `PairValue` or `QuestionMean`: from what a run saves.
    """
    source = measure.computed_by
    if isinstance(source, Auc):
        return or_none(auc(*source.scores(result.pair_scores)))
    if isinstance(source, PairValue):
        return or_none(source.of_pairs(result.pair_scores))
    assert isinstance(source, QuestionMean)
    return or_none(source.mean(result.ranking.ranks))


def intervals(result: Evaluation) -> dict[str, Interval]:
    """Return the measures for comparing runs, each with its own 95 % interval, by product.

    The intervals of two models may overlap although `compare` finds a significant difference,
    because both are evaluated on the same pairs.
    """
    by_name: dict[str, Interval] = {}
    pairs, ranking = result.pair_scores, result.ranking
    for measure in shown_in("comparison"):
        source = measure.computed_by
        if isinstance(source, Auc):
            by_name[measure.name] = auc_interval(*source.scores(pairs), source.products(pairs))
        elif isinstance(source, QuestionMean):
            values = source.values(ranking.ranks)
            by_name[measure.name] = mean_interval(values, ranking.products)
    return by_name


def compare(
    first: Evaluation,
    second: Evaluation,
    workers: int = 1,
    measures: Collection[str] | None = None,
) -> dict[str, Interval]:
    """Return `first` minus `second` with a 95 % interval by product, for each of `measures`.

    Both must be of the same split; each uses its own rule for unseen products.

    Parameters
    ----------
    first, second : Evaluation
    workers : int
        Threads.
    measures : collection of str, optional
        A subset of the measures for comparing runs; all by default.

    Raises
    ------
    ValueError
        If the two were evaluated on different splits.
    """
    if not np.array_equal(first.ranking.targets, second.ranking.targets):
        raise ValueError("the two models were evaluated on different splits")

    def difference(measure: Measure) -> Interval:
        source = measure.computed_by
        if isinstance(source, Auc):
            scores = [source.scores(one.pair_scores) for one in (first, second)]
            return auc_difference(scores[0], scores[1], source.products(first.pair_scores))
        assert isinstance(source, QuestionMean)
        values = [source.values(one.ranking.ranks) for one in (first, second)]
        return mean_difference(values[0], values[1], first.ranking.products)

    chosen = [m for m in shown_in("comparison") if measures is None or m.name in measures]
    with ThreadPoolExecutor(workers) as pool:
        differences = list(pool.map(difference, chosen))
    return {measure.name: interval for measure, interval in zip(chosen, differences)}
