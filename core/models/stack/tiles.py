"""All products for a few queries, in an order in which the caches keep what is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

# Products of a tile: what is known of so many fits into the caches while all queries meet them.
WIDTH = 1024
# Tiles that a matrix product is taken of at once: for fewer, threads wait for each other too long.
SEVERAL = 16


class Tiles:
    """The pairs of some queries with every product: some products with each query in turn, then
    the next products.

    Attributes
    ----------
    queries : int array, shape (n_queries,)
    u, v : int32 arrays, shape (n_queries * n_products,)
        The pairs.
    """

    def __init__(self, queries: np.ndarray, n_products: int):
        self.queries, self.n_products = queries, n_products
        size = len(queries) * n_products
        self.u, self.v = np.empty(size, np.int32), np.empty(size, np.int32)
        for first, last, part in self.parts():
            shape = len(queries), last - first
            self.u[part].reshape(shape)[:] = queries[:, None]
            self.v[part].reshape(shape)[:] = np.arange(first, last)

    def parts(self) -> Iterator[tuple[int, int, slice]]:
        """Yield the first product of every tile, the one after its last, and where it stands."""
        for first in range(0, self.n_products, WIDTH):
            last = min(first + WIDTH, self.n_products)
            yield first, last, slice(len(self.queries) * first, len(self.queries) * last)

    def of_rows(self, rows: np.ndarray) -> np.ndarray:
        """Return what stands in ``rows[query, product]`` in the order of the tiles."""
        out = np.empty(rows.size, rows.dtype)
        self.fill(out, lambda first, last: rows[:, first:last])
        return out

    def fill(self, out: np.ndarray, rows: Callable[[int, int], np.ndarray]) -> None:
        """Fill `out` with what `rows` returns for each query and some products, from the first to
        the one after the last."""
        n = len(self.queries)
        for begin in range(0, self.n_products, SEVERAL * WIDTH):
            end = min(begin + SEVERAL * WIDTH, self.n_products)
            some = rows(begin, end)
            for first in range(begin, end, WIDTH):
                last = min(first + WIDTH, end)
                tile = out[n * first : n * last].reshape(n, -1)
                tile[:] = some[:, first - begin : last - begin]

    def to_rows(self, flat: np.ndarray, out: np.ndarray) -> None:
        """Fill `out`, shape (n_queries, n_products), with what stands in the order of the tiles."""
        for first, last, part in self.parts():
            out[:, first:last] = flat[part].reshape(len(out), -1)
