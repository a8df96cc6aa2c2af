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
from core.parallel import in_chunks

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

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the logarithms ``log(1 + gap)`` of five gaps of the pairs (u[i], v[i]).

        Returns
        -------
        float32 array, shape (5, n)
            Between the two; between v and the nearest two neighbours of u, itself not counted;
            between u and those of v.
        """
        out = np.empty((5, len(u)), np.float32)
        arrays = (self.place, self.indptr, self.around, np.asarray(u), np.asarray(v), out)

        def work(first: int, last: int) -> None:
            _gaps(*arrays, first, last)
            np.log1p(out[:, first:last], out=out[:, first:last])

        in_chunks(work, len(u), CHUNK, numba.get_num_threads())
        return out


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
def _nearest(around, first, last, place):
    """Return the smallest two gaps between `place` and ``around[first:last]``."""
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        if around[middle] < place:
            low = middle + 1
        else:
            high = middle
    left, right = low - 1, low
    # The product itself is no neighbour of itself.
    if right < last and around[right] == place:
        right += 1
    below = place - around[left] if left >= first else FAR_APART
    above = around[right] - place if right < last else FAR_APART
    nearest = min(below, above)
    if below <= above:
        below = place - around[left - 1] if left > first else FAR_APART
    else:
        above = around[right + 1] - place if right + 1 < last else FAR_APART
    return nearest, min(below, above)


@numba.njit(cache=True, nogil=True)
def _gaps(place, indptr, around, u, v, out, first, last):
    for i in range(first, last):
        one, other = u[i], v[i]
        out[0, i] = abs(place[one] - place[other])
        out[1, i], out[2, i] = _nearest(around, indptr[one], indptr[one + 1], place[other])
        out[3, i], out[4, i] = _nearest(around, indptr[other], indptr[other + 1], place[one])
