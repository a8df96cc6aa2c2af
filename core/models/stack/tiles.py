"""All products for a few queries, in an order in which the caches keep what is read again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Products of a tile: what is known of so many fits into the caches while all queries meet them.
WIDTH = 1024
# Tiles that are worked on at once: for fewer, threads wait for each other too long.
SEVERAL = 16


class Tiles:
    """The pairs of some queries with the products ``first .. last - 1``: some of the products with
    each query in turn, then the next products.

    Attributes
    ----------
    queries : int array, shape (n_queries,)
    first, last : int
    u, v : int32 arrays, shape (n_queries * (last - first),)
        The pairs.
    """

    def __init__(self, queries: np.ndarray, first: int, last: int):
        self.queries, self.first, self.last = queries, first, last
        self.u = self.of_rows(np.broadcast_to(np.int32(queries)[:, None], self.shape))
        every = np.arange(first, last, dtype=np.int32)
        self.v = self.of_rows(np.broadcast_to(every, self.shape))

    @classmethod
    def covering(cls, queries: np.ndarray, n_products: int) -> Iterator[Tiles]:
        """Yield tiles that together hold all products."""
        for first in range(0, n_products, SEVERAL * WIDTH):
            yield cls(queries, first, min(first + SEVERAL * WIDTH, n_products))

    @property
    def shape(self) -> tuple[int, int]:
        """How many queries and products there are."""
        return len(self.queries), self.last - self.first

    def of_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return what stands in ``rows[query, product - first]`` in the order of the tiles."""
        out = np.empty(rows.size, rows.dtype)
        for columns, part in self._parts():
            out[part].reshape(len(rows), -1)[:] = rows[:, columns]
        return out

    def to_rows(self, flat: np.ndarray, out: np.ndarray) -> None:
        """Fill `out`, of `shape`, with what stands in the order of the tiles."""
        for columns, part in self._parts():
            out[:, columns] = flat[part].reshape(len(out), -1)

    def _parts(self) -> Iterator[tuple[slice, slice]]:
        """Yield which columns a tile holds, and where it stands."""
        n_queries, n_products = self.shape
        for first in range(0, n_products, WIDTH):
            last = min(first + WIDTH, n_products)
            yield slice(first, last), slice(n_queries * first, n_queries * last)
