"""Associated products: exact log-likelihood ratios (Dunning) of their co-occurrence.

For two products, with k11 groups (baskets, customers) that hold both, k12 and k21 that hold only
one and k22 that hold neither, the statistic is ``G2 = 2 * sum(k * log(k * N / (row * column)))``
(Dunning 1993, "Accurate methods for the statistics of surprise and coincidence", section 4). It
measures surprise, not frequency: a product in every basket is not associated with any other.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from core.data.kernels.log_likelihood import DEFAULT_LIMITS, Incidence, Limits, strongest_partners
from core.progress import QUIET, Progress

_BLOCK = 4096  # products per compiled call; progress is reported between calls


def associations(
    group: np.ndarray,
    item: np.ndarray,
    n_items: int,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = QUIET,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the most strongly associated partners of every item, as (source, target).

    Parameters
    ----------
    group, item : int arrays, same length
        Row i states that item ``item[i]`` is in group ``group[i]``; duplicates count once. The
        number of groups is the number of distinct values.
    n_items : int
        Items are ``0 .. n_items - 1``.
    limits : Limits, optional
        Thresholds for the partners of an item.

    Returns
    -------
    source, target : int32 arrays
        By source, the strongest target first.
    """
    present = np.bincount(group) > 0
    n_groups = int(present.sum())
    group = (np.cumsum(present) - 1)[group]
    holds = sp.coo_array((np.ones(len(item), np.int8), (group, item)), shape=(n_groups, n_items))
    by_group = holds.astype(bool).tocsr()  # sums the repeats
    by_item = by_group.tocsc()
    incidence = Incidence(
        by_group.indptr.astype(np.int64),
        by_group.indices,
        by_item.indptr.astype(np.int64),
        by_item.indices,
    )
    limits = Limits(limits.top, limits.min_together, float(limits.min_score))
    blocks = []
    for begin in range(0, n_items, _BLOCK):
        end = min(begin + _BLOCK, n_items)
        blocks.append(strongest_partners(begin, end, incidence, limits))
        progress.advance(end)
    partners = np.concatenate(blocks) if blocks else np.empty((0, limits.top), np.int32)
    source, position = np.nonzero(partners >= 0)
    return source.astype(np.int32), partners[source, position]
