"""Weights of pairs by the positions at which lists of related products mention them.

A shop lists the nearest products first: the product in place 2 belongs closer than the one in
place 80.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations, places
from core.graph.product_graph import Pairs, pair_keys

# A mention at this place, counted from 0, weighs half of what one at the top of the list does.
HALF = 15.0


@dataclass(frozen=True)
class Mentions:
    """The mentions of pairs, list by list, in each the nearest first.

    Attributes
    ----------
    pair : int32 array, shape (n,)
        Row of the pair that is mentioned.
    list : int32 array, shape (n,)
        The list it stands in; not decreasing.
    weight : float32 array, shape (n,)
    """

    pair: np.ndarray
    list: np.ndarray
    weight: np.ndarray

    def of(self, mask: np.ndarray) -> Mentions:
        """Return the mentions of the pairs in `mask`, whose rows are renumbered."""
        rows, number = mask[self.pair], np.cumsum(mask, dtype=np.int32) - np.int32(1)
        return Mentions(number[self.pair[rows]], self.list[rows], self.weight[rows])

    def nearness(self, n_pairs: int) -> np.ndarray:
        """Return the weight of every pair: its mentions, discounted by their positions, summed.

        Positions are counted among these mentions alone, so that a gap in a list reveals nothing
        about the pairs that are left out.

        Returns
        -------
        float32 array, shape (n_pairs,)
            Weight / (1 + place / 15), summed.
        """
        starts = np.flatnonzero(np.diff(self.list, prepend=-1))
        place = places(np.diff(starts, append=len(self.list)))
        weight = self.weight / (1 + place / HALF)
        return np.bincount(self.pair, weight, minlength=n_pairs).astype(np.float32)


def find_mentions(
    pairs: Pairs,
    products: Catalogue,
    is_source: np.ndarray,
    catalogue: Catalogue,
    relations: Relations,
) -> Mentions:
    """Return the mentions of `pairs` in the lists of relations that they were made from.

    Parameters
    ----------
    pairs : Pairs
        Sorted by (u, v), made from `relations` by our rules: the training pairs.
    products : Catalogue
        The products that the indices of `pairs` stand for.
    is_source : bool array, shape (len(products),)
        The products whose lists count.
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.
    """
    n = len(products)
    index = np.full(len(catalogue), -1, np.int32)
    index[catalogue.index_of[products.frame["id"]].to_numpy()] = np.arange(n)
    source, target = index[relations.source], index[relations.target]
    counted = np.flatnonzero((source >= 0) & (target >= 0) & (source != target))
    counted = counted[is_source[source[counted]]]
    keys, sorted_keys = pair_keys(source[counted], target[counted], n), pairs.keys(n)
    pair = np.searchsorted(sorted_keys, keys)
    present = sorted_keys[np.minimum(pair, len(sorted_keys) - 1)] == keys
    counted, pair = counted[present], pair[present]
    lists = relations.source[counted].astype(np.int64) * len(RELATIONS)
    lists += relations.relation[counted]
    order = np.lexsort((relations.place[counted], lists))
    number = np.cumsum(np.diff(lists[order], prepend=-1) > 0) - 1
    weight = relations.weight[counted[order]]
    return Mentions(pair[order].astype(np.int32), number.astype(np.int32), weight)
