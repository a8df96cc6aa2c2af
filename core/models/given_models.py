"""Models given by the user: vectors from elsewhere, or a function that scores pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from core.config import RunConfig, Settings, UserError
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.inner_product_model import InnerProductModel, row_lengths, unit_rows
from core.progress import QUIET, Progress

SOURCE = "imported_from"


class ImportSettings(Settings):
    """Where imported vectors are from."""

    imported_from: str = Field("", description="Name of the file")
    sha256: str = Field("", description="Digest of the ids and vectors")


def is_imported(config: RunConfig) -> bool:
    """Return whether the vectors of a run were imported: its model is in no registry."""
    return SOURCE in config.settings


class GivenVectors(InnerProductModel):
    """Vectors from elsewhere, scored by cosine or by dot product.

    A product without a vector (or with one of zeros) has the lowest score in all its pairs.

    Parameters
    ----------
    vectors : float32 array, shape (n_products, dim), optional
        In index order; zeros for none. By default `load` reads them.
    """

    Settings = ImportSettings
    scorings = ("cosine", "dot")
    fits_on_development = False

    def __init__(
        self,
        settings: ImportSettings | None = None,
        *,
        vectors: np.ndarray | None = None,
        seed: int = 42,
        workers: int = 1,
    ):
        super().__init__(settings, seed=seed, workers=workers)
        if vectors is not None:
            self.vectors_ = np.asarray(vectors, np.float32)

    @property
    def neighbour_scorings(self) -> tuple[str, ...]:
        return self.scorings

    def can_score(self, seen: np.ndarray) -> np.ndarray:
        return self.has_vector_

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self.has_vector_: np.ndarray = np.any(self.vectors_ != 0, axis=1)
        # Vectors of unseen products come from another source than the training pairs.
        self.scores_unseen = bool(self.has_vector_[~split.seen].any())
        self.clear_tables()
        return self

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        table = unit_rows(self.vectors_) if scoring == "cosine" else self.vectors_
        return table, table

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        scores = super().score(u, v)
        scores[~(self.has_vector_[u] & self.has_vector_[v])] = self._lowest()
        return scores

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        scores = super().score_all(queries)
        scores[:, ~self.has_vector_] = self._lowest()
        scores[~self.has_vector_[queries]] = self._lowest()
        return scores

    def _lowest(self) -> np.float32:
        """Return a score below those of all pairs with two vectors."""
        longest = 1.0 if self.scoring == "cosine" else float(row_lengths(self.vectors_).max())
        return np.float32(-1.01 * longest**2)

    def save(self, folder: Path) -> None:
        np.save(folder / "vectors.npy", self.vectors_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.vectors_ = np.load(folder / "vectors.npy", allow_pickle=False)
        return self.fit(split)


class GivenScores(Model):
    """A function that scores pairs of products by their ids.

    Parameters
    ----------
    function : callable
        Takes two arrays of ids, both of shape (n,); returns n numbers, higher for pairs that go
        together, the same both ways round. NaN: it has no score for the pair, which comes last.
    """

    scores_unseen = True
    fits_on_development = False

    def __init__(self, function: Callable[[np.ndarray, np.ndarray], ArrayLike]):
        super().__init__()
        self.function = function

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self.ids_ = split.catalogue.frame["id"].to_numpy(object)
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        scores = np.asarray(self.function(self.ids_[u], self.ids_[v]), np.float32)
        if scores.shape != np.shape(u):
            raise UserError(
                f"The function returned the shape {scores.shape} for {len(u):,} pairs: it gets two "
                "arrays of ids, and returns a number for each pair."
            )
        return np.where(np.isnan(scores), np.finfo(np.float32).min, scores)

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        n = len(self.ids_)
        pairs = np.repeat(queries, n), np.tile(np.arange(n), len(queries))
        return self.score(*pairs).reshape(len(queries), n)

    def save(self, folder: Path) -> None:
        raise NotImplementedError("a function cannot be saved")

    def load(self, folder: Path, split: Split) -> Self:
        raise NotImplementedError("a function cannot be loaded")
