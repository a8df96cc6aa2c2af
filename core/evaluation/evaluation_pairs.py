"""The pairs and the ranking questions of a split, on which all its models are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.evaluation.catalogue_ranking import RankingTask, ranking_task
from core.graph.evaluation_negatives import KINDS, sample_negatives
from core.graph.split import Split

POSITIVE = "positive"
ALL_KINDS = (POSITIVE, *KINDS)


@dataclass(frozen=True)
class PairSet:
    """Pairs to score.

    Attributes
    ----------
    u, v : int32 arrays, shape (n,)
    seen : bool array, shape (n,)
        Whether both products have a training pair.
    skipped : int
        Held-out pairs for which no negative of this kind was found.
    """

    u: np.ndarray
    v: np.ndarray
    seen: np.ndarray
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.u)


class EvaluationSet:
    """Held-out pairs, negatives and ranking questions of a split, each drawn on first use.

    Use `EvaluationSet.of`: it is cached in the split, so that all models share it.
    """

    def __init__(self, split: Split):
        self.split = split
        self._pairs: dict[str, PairSet] = {}

    @classmethod
    def of(cls, split: Split) -> EvaluationSet:
        """Return the evaluation set of `split`, the same one each time."""
        # Cached like a cached_property: a dataclass of arrays has no hash for a lookup table.
        return vars(split).setdefault("_evaluation_set", cls(split))

    def pairs(self, kind: str) -> PairSet:
        """Return the pairs of `kind`: ``positive`` or one of `evaluation_negatives.KINDS`.

        On the cold split every positive has one cold and one seen product. Other negatives are left
        out, because a model would recognise them by that alone.
        """
        if kind not in self._pairs:
            if kind == POSITIVE:
                u, v, skipped = self.split.test.u, self.split.test.v, 0
            else:
                drawn = sample_negatives(self.split, kind)
                u, v, skipped = drawn.u, drawn.v, drawn.skipped
                if self.split.kind == "cold":
                    cold, seen = self.split.is_cold, self.split.seen
                    one_cold = (cold[u] & seen[v]) | (cold[v] & seen[u])
                    u, v = u[one_cold], v[one_cold]
            self._pairs[kind] = PairSet(u, v, self.split.both_seen(u, v), skipped)
        return self._pairs[kind]

    @cached_property
    def ranking(self) -> RankingTask:
        """The ranking questions."""
        return ranking_task(self.split)
