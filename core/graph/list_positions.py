"""Who names whom, and where in the list: what the places in lists make of a pair's weight.

A shop lists the nearest products first: what stands at place 2 belongs closer to a product than
what stands at place 80.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.product_relations import places

# A mention at this place, counted from 0, weighs half of what one at the top of the list does.
HALF = 15.0


@dataclass(frozen=True)
class Mentions:
    """The mentions of some pairs, list by list, in each the nearest first.

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

    def of(self, kept: np.ndarray) -> Mentions:
        """Return those of the pairs ``kept``, a mask, which are numbered anew."""
        rows, number = kept[self.pair], np.cumsum(kept, dtype=np.int32) - np.int32(1)
        return Mentions(number[self.pair[rows]], self.list[rows], self.weight[rows])

    def nearness(self, n_pairs: int) -> np.ndarray:
        """Return the sum of the mentions of each pair, those far down a list counting less.

        Places are counted among these mentions alone, so that a gap in a list says nothing of the
        pairs that are not here.

        Returns
        -------
        float32 array, shape (n_pairs,)
            Weight / (1 + place / 15), summed.
        """
        starts = np.flatnonzero(np.diff(self.list, prepend=-1))
        place = places(np.diff(starts, append=len(self.list)))
        weight = self.weight / (1 + place / HALF)
        return np.bincount(self.pair, weight, minlength=n_pairs).astype(np.float32)
