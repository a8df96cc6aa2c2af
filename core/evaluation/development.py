"""Measures on the development slice, for learning curves and for the choice of a scoring."""

from __future__ import annotations

import numpy as np

from core.config import LARGE_PAIRS, Settings
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.measure_type import Auc
from core.evaluation.measures import shown_in
from core.evaluation.metrics import UnseenRule, auc
from core.evaluation.pair_scores import PairScores, score_pairs
from core.graph.split import Split
from core.models.base import Model, Monitor

SAMPLE = 100_000  # pairs per point of a learning curve
# Kinds of negatives for the choice of a scoring.
CHOICE = ("uniform", "degree")
# Above `LARGE_PAIRS` training pairs, the first pass makes this many times fewer walks.
FIRST_PASS_DIVISOR = 4


def development_passes(settings: Settings, n_pairs: int) -> list[Settings]:
    """Return the settings to fit with on the development slice of `n_pairs` training pairs.

    Large data sets get a first pass with a quarter of the walks, for the choice of the scoring
    and the learning curve. A pass with all walks follows unless `is_settled`.
    """
    walks = getattr(settings, "walks_per_product", None)
    on_edges = getattr(settings, "trained_on", "walks") == "edges"
    if walks is None or on_edges or n_pairs <= LARGE_PAIRS:
        return [settings]
    return [
        settings.model_copy(update={"walks_per_product": -(-walks // FIRST_PASS_DIVISOR)}),
        settings,
    ]


def is_settled(model: Model) -> bool:
    """Return whether the choice of `model.scoring` is final: more training would not change it.

    Context vectors are learned later than center vectors, so cosine, the first of the scorings, is
    ahead at first. (At Electronics size, skip-gram's AUC is 0.890 by cosine and 0.879 in-out after
    three walks per product, 0.895 and 0.909 after ten.) Once another scoring is ahead, it stays so.
    """
    return len(model.scorings) == 1 or model.scoring != model.scorings[0]


def development_monitor(split: Split, sample: int = SAMPLE, seed: int = 42) -> Monitor:
    """Return a function that measures a model during training on a sample of held-out pairs.

    Parameters
    ----------
    split : Split
        The development split (`Split.development`), which the model trains on.
    sample : int
        Pairs, drawn once from the positives and the uniform negatives together.
    seed : int

    Returns
    -------
    function
        Takes a model; returns the measures of learning curves, by name.
    """
    evaluation_set = EvaluationSet.of(split)
    true, false = evaluation_set.pairs(POSITIVE), evaluation_set.pairs("uniform")
    u, v = np.concatenate([true.u, false.u]), np.concatenate([true.v, false.v])
    positive = np.arange(len(u)) < len(true)
    rows = np.random.default_rng(seed).permutation(len(u))[:sample]
    u, v, positive = u[rows], v[rows], positive[rows]
    kinds = {POSITIVE: positive, "uniform": ~positive}
    seen = split.both_seen(u, v)
    seen_of_kind = {kind: seen[mask] for kind, mask in kinds.items()}

    def measure(model: Model) -> dict[str, float]:
        scores = model.score(u, v)
        rule: UnseenRule = "own" if model.scores_unseen else "lowest"
        pairs = PairScores({kind: scores[mask] for kind, mask in kinds.items()}, seen_of_kind, rule)
        return {
            m.name: auc(*m.computed_by.scores(pairs))
            for m in shown_in("curve")
            if isinstance(m.computed_by, Auc)
        }

    return measure


def choose_scoring(model: Model, split: Split) -> dict[str, float]:
    """Set `model.scoring` to the best one on the held-out pairs of `split`.

    Parameters
    ----------
    model : Model
        Fitted on `split`.
    split : Split
        The development split.

    Returns
    -------
    dict
        By scoring: the mean of its AUC against uniform and against degree-matched negatives, both
        products seen. The first is chosen if several are equal. Uniform negatives alone would
        favour the scoring that prefers popular products most.
    """
    aucs: dict[str, float] = {}
    for scoring in model.scorings:
        model.scoring = scoring
        pairs = score_pairs(model, split, kinds=(POSITIVE, *CHOICE))
        of_kinds = [auc(*pairs.against(kind, seen_only=True)) for kind in CHOICE]
        aucs[scoring] = float(np.mean([x for x in of_kinds if not np.isnan(x)] or [np.nan]))
    model.scoring = max(aucs, key=lambda scoring: aucs[scoring])
    return aucs
