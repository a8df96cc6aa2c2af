"""Find products by words of their title, brand, category or id, as the words are typed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from core.data.product_catalogue import CATEGORY_LEVELS, Catalogue

# Letters, digits and "_" of every script; Arrow reads 400,000 titles in a second where Python's
# `re` takes ten.
NOT_A_WORD = r"[^\pL\pN_]+"
LOOKED_AT = 1000


def split_words(texts: pa.Array) -> pa.ListArray:
    """Return the lower-case words of every text; empty strings may be among them."""
    return pc.split_pattern_regex(pc.utf8_lower(texts), NOT_A_WORD)


def words_of(text: str) -> list[str]:
    """Return the words of `text` in lower case."""
    return [word for word in split_words(pa.array([text]))[0].as_py() if word]


def word_matrix(texts: list[pa.Array]) -> tuple[np.ndarray, sp.csr_array]:
    """Return which words occur in which rows of some parallel text columns.

    Parameters
    ----------
    texts : list of Arrow string arrays, all of one length n

    Returns
    -------
    words : object array of str, sorted by code point, shape (n_words,)
    rows : csr_array, shape (n_words, n)
        A stored entry, sorted, wherever the word occurs; how often does not matter.
    """
    separator = pa.scalar(" ", texts[0].type)
    lists = split_words(pc.binary_join_element_wise(*texts, separator))
    if isinstance(lists, pa.ChunkedArray):
        lists = lists.combine_chunks()
    coded = pc.dictionary_encode(pc.list_flatten(lists))
    found = pc.list_parent_indices(lists).to_numpy()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    words = coded.dictionary.to_numpy(zero_copy_only=False)[order]
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    ones = np.ones(len(found), np.float32)
    shape = (len(words), len(lists))
    codes = coded.indices.to_numpy()
    rows = sp.coo_array((ones, (place[codes], found)), shape=shape).tocsr()
    rows.sort_indices()
    if len(words) and words[0] == "":
        # Splitting leaves empty strings at the ends.
        words, rows = words[1:], rows[1:]
    return words, rows


def arrow_column(catalogue: Catalogue, name: str) -> pa.Array:
    """Return a text column of the catalogue as one Arrow array."""
    column = pa.array(catalogue.frame[name], from_pandas=True)
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    # pandas names the type of what it holds loosely: make every piece the same.
    pieces = [chunk.cast(pa.large_string()) for chunk in chunks]
    return pa.concat_arrays([pa.array([], pa.large_string()), *pieces])


def in_one_piece(catalogue: Catalogue) -> Catalogue:
    """Return the same catalogue with every text column in one block of memory.

    A file is read as several, and picking a few rows out of several takes thirty times as long.
    """
    frame = catalogue.frame.copy(deep=False)
    for name in frame.select_dtypes("string").columns:
        frame[name] = pd.Series(arrow_column(catalogue, name), dtype=frame[name].dtype)
    return Catalogue(frame)


class ProductSearch:
    """An inverted index over the catalogue; every query word matches as the start of a word.

    Parameters
    ----------
    catalogue : Catalogue
    popularity : int array, shape (n_products,)
        Orders equally good matches, for instance the training degree.
    """

    def __init__(self, catalogue: Catalogue, popularity: np.ndarray):
        columns = [
            arrow_column(catalogue, name) for name in ("title", "brand", *CATEGORY_LEVELS, "id")
        ]
        self.titles = columns[0]
        self.vocabulary, rows = word_matrix(columns)
        self.starts, self.products = rows.indptr, rows.indices
        # Place of every product when the most popular one comes first, ties by index.
        self.place = np.empty(len(popularity), np.int64)
        self.place[np.argsort(-popularity, kind="stable")] = np.arange(len(popularity))
        ids = pc.utf8_lower(columns[-1]).to_pylist()
        # Of ids that differ in case only, the first counts.
        self._by_id = dict(zip(reversed(ids), range(len(ids) - 1, -1, -1)))

    def find(self, query: str, limit: int = 20) -> np.ndarray:
        """Return the products that match every word of `query`, best first.

        An exact id comes first; then, among the `LOOKED_AT` most popular matches, titles that
        begin with the query; then the more popular.

        Returns
        -------
        int64 array, shape (<= limit,)
        """
        start = query.strip().lower()
        exact = self._by_id.get(start)
        matching = self._matching(words_of(query))
        top = self._most_popular(matching, max(limit, LOOKED_AT))
        titles = pc.utf8_lower(self.titles.take(pa.array(top)))
        begins = pc.starts_with(titles, start).to_numpy(zero_copy_only=False).astype(bool)
        ordered = np.concatenate([top[begins], top[~begins]])
        if exact is not None:
            ordered = np.concatenate([[exact], ordered[ordered != exact]])
        return ordered[:limit]

    def _matching(self, words: list[str]) -> np.ndarray:
        """Return the products that have a word starting with each of `words`, sorted."""
        found = None
        for word in words:
            first = np.searchsorted(self.vocabulary, word)
            last = np.searchsorted(self.vocabulary, word + "\U0010ffff")
            mark = np.zeros(len(self.place), bool)
            mark[self.products[self.starts[first] : self.starts[last]]] = True
            found = mark if found is None else found & mark
        return np.empty(0, np.int64) if found is None else np.flatnonzero(found)

    def _most_popular(self, products: np.ndarray, n: int) -> np.ndarray:
        """Return the `n` most popular of `products`, the most popular first."""
        place = self.place[products]
        if len(place) > n:
            kept = np.argpartition(place, n)[:n]
            products, place = products[kept], place[kept]
        return products[np.argsort(place)]
