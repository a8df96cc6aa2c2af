"""Weights of pairs by the positions at which lists of related products mention them.

Shops list the closest products first: position 2 indicates a stronger relation than position 80.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations, places
from core.graph.product_graph import Pairs, pair_keys

# Position, counted from 0, at which a mention has half the weight of one at the top of the list.
HALF_WEIGHT_POSITION = 15.0


@dataclass(frozen=True)
class Mentions:
    """Mentions of pairs, grouped by list, in the order of the list.

    Attributes
    ----------
    pair : int32 array, shape (n,)
        Row of the mentioned pair.
    list : int32 array, shape (n,)
        Number of the list; not decreasing.
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
        """Return the weight of every pair: the sum of its mentions, discounted by position.

        Positions are counted among these mentions only, so that no gap reveals where a pair was
        left out.

        Returns
        -------
        float32 array, shape (n_pairs,)
            The sum of weight / (1 + position / 15).
        """
        starts = np.flatnonzero(np.diff(self.list, prepend=-1))
        place = places(np.diff(starts, append=len(self.list)))
        weight = self.weight / (1 + place / HALF_WEIGHT_POSITION)
        return np.bincount(self.pair, weight, minlength=n_pairs).astype(np.float32)


def find_mentions(
    pairs: Pairs,
    products: Catalogue,
    lists_relations: np.ndarray,
    catalogue: Catalogue,
    relations: Relations,
) -> Mentions:
    """Return the mentions of `pairs` in the ordered lists of `relations`.

    Parameters
    ----------
    pairs : Pairs
        Sorted by (u, v), made from `relations` by our rules: the training pairs.
    products : Catalogue
        The products that the indices of `pairs` stand for.
    lists_relations : bool array, shape (len(products),)
        The products whose lists count.
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.
    """
    n = len(products)
    index = np.full(len(catalogue), -1, np.int32)
    index[catalogue.index_of[products.frame["id"]].to_numpy()] = np.arange(n)
    source, target = index[relations.source], index[relations.target]
    counted = np.flatnonzero((source >= 0) & (target >= 0) & (source != target))
    counted = counted[lists_relations[source[counted]]]
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
