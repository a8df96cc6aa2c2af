"""How near two products' ids stand: shops number products as they list them.

Variants of one product, a brand's range and what came out in the same season have ids that follow
each other, and this is known of products of which nothing else is. Ids that mean nothing (hashes)
make a feature that the trees leave alone.
"""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd

from core.graph.product_graph import ProductGraph
from core.graph.split import Split
from core.threads import in_chunks

CHUNK = 1 << 14
# How far apart two ids count that have nothing to be compared with.
FAR_APART = np.iinfo(np.int32).max


class IdGaps:
    """Gaps between the places of products in the order of their ids.

    Parameters
    ----------
    place : int32 array, shape (n_products,)
        See `id_places`.
    graph : ProductGraph
        The training graph: a product is also as near as its neighbours are.
    """

    def __init__(self, place: np.ndarray, graph: ProductGraph):
        self.place, self.indptr = place, graph.indptr
        rows = np.repeat(np.arange(graph.n_products), np.diff(graph.indptr))
        around = place[graph.indices]
        self.around = around[np.lexsort((around, rows))]

    def pairs(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return logarithms of the gaps of the pairs (u[i], v[i]).

        Returns
        -------
        own : float32 array, shape (n,)
            ``log(1 + gap)`` between the two.
        from_u, from_v : float32 arrays, shape (n, 2)
            Between v and the nearest two neighbours of u, itself not counted; between u and those
            of v.
        """
        u, v = np.asarray(u), np.asarray(v)
        own = np.empty(len(u), np.float32)
        sides = np.empty((2, len(u), 2), np.float32)
        arrays = (self.place, self.indptr, self.around, u, v, own, sides)
        in_chunks(
            lambda first, last: _gaps(*arrays, first, last),
            len(u),
            CHUNK,
            numba.get_num_threads(),
        )
        return own, sides[0], sides[1]


def id_places(split: Split) -> np.ndarray:
    """Return each product's place in the order of ids, int32, shape (n_products,).

    Shorter ids come first, so that numbers are in the order of their size; without a catalogue
    the products' indices count.
    """
    if split.catalogue is None:
        return np.arange(split.n_products, dtype=np.int32)
    # Not as an array of texts: each of those takes the space of the longest.
    ids = split.catalogue.frame["id"].astype(str)
    order = np.lexsort((pd.factorize(ids, sort=True)[0], ids.str.len()))
    place = np.empty(len(ids), np.int32)
    place[order] = np.arange(len(ids), dtype=np.int32)
    return place


@numba.njit(cache=True, nogil=True)
def _nearest(around, first, last, place, out):
    """Write the smallest two logarithms of gaps between `place` and ``around[first:last]``."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if around[middle] < place:
            low = middle + 1
        else:
            high = middle
    left, right = low - 1, low
    for i in range(2):
        # The product itself is no neighbour of itself.
        while right < last and around[right] == place:
            right += 1
        below = place - around[left] if left >= first else FAR_APART
        above = around[right] - place if right < last else FAR_APART
        if below <= above:
            out[i] = np.log1p(np.float32(below))
            left -= 1
        else:
            out[i] = np.log1p(np.float32(above))
            right += 1


@numba.njit(cache=True, nogil=True)
def _gaps(place, indptr, around, u, v, own, sides, first, last):
    for i in range(first, last):
        left, right = u[i], v[i]
        own[i] = np.log1p(np.float32(abs(place[left] - place[right])))
        _nearest(around, indptr[left], indptr[left + 1], place[right], sides[0, i])
        _nearest(around, indptr[right], indptr[right + 1], place[left], sides[1, i])
