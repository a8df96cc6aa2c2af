"""How near two products are by where they stand in each other's lists, not only that they do.

A shop lists the nearest products first: what stands at place 2 belongs closer to a product than
what stands at place 80.
"""

from __future__ import annotations

import numpy as np

from core.data.catalogue import Catalogue
from core.data.relations import RELATIONS, Relations, places
from core.graph.product_graph import pair_keys
from core.graph.split import Split

# A mention at this place, counted from 0, weighs half of what one at the top of the list does.
HALF = 15.0


def training_nearness(split: Split, catalogue: Catalogue, relations: Relations) -> np.ndarray:
    """Return the sum of the mentions of every training pair, those far down a list counting less.

    Places are counted among the mentions of training pairs alone, so that a gap in a list says
    nothing about what is held out.

    Parameters
    ----------
    split : Split
        Made from these by our rules.
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.

    Returns
    -------
    float32 array, shape (len(split.train),)
        Weight / (1 + place / 15), summed.
    """
    train, n = split.train, split.n_products
    index = np.full(len(catalogue), -1, np.int32)
    index[catalogue.index_of[split.catalogue.frame["id"]].to_numpy()] = np.arange(n)
    source, target = index[relations.source], index[relations.target]
    counted = np.flatnonzero((source >= 0) & (target >= 0) & (source != target))
    counted = counted[split.is_source[source[counted]]]
    keys, sorted_keys = pair_keys(source[counted], target[counted], n), train.keys(n)
    pair = np.searchsorted(sorted_keys, keys)
    found = sorted_keys[np.minimum(pair, len(sorted_keys) - 1)] == keys
    counted, pair = counted[found], pair[found]
    lists = relations.source[counted].astype(np.int64) * len(RELATIONS)
    lists += relations.relation[counted]
    place = _places_among(lists, relations.place[counted])
    weight = relations.weight[counted] / (1 + place / HALF)
    return np.bincount(pair, weight, minlength=len(train)).astype(np.float32)


def _places_among(lists: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the places, from 0, that the members of each list take when the others are gone."""
    order = np.lexsort((place, lists))
    _, sizes = np.unique(lists[order], return_counts=True)
    found = np.empty(len(lists), np.int64)
    found[order] = places(sizes)
    return found
