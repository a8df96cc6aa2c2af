"""Models with two vectors per product: as the center of a window and as a context."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np

from core.config import Settings
from core.graph.split import Split
from core.models.inner_product_model import InnerProductModel, row_lengths, unit_rows

SCORINGS = ("cosine", "in-out")


class TwoTables(InnerProductModel):
    """Scores by the cosine of centers, or by the inner product of center and context.

    The setting `scoring` is one of the two, or ``best`` for the choice on the development slice.
    The graph has no direction, so in-out is the mean of both: (c_u · x_v + c_v · x_u) / 2.
    """

    context_: np.ndarray
    _center_lengths: np.ndarray | None = None

    def __init__(self, settings: Settings | None = None, *, seed: int = 42, workers: int = 1):
        super().__init__(settings, seed=seed, workers=workers)
        if self.settings.scoring != "best":
            self.scorings = (self.settings.scoring,)
        else:
            self.scorings = SCORINGS
        self.scoring = self.scorings[0]

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        if scoring == "cosine":
            unit = unit_rows(self.vectors_)
            return unit, unit
        queries = np.hstack([self.vectors_, self.context_])
        queries /= 2
        return queries, np.hstack([self.context_, self.vectors_])

    @property
    def neighbour_scorings(self) -> tuple[str, ...]:
        # With one table, in-out is just the cosine times the lengths of the vectors.
        shared = np.may_share_memory(self.context_, self.vectors_)
        return SCORINGS[:1] if shared else SCORINGS

    def clear_tables(self) -> None:
        super().clear_tables()
        self._center_lengths = None

    def score_one(self, query: int) -> np.ndarray:
        # Directly from the vectors: for one query, the tables of `score_all` take longer to build
        # than to use, and take twice the memory of the vectors.
        center, context = self.vectors_, self.context_
        if self.scoring == "cosine":
            if self._center_lengths is None:
                lengths = row_lengths(center)
                self._center_lengths = np.where(lengths > 0, lengths, np.float32(1))
            lengths = self._center_lengths
            return (center @ (center[query] / lengths[query])) / lengths
        if self.scoring == "in-out":
            return (context @ center[query] + center @ context[query]) / 2
        return super().score_one(query)

    def save(self, folder: Path) -> None:
        np.save(folder / "center.npy", self.vectors_, allow_pickle=False)
        np.save(folder / "context.npy", self.context_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.vectors_ = np.load(folder / "center.npy", mmap_mode="r", allow_pickle=False)
        self.context_ = np.load(folder / "context.npy", mmap_mode="r", allow_pickle=False)
        self.clear_tables()
        return self
