"""Eigenvectors of the normalised adjacency: the best product embedding that needs no sampling."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from core.config import Settings, UserError
from core.graph.split import Split
from core.models.base import Cost, Monitor, VectorModel
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    import scipy.sparse as sp

    from core.graph.product_graph import ProductGraph


class SpectralSettings(Settings):
    """Settings of the spectral embedding."""

    dim: int = Field(512, ge=1, le=2048, description="Numbers in a product's vector")
    exponent: float = Field(
        0.4, ge=0, le=1, description="a in D^-a A D^-a: how much popular products are held back"
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts 1")
    power: float = Field(
        3.0, ge=0, le=10, description="k: the score stands for walks of so many steps"
    )
    rounds: int = Field(3, ge=1, le=50, description="Passes that sharpen the eigenvectors")


class Spectral(VectorModel):
    """score(u, v) = Σ λ^k x[u] x[v] over the largest eigenvalues λ of N = D^-a A D^-a.

    The eigenvectors x with the largest positive eigenvalues, with k = 1 the closest
    approximation of N by so many of them; the setting `power` is k. Only positive eigenvalues
    count: the negative ones say who is a source rather than what goes together, since the graph
    is nearly one of sources on one side and targets on the other.

    Attributes
    ----------
    vectors_ : float32 array, shape (n_products, <= dim)
        Eigenvectors times λ^(k/2), largest eigenvalue first, zeros for unseen products. The
        largest entry of an eigenvector is positive.
    eigenvalues_ : float64 array, shape (<= dim,)
        Divided by the largest one.
    """

    Settings = SpectralSettings
    scorings = ("dot",)
    learns = False

    @classmethod
    def cost(cls, settings: SpectralSettings, products: int, pairs: int) -> Cost:
        return Cost.of_vectors(products, settings.dim, pairs)

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
        values, found = largest_eigenvectors(
            matrix, settings.dim, settings.rounds, rng, progress, self.workers
        )
        n_positive = int((values > 0).sum())  # the largest come first
        self.eigenvalues_ = values[:n_positive] / values[0]
        found = found[:, :n_positive]
        # In place: a product with float64 would be of twice the size.
        found *= (self.eigenvalues_ ** (settings.power / 2)).astype(np.float32)
        self.vectors_ = np.zeros((split.n_products, n_positive), np.float32)
        self.vectors_[seen] = found
        self.forget_tables()
        return self

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        return self.vectors_, self.vectors_

    def save(self, folder: Path) -> None:
        np.save(folder / "vectors.npy", self.vectors_, allow_pickle=False)
        np.save(folder / "eigenvalues.npy", self.eigenvalues_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.vectors_ = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
        self.eigenvalues_ = np.load(folder / "eigenvalues.npy", allow_pickle=False)
        self.forget_tables()
        return self


def normalised_adjacency(
    graph: ProductGraph, exponent: float = 0.5, weighted: bool = True
) -> sp.csr_array:
    """Return N = D^-a A D^-a as float32, a = `exponent`, D the products' summed weights.

    With ``weighted=False`` every pair counts 1.
    """
    import scipy.sparse as sp

    strength = graph.strength if weighted else graph.degree.astype(float)
    scale = sp.diags_array(np.where(strength > 0, strength, 1.0) ** -exponent)
    adjacency = graph.adjacency if weighted else graph.adjacency.sign()
    return (scale @ adjacency @ scale).tocsr().astype(np.float32)
