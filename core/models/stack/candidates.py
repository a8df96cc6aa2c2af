"""The first stage: candidate products for a query."""

from __future__ import annotations

import numpy as np

from core.models.stack.features import PairFeatures
from core.parallel import single_threaded_libraries

TOGETHER = 128  # queries whose texts are compared with all products at a time


class Candidates:
    """The union of the best products by a few scores.

    For a product with pairs: its `k` best by three-hop, its ``k / 2`` best by Adamic-Adar, and its
    training partners. For one without: the `k` most similar texts and the ``k / 2`` most popular
    products.

    Parameters
    ----------
    features : PairFeatures
        Features on the graph to search.
    k : int
    """

    def __init__(self, features: PairFeatures, k: int):
        self.graph, self.k, self.half = features.graph, k, (k + 1) // 2
        self.three_hop = features.paths["three-hop"]
        self.adamic_adar = features.paths["Adamic-Adar"]
        self.text = None if features.content is None else features.content.text
        self.popular = np.argsort(-self.graph.degree, kind="stable")[: self.half]

    def of(self, queries: np.ndarray, partners: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Return the candidates of each query, never the query itself.

        Parameters
        ----------
        queries : int array, shape (n,)
        partners : bool
            Whether training partners are candidates: in scoring they are, so that it is exact.

        Returns
        -------
        row, product : int64 arrays, shape (m,)
            `product` is a candidate of ``queries[row]``; sorted by row, then by product.
        """
        graph, degree = self.graph, self.graph.degree[queries]
        seen, new = np.flatnonzero(degree > 0), np.flatnonzero(degree == 0)
        keys = [
            self._keys(seen, self.three_hop.best(queries[seen], self.k, graph)),
            self._keys(seen, self.adamic_adar.best(queries[seen], self.half, graph)),
            self._keys(new, np.tile(self.popular, (len(new), 1))),
            self._keys(new, self._similar_texts(queries[new])),
        ]
        if partners:
            each = np.concatenate([graph.neighbours(query)[0] for query in queries])
            keys.append(self._keys(np.repeat(np.arange(len(queries)), degree), each[:, None]))
        # Faster than np.unique, which hashes.
        sorted_keys = np.sort(np.concatenate(keys))
        keys_once = sorted_keys[np.diff(sorted_keys, prepend=-1) > 0]
        row, product = np.divmod(keys_once, graph.n_products)
        other = product != queries[row]
        return row[other], product[other]

    def _keys(self, rows: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Return ``row * n_products + product`` for each product of each row that is not -1."""
        keys = rows[:, None].astype(np.int64) * self.graph.n_products + products
        return keys[products >= 0]

    def _similar_texts(self, queries: np.ndarray) -> np.ndarray:
        """Return the products with the most similar texts, -1 where nothing is similar."""
        if self.text is None or not len(queries):
            return np.empty((len(queries), 0), np.int64)
        k, parts = min(self.k, len(self.text)), []
        with single_threaded_libraries():  # or equal texts would tie differently
            for batch in np.array_split(queries, -(-len(queries) // TOGETHER)):
                cosines = self.text[batch] @ self.text.T
                best = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
                parts.append(np.where(np.take_along_axis(cosines, best, axis=1) > 0, best, -1))
        return np.concatenate(parts)
