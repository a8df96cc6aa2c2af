"""Measures on the development slice, for learning curves and for the choice of a scoring."""

from __future__ import annotations

import numpy as np

from core.config import LARGE_PAIRS, Settings
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.measure_type import Auc
from core.evaluation.measures import shown_in
from core.evaluation.metrics import UnseenRule, auc
from core.evaluation.scores import PairScores, score_pairs
from core.graph.split import Split
from core.models.base import Model, Monitor

SAMPLE = 100_000  # pairs that a point of a learning curve is measured on
# Kinds of negatives that a scoring is chosen by.
CHOICE = ("uniform", "degree")
# With more than `LARGE_PAIRS` training pairs, so many times fewer walks are tried first.
LARGE_SHARE = 4


def development_passes(settings: Settings, n_pairs: int) -> list[Settings]:
    """Return the settings to fit with on the development slice of `n_pairs` training pairs.

    Large data sets are first tried with a quarter of the walks: of this pass only the choice of
    the scoring and the learning curve are kept. All walks follow unless `is_settled`.
    """
    walks = getattr(settings, "walks_per_product", None)
    on_edges = getattr(settings, "trained_on", "walks") == "edges"
    if walks is None or on_edges or n_pairs <= LARGE_PAIRS:
        return [settings]
    return [settings.model_copy(update={"walks_per_product": -(-walks // LARGE_SHARE)}), settings]


def is_settled(model: Model) -> bool:
    """Return whether more training would not change the choice of `model.scoring`.

    Context vectors are learned later than center vectors, so cosine, the first of the scorings, is
    ahead at first. (At Electronics size, skip-gram's AUC is 0.890 by cosine and 0.879 in-out after
    three walks per product, 0.895 and 0.909 after ten.) Once another scoring is ahead, it stays so.
    """
    return len(model.scorings) == 1 or model.scoring != model.scorings[0]


def development_monitor(split: Split, sample: int = SAMPLE, seed: int = 42) -> Monitor:
    """Return a function that measures a model in training on a sample of held-out pairs.

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
        Takes a model, returns the measures that learning curves show, by name.
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
            m.name: auc(*m.source.scores(pairs))
            for m in shown_in("curve")
            if isinstance(m.source, Auc)
        }

    return measure


def choose_scoring(model: Model, split: Split) -> dict[str, float]:
    """Set `model.scoring` to the one that is best on the held-out pairs of `split`.

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
        products seen. The first of equals is chosen. Uniform negatives alone would favour the
        scoring that prefers popular products most.
    """
    aucs: dict[str, float] = {}
    for scoring in model.scorings:
        model.scoring = scoring
        pairs = score_pairs(model, split, kinds=(POSITIVE, *CHOICE))
        of_kinds = [auc(*pairs.against(kind, seen_only=True)) for kind in CHOICE]
        aucs[scoring] = float(np.mean([x for x in of_kinds if not np.isnan(x)] or [np.nan]))
    model.scoring = max(aucs, key=lambda scoring: aucs[scoring])
    return aucs
