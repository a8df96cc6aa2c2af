"""Models whose score is an inner product of two vectors."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np

from core.models.base import Model


class InnerProductModel(Model):
    """A model whose score is an inner product: ``score(u, v) = queries[u] @ keys[v]``.

    Subclasses set `vectors_` in `fit` and return the two matrices of each scoring in `tables`; this
    class scores, ranks and searches with them.
    """

    vectors_: np.ndarray
    _cached_tables: tuple[str, np.ndarray, np.ndarray] | None = None

    @abstractmethod
    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (queries, keys) of `scoring`, float32, both shape (n_products, width).

        The scoring must be symmetric: ``queries @ keys.T`` equals its own transpose.
        """

    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        cached = self._cached_tables
        if cached is None or cached[0] != self.scoring:
            self._cached_tables = cached = (self.scoring, *self.tables(self.scoring))
        return cached[1], cached[2]

    def score_tables(self) -> tuple[np.ndarray, np.ndarray]:
        return self._tables()

    def clear_tables(self) -> None:
        """Discard the cached tables; to be called whenever `vectors_` changes."""
        self._cached_tables = None

    def scored_by(self, scoring: str) -> Self:
        other = super().scored_by(scoring)
        if other is not self:
            other.clear_tables()
        return other

    @property
    def vectors(self) -> np.ndarray:
        return self.vectors_

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        # Imported here, so that reading the settings of a model does not import numba.
        from core.models.kernels.pair_dots import pair_dots

        return pair_dots(*self._tables(), u, v)

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        left, right = self._tables()
        return left[queries] @ right.T


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Return `matrix` with every row scaled to length 1 (zero rows stay zero), float32."""
    lengths = row_lengths(matrix)[:, None]
    return (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


def row_lengths(matrix: np.ndarray) -> np.ndarray:
    """Return the length of every row, without the copy that `numpy.linalg.norm` makes."""
    return np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
