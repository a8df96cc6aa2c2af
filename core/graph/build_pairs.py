"""Directed mentions -> undirected weighted pairs, by the study's rules or ours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.config import Preset
from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations
from core.graph.product_graph import Pairs, pair_keys

_ALSO_BOUGHT = RELATIONS.index("also_bought")


class BuiltPairs(NamedTuple):
    """The products that occur in a pair, and their pairs.

    Attributes
    ----------
    catalogue : Catalogue
        One row per node of the graph; its row numbers are the product indices from here on.
    pairs : Pairs
        Sorted by (u, v); the weight is the sum over all directed mentions.
    lists_relations : bool array, shape (len(catalogue),)
    """

    catalogue: Catalogue
    pairs: Pairs
    lists_relations: np.ndarray


class BuiltTimePairs(NamedTuple):
    """The pairs of an earlier and a later time, and which of them are late.

    A pair is late if only the later relations mention it. All others have weight and relations
    from the earlier ones alone, so they contain nothing from the time that is held out.

    Attributes
    ----------
    catalogue, pairs : Catalogue, Pairs
        As in `BuiltPairs` under our rules, over both times.
    late : bool array, shape (len(pairs),)
    lists_relations : bool array, shape (len(catalogue),)
        Sources of either time.
    """

    catalogue: Catalogue
    pairs: Pairs
    late: np.ndarray
    lists_relations: np.ndarray


def source_mask(
    catalogue: Catalogue, relations: Relations, rules: Preset = "ours", min_also_bought: int = 2
) -> np.ndarray:
    """Return the products whose mentions count, bool, shape (len(catalogue),).

    A source mentions at least one product, and at least `min_also_bought` under `also_bought`;
    under the study's rules it has a title, too. Use `ReadResult.min_also_bought`.
    """
    n = len(catalogue)
    sources = np.bincount(relations.source, minlength=n) > 0
    if min_also_bought:
        also_bought = relations.source[relations.relation == _ALSO_BOUGHT]
        sources &= np.bincount(also_bought, minlength=n) >= min_also_bought
    if rules == "study":
        sources &= (catalogue.frame["title"] != "").to_numpy()
    return sources


def build_pairs(
    catalogue: Catalogue, relations: Relations, rules: Preset = "ours", min_also_bought: int = 2
) -> BuiltPairs:
    """Sum the directed mentions of sources to undirected pairs.

    Parameters
    ----------
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.
    rules : {'ours', 'study'}
        The study lower-cases ids (merging products whose ids differ only by case), includes
        self-pairs, requires a title of sources, and orders products by id; our rules use file
        order and drop self-pairs.
    min_also_bought : int
        See `source_mask`.
    """
    sources = source_mask(catalogue, relations, rules, min_also_bought)
    mentions = _mentions_of(relations, sources, self_pairs=rules == "study")
    node = _study_nodes(catalogue) if rules == "study" else np.arange(len(catalogue))
    rows, index = _renumber(node, [mentions])
    if rules == "study":
        rows, index = _order_by_id(catalogue, rows, index)
    pairs, _ = _sum_pairs(mentions, index, len(rows))
    return BuiltPairs(
        catalogue.take(rows), pairs, _mask_of(index[np.flatnonzero(sources)], len(rows))
    )


def build_time_pairs(
    catalogue: Catalogue, before: Relations, after: Relations, min_also_bought: int = 0
) -> BuiltTimePairs:
    """Sum the mentions before and after a date to pairs under our rules (see `BuiltTimePairs`)."""
    mentions: list[Relations] = []
    sources = np.zeros(len(catalogue), bool)
    for relations in (before, after):
        of_time = source_mask(catalogue, relations, "ours", min_also_bought)
        mentions.append(_mentions_of(relations, of_time))
        sources |= of_time
    rows, index = _renumber(np.arange(len(catalogue)), mentions)
    early, early_keys = _sum_pairs(mentions[0], index, len(rows))
    later, later_keys = _sum_pairs(mentions[1], index, len(rows))
    new = ~np.isin(later_keys, early_keys, assume_unique=True)
    pairs = Pairs.concatenate(early, later[new])
    order = np.argsort(np.concatenate([early_keys, later_keys[new]]))
    late = (np.arange(len(pairs)) >= len(early))[order]
    lists_relations = _mask_of(index[np.flatnonzero(sources)], len(rows))
    return BuiltTimePairs(catalogue.take(rows), pairs[order], late, lists_relations)


def _mentions_of(relations: Relations, sources: np.ndarray, self_pairs: bool = False) -> Relations:
    """Return the mentions by `sources` (a mask)."""
    counted = sources[relations.source]
    if not self_pairs:
        counted &= relations.source != relations.target
    return relations[counted]


def _study_nodes(catalogue: Catalogue) -> np.ndarray:
    """Return, for every product, the first row with the same id in lower case."""
    ids = catalogue.frame["id"].str.lower().to_numpy()
    _, first, group = np.unique(ids, return_index=True, return_inverse=True)
    return first[group]


def _renumber(node: np.ndarray, mentions: list[Relations]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that occur in a mention, and the new index of every row (-1 if in none).

    ``node[row]`` is the row that `row` is merged into.
    """
    occurs = np.zeros(len(node), bool)
    for part in mentions:
        occurs[node[part.source]] = occurs[node[part.target]] = True
    rows = np.flatnonzero(occurs)
    index = np.full(len(node), -1, np.int32)
    index[rows] = np.arange(len(rows))
    return rows, index[node]


def _order_by_id(
    catalogue: Catalogue, rows: np.ndarray, index: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return `rows` in the order of their ids in lower case, and `index` to match."""
    order = catalogue.frame["id"].iloc[rows].str.lower().to_numpy().argsort(kind="stable")
    rank = np.empty(len(rows) + 1, np.int32)
    rank[order] = np.arange(len(rows))
    rank[-1] = -1  # an index of -1 stays -1
    return rows[order], rank[index]


def _sum_pairs(mentions: Relations, index: np.ndarray, n_products: int) -> tuple[Pairs, np.ndarray]:
    """Return the distinct undirected pairs of `mentions`, sorted, and their keys.

    `index` holds the product index of every row of the catalogue.
    """
    keys = pair_keys(index[mentions.source], index[mentions.target], n_products)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    keys = keys[first]
    if not len(first):  # reduceat fails on empty arrays
        empty = np.empty(0, np.int32)
        return Pairs(empty, empty, empty.astype(np.float32), empty.astype(np.uint8)), keys
    bits = np.left_shift(np.uint8(1), mentions.relation, dtype=np.uint8)[order]
    pairs = Pairs(
        (keys // n_products).astype(np.int32),
        (keys % n_products).astype(np.int32),
        np.add.reduceat(mentions.weight[order], first, dtype=np.float64).astype(np.float32),
        np.bitwise_or.reduceat(bits, first),
    )
    return pairs, keys


def _mask_of(rows: np.ndarray, n: int) -> np.ndarray:
    """Return a mask of `n` products that is True at `rows` (-1 is none)."""
    mask = np.zeros(n, bool)
    mask[rows[rows >= 0]] = True
    return mask
