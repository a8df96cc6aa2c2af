"""Eigenvectors of the normalised adjacency matrix as product vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from core.config import Settings, UserError
from core.graph.split import Split
from core.models.base import Monitor
from core.models.cost import Cost
from core.models.inner_product_model import InnerProductModel
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    import scipy.sparse as sp

    from core.graph.product_graph import ProductGraph


class SpectralSettings(Settings):
    """Settings of the spectral embedding."""

    dim: int = Field(512, ge=1, le=2048, description="Dimension of the product vectors")
    exponent: float = Field(
        0.4,
        ge=0,
        le=1,
        description="a in D^-a A D^-a, the penalty on popular products",
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts as 1")
    power: float = Field(
        3.0,
        ge=0,
        le=10,
        description="k: length of the walks that the score approximates",
    )
    rounds: int = Field(
        3, ge=1, le=50, description="Iterations of the eigensolver; more are more accurate"
    )


class Spectral(InnerProductModel):
    """score(u, v) = Σ λ^k x[u] x[v] over the largest eigenvalues λ of N = D^-a A D^-a.

    The x are the eigenvectors of the largest positive eigenvalues; the setting `power` is k. With
    k = 1 it is the best approximation of N of this rank by a positive semidefinite matrix.
    Negative eigenvalues are left out: the graph is nearly bipartite, with sources on one side and
    targets on the other, and these eigenvectors separate the two sides.

    Attributes
    ----------
    vectors_ : float32 array, shape (n_products, <= dim)
        Eigenvectors times λ^(k/2), largest eigenvalue first, zeros for unseen products. The
        largest entry of an eigenvector is positive.
    eigenvalues_ : float64 array, shape (<= dim,)
        Divided by the largest one.
    """

    Settings = SpectralSettings
    settings: SpectralSettings
    scorings = ("dot",)
    fits_on_development = False

    def cost(self, products: int, pairs: int) -> Cost:
        return Cost.of_vectors(products, self.settings.dim, pairs)

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        from core.models.kernels.eigenvectors import largest_eigenvectors

        settings = self.settings
        seen = np.flatnonzero(split.seen)
        if len(seen) == 0:
            raise UserError(
                "There is no training pair to learn from: prepare the data set from a file with "
                "more relations."
            )
        matrix = normalised_adjacency(split.graph, settings.exponent, settings.weighted)
        matrix = matrix[seen][:, seen]
        rng = np.random.default_rng(self.seed)
        values, vectors = largest_eigenvectors(
            matrix, settings.dim, settings.rounds, rng, progress, self.workers
        )
        n_positive = int((values > 0).sum())  # the largest come first
        self.eigenvalues_ = values[:n_positive] / values[0]
        vectors = vectors[:, :n_positive]
        # In place: multiplying by float64 would double the memory.
        vectors *= (self.eigenvalues_ ** (settings.power / 2)).astype(np.float32)
        self.vectors_ = np.zeros((split.n_products, n_positive), np.float32)
        self.vectors_[seen] = vectors
        self.clear_tables()
        return self

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        return self.vectors_, self.vectors_

    def save(self, folder: Path) -> None:
        np.save(folder / "vectors.npy", self.vectors_, allow_pickle=False)
        np.save(folder / "eigenvalues.npy", self.eigenvalues_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.vectors_ = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        self.eigenvalues_ = np.load(folder / "eigenvalues.npy", allow_pickle=False)
        self.clear_tables()
        return self


def normalised_adjacency(
    graph: ProductGraph, exponent: float = 0.5, weighted: bool = True
) -> sp.csr_array:
    """Return N = D^-a A D^-a as float32, a = `exponent`, D the products' summed weights.

    With ``weighted=False`` every pair counts as 1.
    """
    import scipy.sparse as sp

    strength = graph.strength if weighted else graph.degree.astype(float)
    scale = sp.diags_array(np.where(strength > 0, strength, 1.0) ** -exponent)
    adjacency = graph.adjacency if weighted else graph.adjacency.sign()
    return (scale @ adjacency @ scale).tocsr().astype(np.float32)
