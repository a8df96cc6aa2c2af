"""The true pairs of a product: training pairs and held-out pairs."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from core.data.product_relations import RELATIONS
from core.graph.product_graph import Pairs
from core.graph.split import Split

TRAINING, HELD_OUT, NONE = "training pair", "held-out pair", "none"


def relation_names(bits: int) -> list[str]:
    """Return the names of the relations whose bits are set."""
    return [name for bit, name in enumerate(RELATIONS) if bits >> bit & 1]


class TruePairs:
    """The true pairs of a split, indexed by product.

    Building it sorts all pairs once; a look-up then reads one row.
    """

    def __init__(self, split: Split) -> None:
        self.n_training = len(split.train)
        pairs = Pairs.concatenate(split.train, split.test)
        self.relations = pairs.relations
        loop = pairs.u == pairs.v
        rows = np.arange(len(pairs), dtype=np.int32)
        u, v = np.concatenate([pairs.u, pairs.v[~loop]]), np.concatenate([pairs.v, pairs.u[~loop]])
        shape = (split.n_products, split.n_products)
        self.rows = sp.coo_array((np.concatenate([rows, rows[~loop]]), (u, v)), shape=shape).tocsr()

    def of(self, product: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the true neighbours of `product`.

        Returns
        -------
        products : int array, shape (n,)
        is_training : bool array, shape (n,)
        relations : uint8 array, shape (n,)
            Bits in the order of `core.data.product_relations.RELATIONS`.
        """
        part = slice(self.rows.indptr[product], self.rows.indptr[product + 1])
        pair = self.rows.data[part]
        return self.rows.indices[part], pair < self.n_training, self.relations[pair]

    def named(
        self, product: int, among: np.ndarray | None = None
    ) -> dict[int, tuple[str, list[str]]]:
        """Return kind of pair and names of relations for the true neighbours of `product`.

        Restricted to the products in `among`, if given.
        """
        others, training, relations = self.of(product)
        if among is not None:
            chosen = np.isin(others, among)
            others, training, relations = others[chosen], training[chosen], relations[chosen]
        return {
            int(other): (TRAINING if seen else HELD_OUT, relation_names(int(bits)))
            for other, seen, bits in zip(others, training, relations)
        }
