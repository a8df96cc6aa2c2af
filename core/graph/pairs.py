"""Directed mentions -> undirected weighted pairs (reference, section 2)."""

from __future__ import annotations

import numpy as np

from core.config import Preset
from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, Relations
from core.graph.product_graph import Pairs

_ALSO_BOUGHT = RELATIONS.index("also_bought")


def source_mask(
    catalogue: Catalogue, relations: Relations, rules: Preset = "ours", min_also_bought: int = 2
) -> np.ndarray:
    """Return the products whose mentions count, bool, shape (len(catalogue),).

    A source lists a relation and at least `min_also_bought` products under `also_bought`; under
    the study's rules it needs a title, too. Use `ReadResult.min_also_bought`.
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
) -> tuple[Catalogue, Pairs, np.ndarray]:
    """Return the products that occur in a pair, their pairs, and which of them are sources.

    Parameters
    ----------
    catalogue, relations : Catalogue, Relations
        As read; `relations` holds row numbers of `catalogue`.
    rules : {'ours', 'study'}
        The study reads ids in lower case (products whose ids differ in case only become one),
        keeps self-pairs, asks sources for a title, and orders products by id; ours keeps file
        order and drops self-pairs.
    min_also_bought : int
        See `source_mask`.

    Returns
    -------
    catalogue : Catalogue
        One row a node of the graph; its row numbers are the product indices from here on.
    pairs : Pairs
        Sorted by (u, v); the weight is the sum over all directed mentions.
    is_source : bool array, shape (len(catalogue),)
    """
    sources = source_mask(catalogue, relations, rules, min_also_bought)
    source, target, relation, weight = _mentions_of(relations, sources, rules == "study")
    node = _study_nodes(catalogue) if rules == "study" else np.arange(len(catalogue))
    kept, index = _renumber(node, source, target)
    if rules == "study":
        kept, index = _by_id(catalogue, kept, index)
    u, v = index[source], index[target]
    pairs, _ = _sum_pairs(u, v, relation, weight, len(kept))
    return catalogue.take(kept), pairs, _mark(index[np.flatnonzero(sources)], len(kept))


def build_time_pairs(
    catalogue: Catalogue, before: Relations, after: Relations, min_also_bought: int = 0
) -> tuple[Catalogue, Pairs, np.ndarray, np.ndarray]:
    """Return catalogue, pairs, which pairs are late, and which products are sources.

    A pair is late if only `after` mentions it. All others have weight and relations from `before`
    alone, so nothing about them comes from the time that is held out.

    Returns
    -------
    catalogue, pairs : Catalogue, Pairs
        As of `build_pairs` under our rules, over both times.
    late : bool array, shape (len(pairs),)
    is_source : bool array, shape (len(catalogue),)
        Sources of either time.
    """
    times = []
    sources = np.zeros(len(catalogue), bool)
    for relations in (before, after):
        of_time = source_mask(catalogue, relations, "ours", min_also_bought)
        times.append(_mentions_of(relations, of_time))
        sources |= of_time
    ends = [np.concatenate([first[i], second[i]]) for i in (0, 1) for first, second in [times]]
    kept, index = _renumber(np.arange(len(catalogue)), *ends)
    parts = [
        _sum_pairs(index[source], index[target], relation, weight, len(kept))
        for source, target, relation, weight in times
    ]
    (early, early_keys), (later, later_keys) = parts
    fresh = ~np.isin(later_keys, early_keys, assume_unique=True)
    pairs = Pairs.concatenate(early, later[fresh])
    order = np.argsort(np.concatenate([early_keys, later_keys[fresh]]))
    late = (np.arange(len(pairs)) >= len(early))[order]
    return (
        catalogue.take(kept),
        pairs[order],
        late,
        _mark(index[np.flatnonzero(sources)], len(kept)),
    )


def _mentions_of(
    relations: Relations, sources: np.ndarray, self_pairs: bool = False
) -> tuple[np.ndarray, ...]:
    """Return source, target, relation and weight of the mentions by `sources`."""
    counted = sources[relations.source]
    if not self_pairs:
        counted &= relations.source != relations.target
    arrays = (relations.source, relations.target, relations.relation, relations.weight)
    return tuple(array[counted] for array in arrays)


def _study_nodes(catalogue: Catalogue) -> np.ndarray:
    """Return for every product the first row whose id is the same in lower case."""
    ids = catalogue.frame["id"].str.lower().to_numpy()
    _, first, group = np.unique(ids, return_index=True, return_inverse=True)
    return first[group]


def _renumber(node, source, target) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that occur, and for every row its new index (-1 where it does not)."""
    occurs = np.zeros(len(node), bool)
    occurs[node[source]] = occurs[node[target]] = True
    kept = np.flatnonzero(occurs)
    index = np.full(len(node), -1, np.int32)
    index[kept] = np.arange(len(kept))
    return kept, index[node]


def _by_id(catalogue: Catalogue, kept, index) -> tuple[np.ndarray, np.ndarray]:
    """Return `kept` in the order of the ids in lower case, and `index` to match."""
    order = catalogue.frame["id"].iloc[kept].str.lower().to_numpy().argsort(kind="stable")
    rank = np.empty(len(kept) + 1, np.int32)
    rank[order] = np.arange(len(kept))
    rank[-1] = -1  # stays "does not occur"
    return kept[order], rank[index]


def _sum_pairs(u, v, relation, weight, n_products: int) -> tuple[Pairs, np.ndarray]:
    """Return the distinct undirected pairs, sorted, and their keys."""
    keys = np.minimum(u, v).astype(np.int64)
    keys *= n_products
    keys += np.maximum(u, v)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    keys = keys[first]
    if not len(first):  # reduceat refuses to sum nothing
        empty = np.empty(0, np.int32)
        return Pairs(empty, empty, empty.astype(np.float32), empty.astype(np.uint8)), keys
    bits = np.left_shift(np.uint8(1), relation, dtype=np.uint8)[order]
    pairs = Pairs(
        (keys // n_products).astype(np.int32),
        (keys % n_products).astype(np.int32),
        np.add.reduceat(weight[order], first, dtype=np.float64).astype(np.float32),
        np.bitwise_or.reduceat(bits, first),
    )
    return pairs, keys


def _mark(rows: np.ndarray, n: int) -> np.ndarray:
    mask = np.zeros(n, bool)
    mask[rows[rows >= 0]] = True
    return mask
