"""A model's scores of the evaluation pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.config import UserError
from core.evaluation.evaluation_pairs import ALL_KINDS, POSITIVE, EvaluationSet, PairSet
from core.evaluation.metrics import (
    UnseenRule,
    apply_unseen_rule,
    precision_recall_at,
    threshold_grid,
)
from core.evaluation.significance import Products
from core.graph.split import Split
from core.models.base import Model
from core.progress import QUIET, Progress

SCORE_BLOCK = 1 << 18  # pairs per call of `Model.score`
SEEN_SUFFIX = "-seen"


@dataclass(frozen=True)
class PairScores:
    """A model's scores of all evaluation pairs: enough to compute its measures again.

    Attributes
    ----------
    scores : dict of float32 arrays
        Raw scores of the pairs of each of ``positive, uniform, possible, degree, hard``.
    seen : dict of bool arrays
        Whether both products have a training pair; the same for all models of a split.
    rule : str
        ``own`` if the model scores unseen products itself, else ``lowest``.
    link : str
        The model's `link`: how its thresholds are shown.
    products : mapping of pairs of int arrays
        The two products of the pairs of each kind; only intervals need them.
    """

    scores: dict[str, np.ndarray]
    seen: dict[str, np.ndarray]
    rule: UnseenRule
    link: str = "identity"
    products: Mapping[str, Products] = field(default_factory=dict)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, to be saved: the scores as ``kind``, the masks as ``kind-seen``."""
        masks = {f"{kind}{SEEN_SUFFIX}": mask for kind, mask in self.seen.items()}
        return {**self.scores, **masks}

    @classmethod
    def from_arrays(
        cls,
        arrays: dict[str, np.ndarray],
        rule: UnseenRule,
        link: str,
        products: Mapping[str, Products],
    ) -> PairScores:
        """Return the scores that were saved as `arrays`."""
        kinds = [name for name in arrays if not name.endswith(SEEN_SUFFIX)]
        seen = {kind: arrays[kind + SEEN_SUFFIX] for kind in kinds}
        return cls({kind: arrays[kind] for kind in kinds}, seen, rule, link, products)

    def against(
        self, kind: str, rule: UnseenRule | None = None, seen_only: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores of the positives and of the negatives of `kind`.

        Parameters
        ----------
        kind : str
            One of `core.graph.evaluation_negatives.KINDS`.
        rule : str, optional
            How pairs with an unseen product are scored; the model's own rule by default.
        seen_only : bool
            Leave those pairs out instead.
        """
        positive, negative = self.scores[POSITIVE], self.scores[kind]
        seen_positive, seen_negative = self.seen[POSITIVE], self.seen[kind]
        if seen_only:
            return positive[seen_positive], negative[seen_negative]
        pooled = apply_unseen_rule(
            np.concatenate([positive, negative]),
            np.concatenate([seen_positive, seen_negative]),
            rule or self.rule,
        )
        return pooled[: len(positive)], pooled[len(positive) :]

    def products_against(self, kind: str, seen_only: bool = False) -> Products:
        """Return the products of the pairs whose scores `against` returns, as pairs of ends."""
        ends = []
        for end in (0, 1):
            parts = [self.products[name][end] for name in (POSITIVE, kind)]
            if seen_only:
                parts = [part[self.seen[name]] for part, name in zip(parts, (POSITIVE, kind))]
            ends.append(np.concatenate(parts))
        return ends[0], ends[1]

    def thresholds(
        self, kind: str = "uniform", rule: UnseenRule | None = None, n: int = 201
    ) -> list[dict[str, float | None]]:
        """Return precision, recall, F1 and counts at `n` thresholds: a list of dicts.

        Thresholds are those of `core.evaluation.metrics.threshold_grid`: probabilities for
        ``link="sigmoid"``, else scores. A score of -inf reaches none of them. Precision is None
        where no pair reaches the threshold.
        """
        positive, negative = self.against(kind, rule)
        shown, raw = threshold_grid(np.concatenate([positive, negative]), self.link, n)
        columns = {**precision_recall_at(positive, negative, raw), "threshold": shown}
        rows = zip(*(column.tolist() for column in columns.values()))
        return [{name: or_none(x) for name, x in zip(columns, row)} for row in rows]


def score_pairs(
    model: Model, split: Split, progress: Progress = QUIET, kinds: tuple[str, ...] = ALL_KINDS
) -> PairScores:
    """Return the scores of the held-out pairs and of the negatives of each of `kinds`."""
    evaluation_set = EvaluationSet.of(split)
    progress.stage("Draw negatives")
    sets = {kind: evaluation_set.pairs(kind) for kind in kinds}
    progress.stage("Score pairs", sum(map(len, sets.values())), "pairs")
    u = np.concatenate([pairs.u for pairs in sets.values()])
    v = np.concatenate([pairs.v for pairs in sets.values()])
    # Group pairs by product, so that path scores visit its neighbourhood once.
    order = np.argsort(u, kind="stable")
    scored = np.empty(len(u), np.float32)
    for start in range(0, len(order), SCORE_BLOCK):
        rows = order[start : start + SCORE_BLOCK]
        scored[rows] = model.score(u[rows], v[rows])
        progress.advance(start + len(rows))
    ends = np.cumsum([len(pairs) for pairs in sets.values()])
    scores = dict(zip(sets, np.split(scored, ends[:-1])))
    for kind, pairs in sets.items():
        _check_finite(scores[kind], pairs, model.scores_unseen)
    seen = {kind: pairs.seen for kind, pairs in sets.items()}
    products = {kind: (pairs.u, pairs.v) for kind, pairs in sets.items()}
    rule: UnseenRule = "own" if model.scores_unseen else "lowest"
    return PairScores(scores, seen, rule, model.link, products)


def or_none(value: float) -> float | None:
    """Return `value`, or None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def _check_finite(scores: np.ndarray, pairs: PairSet, scores_unseen: bool) -> None:
    bad = ~np.isfinite(scores)
    if not scores_unseen:
        bad &= pairs.seen
    if bad.any():
        raise UserError(
            f"The model gave {bad.sum():,} of {len(bad):,} pairs a score that is not a finite "
            "number: its training diverged. Try a lower learning rate."
        )
