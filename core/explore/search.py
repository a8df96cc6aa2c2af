"""Find products by words of their title, brand, category or id, as the words are typed."""

from __future__ import annotations

import re

import numpy as np

from core.data.catalogue import CATEGORY_LEVELS, Catalogue

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the words of `text` in lower case."""
    return _WORD.findall(text.lower())


class ProductSearch:
    """An inverted index over the catalogue; every query word matches as the start of a word.

    Parameters
    ----------
    catalogue : Catalogue
    popularity : int array, shape (n_products,)
        Orders equally good matches, for instance the training degree.
    """

    def __init__(self, catalogue: Catalogue, popularity: np.ndarray):
        frame = catalogue.frame
        self.ids = frame["id"].to_numpy(dtype=object)
        self.titles = frame["title"].to_numpy(dtype=object)
        self.popularity = popularity
        number: dict[str, int] = {}
        found_words: list[int] = []
        found_products: list[int] = []
        columns = [frame[name].tolist() for name in ("title", "brand", *CATEGORY_LEVELS, "id")]
        for product, texts in enumerate(zip(*columns)):
            for word in set(_WORD.findall(" ".join(texts).lower())):
                found_words.append(number.setdefault(word, len(number)))
                found_products.append(product)
        self.vocabulary = np.array(sorted(number), dtype=object)
        rank = np.empty(len(number), np.int64)
        rank[[number[word] for word in self.vocabulary]] = np.arange(len(number))
        order = np.argsort(rank[np.array(found_words, np.int64)], kind="stable")
        self.products = np.array(found_products, np.int32)[order]
        counts = np.bincount(np.array(found_words, np.int64), minlength=len(number))
        self.starts = np.concatenate([[0], np.cumsum(counts[[number[w] for w in self.vocabulary]])])
        self.starts = self.starts.astype(np.int64)
        self._by_id = {str(name).lower(): i for i, name in enumerate(self.ids)}

    def find(self, query: str, limit: int = 20) -> np.ndarray:
        """Return the products that match every word of `query`, best first.

        An exact id comes first; then titles that begin with the query; then the more popular.

        Returns
        -------
        int64 array, shape (<= limit,)
        """
        exact = self._by_id.get(query.strip().lower())
        words = words_of(query)
        if not words:
            return np.empty(0, np.int64) if exact is None else np.array([exact])
        matching = None
        for word in words:
            products = self._starting_with(word)
            matching = products if matching is None else np.intersect1d(matching, products)
            if len(matching) == 0:
                break
        start = query.strip().lower()
        # Only the popular ones are looked at closely: a one-letter query matches nearly all.
        top = matching[np.argsort(-self.popularity[matching], kind="stable")[: max(limit, 1000)]]
        begins = np.array([not self.titles[p].lower().startswith(start) for p in top], bool)
        ordered = top[np.argsort(begins, kind="stable")].astype(np.int64)
        if exact is not None:
            ordered = np.concatenate([[exact], ordered[ordered != exact]])
        return ordered[:limit]

    def _starting_with(self, prefix: str) -> np.ndarray:
        """Return the products with a word that starts with `prefix`, sorted, each once."""
        first = np.searchsorted(self.vocabulary, prefix)
        last = np.searchsorted(self.vocabulary, prefix + "\U0010ffff")
        found = self.products[self.starts[first] : self.starts[last]]
        mark = np.zeros(len(self.ids), bool)
        mark[found] = True
        return np.flatnonzero(mark)
