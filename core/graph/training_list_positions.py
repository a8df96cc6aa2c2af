"""The mentions of the training pairs, found among the relations as they were read."""

from __future__ import annotations

import numpy as np

from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations
from core.graph.list_positions import Mentions
from core.graph.product_graph import pair_keys
from core.graph.split import Split


def training_mentions(split: Split, catalogue: Catalogue, relations: Relations) -> Mentions:
    """Return who names whom among the training pairs.

    Parameters
    ----------
    split : Split
        Made from these by our rules.
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.
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
    order = np.lexsort((relations.place[counted], lists))
    number = np.cumsum(np.diff(lists[order], prepend=-1) > 0) - 1
    weight = relations.weight[counted[order]]
    return Mentions(pair[order].astype(np.int32), number.astype(np.int32), weight)
