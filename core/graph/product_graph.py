"""Weighted pairs of products and the undirected graph that they make."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Pairs:
    """Undirected product pairs as four parallel arrays of length `len(pairs)`.

    Attributes
    ----------
    u, v : int32 arrays
        Product indices with ``u < v`` (``u == v`` only for a self-pair under the study's rules).
    weight : float32 array
        Sum of the weights of all directed mentions.
    relations : uint8 array
        Bit ``1 << r`` is set if relation ``RELATIONS[r]`` mentions the pair in either direction.
    """

    u: np.ndarray
    v: np.ndarray
    weight: np.ndarray
    relations: np.ndarray

    def __len__(self) -> int:
        return len(self.u)

    def __getitem__(self, rows: slice | np.ndarray) -> Pairs:
        """Return the pairs at `rows` (a mask, a slice or an index array)."""
        return Pairs(self.u[rows], self.v[rows], self.weight[rows], self.relations[rows])

    @staticmethod
    def concatenate(first: Pairs, second: Pairs) -> Pairs:
        """Return the pairs of both, in order."""
        return Pairs(
            np.concatenate([first.u, second.u]),
            np.concatenate([first.v, second.v]),
            np.concatenate([first.weight, second.weight]),
            np.concatenate([first.relations, second.relations]),
        )

    def keys(self, n_products: int) -> np.ndarray:
        """Return one int64 per pair that identifies it: ``min * n_products + max``."""
        return pair_keys(self.u, self.v, n_products)


def pair_keys(u: np.ndarray, v: np.ndarray, n_products: int) -> np.ndarray:
    """Return the same int64 for (u, v) and (v, u): ``min * n_products + max``."""
    low = np.minimum(u, v).astype(np.int64)
    return low * n_products + np.maximum(u, v)


@dataclass(frozen=True)
class ProductGraph:
    """The undirected weighted graph of some pairs, in compressed sparse rows.

    A pair is stored in the rows of both products, a self-pair once. Rows are sorted by index.

    Attributes
    ----------
    indptr : int64 array, shape (n_products + 1,)
    indices : int32 array, shape (2 * n_pairs,)
    weights : float32 array, shape (2 * n_pairs,)
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray

    @classmethod
    def from_pairs(cls, pairs: Pairs, n_products: int) -> ProductGraph:
        """Build the graph of `pairs` over products ``0 .. n_products - 1``."""
        loop = pairs.u == pairs.v
        rows = np.concatenate([pairs.u, pairs.v[~loop]])
        columns = np.concatenate([pairs.v, pairs.u[~loop]])
        weights = np.concatenate([pairs.weight, pairs.weight[~loop]])
        matrix = sp.coo_array((weights, (rows, columns)), shape=(n_products, n_products)).tocsr()
        matrix.sort_indices()
        return cls(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
        )

    @property
    def n_products(self) -> int:
        """Number of products, with or without pairs."""
        return len(self.indptr) - 1

    @cached_property
    def degree(self) -> np.ndarray:
        """Number of neighbours of every product, int64, shape (n_products,)."""
        return np.diff(self.indptr)

    @cached_property
    def strength(self) -> np.ndarray:
        """Sum of the weights at every product, float64, shape (n_products,)."""
        # Row by row: differences of cumulative sums lose the precision of small values.
        rows = np.repeat(np.arange(self.n_products, dtype=np.int32), self.degree)
        return np.bincount(rows, self.weights, minlength=self.n_products)

    @cached_property
    def adjacency(self) -> sp.csr_array:
        """The weighted adjacency matrix, shape (n_products, n_products), sharing this memory."""
        shape = (self.n_products, self.n_products)
        return sp.csr_array((self.weights, self.indices, self.indptr), shape=shape)

    def neighbours(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        """Return indices and weights of the neighbours of `node`, both shape (degree,)."""
        row = slice(self.indptr[node], self.indptr[node + 1])
        return self.indices[row], self.weights[row]
