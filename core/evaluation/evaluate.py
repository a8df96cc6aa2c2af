"""Everything that is measured of one fitted model."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from core.evaluation.catalogue_ranking import Ranking, coverage, popularity, rank
from core.evaluation.evaluation_pairs import EvaluationSet
from core.evaluation.metrics import hits_at_k, mean_reciprocal_rank, pr_curve, roc_curve
from core.evaluation.scores import PairScores, or_none, pair_metrics, score_pairs
from core.evaluation.significance import (
    Interval,
    auc_difference,
    auc_interval,
    mean_difference,
    mean_interval,
)
from core.evaluation.slices import slice_rows
from core.graph.split import Split
from core.models.base import Model
from core.progress import QUIET, Progress

PAIR_MEASURES = (
    ("auc_all", "uniform", False),
    ("auc_seen", "uniform", True),
    ("auc_possible", "possible", True),
    ("auc_degree", "degree", True),
    ("auc_degree_all", "degree", False),
    ("auc_hard", "hard", True),
)
RANK_MEASURES = (
    ("hits_at_10", lambda ranks: ranks <= 10),
    ("hits_at_50", lambda ranks: ranks <= 50),
    ("mrr", lambda ranks: 1 / ranks),
)
HEADLINED = tuple(name for name, *_ in (*PAIR_MEASURES, *RANK_MEASURES))


@dataclass(frozen=True)
class Evaluation:
    """The measures of one model on one split.

    Attributes
    ----------
    metrics : dict
        Flat and ready for JSON; None where there was nothing to measure.
    pair_scores : PairScores
    ranking : Ranking
    slices : list of dict
        See `core.evaluation.slices.slice_rows`.
    thresholds : list of dict
        See `PairScores.thresholds`; all pairs, uniform negatives.
    pr, roc : float64 arrays, shape (<= 1000, 3)
        See `core.evaluation.metrics`; all pairs, uniform negatives.
    """

    metrics: dict
    pair_scores: PairScores
    ranking: Ranking
    slices: list[dict] = field(default_factory=list)
    thresholds: list[dict] = field(default_factory=list)
    pr: np.ndarray | None = None
    roc: np.ndarray | None = None

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
    metrics: dict, scores: dict[str, np.ndarray], ranking: pd.DataFrame
) -> Evaluation:
    """Return an evaluation from what was saved of it: enough for `compare` and for thresholds.

    Parameters
    ----------
    metrics : dict
        With `unseen_rule` and `link`.
    scores : dict of arrays
        `Evaluation.scores`.
    ranking : DataFrame
        The table ``ranking`` of `Evaluation.tables`.
    """
    pair_scores = PairScores.from_arrays(scores, metrics["unseen_rule"], metrics["link"])
    columns = [ranking[name].to_numpy() for name in ("queries", "targets", "ranks")]
    return Evaluation(metrics, pair_scores, Ranking(*columns))


def evaluate(
    model: Model, split: Split, progress: Progress = QUIET, workers: int = 1
) -> Evaluation:
    """Measure a fitted model on the held-out pairs of `split`.

    Pairs with an unseen end get the model's own score if it has one (``unseen_rule`` says so),
    else they all tie below every seen pair; `auc_all_lowest` and `auc_all_median` put the two
    stand-ins in place whatever the model.

    Raises
    ------
    UserError
        If a score that counts is not a finite number.
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


def ranking_metrics(ranking: Ranking, split: Split) -> dict:
    """Return hits, MRR, coverage and popularity, ready for JSON."""
    figures = {
        "hits_at_10": hits_at_k(ranking.ranks, 10),
        "hits_at_50": hits_at_k(ranking.ranks, 50),
        "mrr": mean_reciprocal_rank(ranking.ranks),
        "coverage": coverage(ranking, split),
        "popularity": popularity(ranking, split),
    }
    figures = {name: or_none(value) for name, value in figures.items()}
    return {**figures, "n_ranked": len(ranking.ranks), "n_candidates": int(split.seen.sum())}


def intervals(result: Evaluation, seed: int = 42) -> dict[str, Interval]:
    """Return the headlined measures of one model, each with its own 95 % interval.

    Two of these may overlap where `compare` is sure of a difference: both models are measured on
    the same pairs.
    """
    found = {
        name: auc_interval(*result.pair_scores.against(kind, seen_only=seen_only))
        for name, kind, seen_only in PAIR_MEASURES
    }
    ranking = result.ranking
    for name, value in RANK_MEASURES:
        values = value(ranking.ranks).astype(np.float64)
        found[name] = mean_interval(values, ranking.queries, seed)
    return found


def compare(
    first: Evaluation,
    second: Evaluation,
    seed: int = 42,
    workers: int = 1,
    measures: Collection[str] = HEADLINED,
) -> dict[str, Interval]:
    """Return `first` minus `second` with a 95 % interval, for each of `measures`.

    Both must come from the same split; each keeps its own rule for unseen products.

    Parameters
    ----------
    first, second : Evaluation
    seed : int
        Of the resamples of ranking questions.
    workers : int
        Threads.
    measures : collection of str
        Some of the measures that are headlined.

    Raises
    ------
    ValueError
        If the two were measured on different splits.
    """
    if not np.array_equal(first.ranking.targets, second.ranking.targets):
        raise ValueError("the two models were measured on different splits")

    def difference(measure: tuple[str, str, bool]) -> Interval:
        _, kind, seen_only = measure
        scores = (one.pair_scores.against(kind, seen_only=seen_only) for one in (first, second))
        return auc_difference(*scores)

    of_pairs = [measure for measure in PAIR_MEASURES if measure[0] in measures]
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(difference, of_pairs))
    differences = {name: interval for (name, *_), interval in zip(of_pairs, found)}
    queries, ranks = first.ranking.queries, (first.ranking.ranks, second.ranking.ranks)
    for name, value in RANK_MEASURES:
        if name in measures:
            values = [value(r).astype(np.float64) for r in ranks]
            differences[name] = mean_difference(*values, queries, seed=seed)
    return differences
