"""Eigenvectors of the normalised adjacency: the best product embedding that needs no sampling."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import scipy.sparse as sp

from core.config import UserError
from core.graph.product_graph import ProductGraph
from core.graph.split import Split
from core.models.base import Monitor, VectorModel
from core.models.spectral_settings import SpectralSettings
from core.progress import QUIET, Progress

# More columns than are wanted, so that the last wanted ones settle, too.
EXTRA = 16
# Degree of the polynomial that one round applies.
FILTER_DEGREE = 10


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

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
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
        values, found = largest_eigenvectors(matrix, settings.dim, settings.rounds, rng, progress)
        values, found = values[values > 0], found[:, values > 0]
        self.eigenvalues_ = values / values[0]
        self.vectors_ = np.zeros((split.n_products, len(values)), np.float32)
        self.vectors_[seen] = found * self.eigenvalues_ ** (settings.power / 2)
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
    strength = graph.strength if weighted else graph.degree.astype(float)
    scale = sp.diags_array(np.where(strength > 0, strength, 1.0) ** -exponent)
    adjacency = graph.adjacency if weighted else graph.adjacency.sign()
    return (scale @ adjacency @ scale).tocsr().astype(np.float32)


def largest_eigenvectors(
    matrix: sp.csr_array, k: int, rounds: int, rng: np.random.Generator, progress: Progress = QUIET
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` algebraically largest eigenvalues of a symmetric matrix and their vectors.

    A block of random vectors goes through a Chebyshev polynomial of the matrix that is small on
    the unwanted part of the spectrum and grows fast beyond it; what is left is spanned by the
    wanted eigenvectors, and the matrix restricted to it is solved exactly (Zhou, Saad, Tiago and
    Chelikowsky, J. Comput. Phys. 219, 2006). A Lanczos method would spend most of its time
    on keeping hundreds of vectors orthogonal one by one. Small matrices are solved directly.

    Parameters
    ----------
    matrix : float32 csr_array, shape (n, n)
    k : int
    rounds : int
        Times the polynomial is applied; more settle the last vectors better.
    rng : numpy.random.Generator
    progress : Progress

    Returns
    -------
    values : float64 array, shape (min(k, n),)
        Largest first.
    vectors : float32 array, shape (n, min(k, n))
        Of length 1; the entry of largest size is positive.
    """
    n = matrix.shape[0]
    width = k + EXTRA
    if n <= 2 * width:
        values, vectors = np.linalg.eigh(matrix.toarray().astype(np.float64))
        return values[::-1][:k], _fix_signs(vectors[:, ::-1][:, :k].astype(np.float32))
    # No eigenvalue is larger in size than the largest sum of a row (Gershgorin).
    bound = float(abs(matrix).sum(axis=1).max())
    block = _orthogonal(rng.standard_normal((n, width), dtype=np.float32))
    values, block = _rayleigh_ritz(matrix, block)
    progress.stage("eigenvectors", rounds, "rounds")
    for done in range(rounds):
        block = _orthogonal(_chebyshev(matrix, block, -bound, float(values[-1])))
        values, block = _rayleigh_ritz(matrix, block)
        progress.advance(done + 1)
    return values[:k], _fix_signs(block[:, :k])


def _chebyshev(matrix, block: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return T(matrix) @ block for the Chebyshev polynomial T that is within ±1 on [low, high]."""
    middle, half = (high + low) / 2, (high - low) / 2

    def mapped(columns: np.ndarray) -> np.ndarray:
        product = matrix @ columns
        product -= np.float32(middle) * columns
        product /= np.float32(half)
        return product

    before, now = block, mapped(block)
    for _ in range(FILTER_DEGREE - 1):
        after = mapped(now)
        after *= 2
        after -= before
        before, now = now, after
    return now / np.linalg.norm(now, axis=0)


def _orthogonal(block: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the columns' span.

    By the inverse root of the Gram matrix: it is two matrix products, many times faster than a QR
    factorisation of a tall block; the second pass mends what the first leaves.
    """
    for _ in range(2):
        values, vectors = np.linalg.eigh((block.T @ block).astype(np.float64))
        values = np.maximum(values, values[-1] * 1e-7)
        block = block @ (vectors / np.sqrt(values)).astype(np.float32)
    return block


def _rayleigh_ritz(matrix, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues, largest first, and the eigenvectors of `matrix` within a span."""
    inside = (block.T @ (matrix @ block)).astype(np.float64)
    values, vectors = np.linalg.eigh((inside + inside.T) / 2)
    return values[::-1], block @ vectors[:, ::-1].astype(np.float32)


def _fix_signs(vectors: np.ndarray) -> np.ndarray:
    """Return the columns, each with the sign that makes its largest entry positive."""
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(vectors.shape[1])])
