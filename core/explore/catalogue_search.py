"""Search the catalogue by words of title, brand, category or id, with prefix matching."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from core.data.product_catalogue import CATEGORY_LEVELS, Catalogue

# Not a letter, digit or "_" of any script. Arrow splits 400,000 titles in a second; Python's `re`
# takes ten.
NOT_A_WORD = r"[^\pL\pN_]+"
N_RANKED = 1000  # the most popular matches are ranked, not all
LAST_CHARACTER = "\U0010ffff"  # sorts after all letters and digits


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
    texts : list of Arrow string arrays, all of length n

    Returns
    -------
    words : object array of str, sorted by code point, shape (n_words,)
    rows : csr_array, shape (n_words, n)
        One entry for each row in which the word occurs, sorted.
    """
    separator = pa.scalar(" ", texts[0].type)
    lists = split_words(pc.binary_join_element_wise(*texts, separator))
    if isinstance(lists, pa.ChunkedArray):
        lists = lists.combine_chunks()
    coded = pc.dictionary_encode(pc.list_flatten(lists))
    product_of = pc.list_parent_indices(lists).to_numpy()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    words = coded.dictionary.to_numpy(zero_copy_only=False)[order]
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    ones = np.ones(len(product_of), np.float32)
    shape = (len(words), len(lists))
    codes = coded.indices.to_numpy()
    rows = sp.coo_array((ones, (position[codes], product_of)), shape=shape).tocsr()
    rows.sort_indices()
    if len(words) and words[0] == "":
        # Splitting leaves empty strings at the ends.
        words, rows = words[1:], rows[1:]
    return words, rows


def arrow_column(catalogue: Catalogue, name: str) -> pa.Array:
    """Return a text column of the catalogue as one Arrow array."""
    column = pa.array(catalogue.frame[name], from_pandas=True)
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    # Chunks of one pandas column may have different string types.
    pieces = [chunk.cast(pa.large_string()) for chunk in chunks]
    return pa.concat_arrays([pa.array([], pa.large_string()), *pieces])


def single_chunk(catalogue: Catalogue) -> Catalogue:
    """Return the same catalogue with every text column in one chunk.

    A file is read in several chunks, which makes taking a few rows thirty times as slow.
    """
    frame = catalogue.frame.copy(deep=False)
    for name in frame.select_dtypes("string").columns:
        frame[name] = pd.Series(arrow_column(catalogue, name), dtype=frame[name].dtype)
    return Catalogue(frame)


class ProductSearch:
    """An inverted index over the catalogue; every query word matches the start of a word.

    Parameters
    ----------
    catalogue : Catalogue
    popularity : int array, shape (n_products,)
        Orders equally good matches; for instance the training degree.
    """

    def __init__(self, catalogue: Catalogue, popularity: np.ndarray) -> None:
        columns = [
            arrow_column(catalogue, name) for name in ("title", "brand", *CATEGORY_LEVELS, "id")
        ]
        self.titles = columns[0]
        self.vocabulary, rows = word_matrix(columns)
        self.starts, self.products = rows.indptr, rows.indices
        # Rank of every product by popularity, from 0; ties by index.
        self.rank = np.empty(len(popularity), np.int64)
        self.rank[np.argsort(-popularity, kind="stable")] = np.arange(len(popularity))
        ids = pc.utf8_lower(columns[-1]).to_pylist()
        # Of ids that differ in case only, the first wins.
        self._by_id = dict(zip(reversed(ids), range(len(ids) - 1, -1, -1)))

    def find(self, query: str, limit: int = 20) -> np.ndarray:
        """Return the products that match every word of `query`, best first.

        An exact id comes first; then products that have all words of the query as whole words;
        of both these and the rest, titles that begin with the query come first, then the more
        popular. Only `N_RANKED` matches are ranked, whole words and popular products first.

        Returns
        -------
        int64 array, shape (<= limit,)
        """
        start = query.strip().lower()
        exact = self._by_id.get(start)
        words = words_of(query)
        n_ranked = max(limit, N_RANKED)
        whole = self._matching(words, "")
        begun = np.setdiff1d(self._matching(words, LAST_CHARACTER), whole, assume_unique=True)
        tops = [self._most_popular(products, n_ranked) for products in (whole, begun)]
        ordered = np.concatenate([self._beginning_first(top, start) for top in tops])[:n_ranked]
        if exact is not None:
            ordered = np.concatenate([[exact], ordered[ordered != exact]])
        return ordered[:limit]

    def find_titles(self, query: str) -> list[np.ndarray]:
        """Return the products that match, best first, those with the same title together.

        Returns
        -------
        list of int64 arrays
            One per title, in the order of its best product; products without a title are alone.
        """
        products = self.find(query, N_RANKED)
        titles = self.titles.take(pa.array(products)).to_pylist()
        groups: dict[str | int, list[int]] = {}
        for product, title in zip(products.tolist(), titles):
            groups.setdefault(title or product, []).append(product)
        return [np.array(group) for group in groups.values()]

    def _beginning_first(self, products: np.ndarray, start: str) -> np.ndarray:
        """Return the products whose titles begin with `start`, then the others."""
        titles = pc.utf8_lower(self.titles.take(pa.array(products)))
        begins = pc.starts_with(titles, start).to_numpy(zero_copy_only=False).astype(bool)
        return np.concatenate([products[begins], products[~begins]])

    def _matching(self, words: list[str], end: str) -> np.ndarray:
        """Return the products that have each of `words`, or a longer one up to `end`, sorted."""
        matching = None
        for word in words:
            first = np.searchsorted(self.vocabulary, word)
            last = np.searchsorted(self.vocabulary, word + end, side="right")
            mark = np.zeros(len(self.rank), bool)
            mark[self.products[self.starts[first] : self.starts[last]]] = True
            matching = mark if matching is None else matching & mark
        return np.empty(0, np.int64) if matching is None else np.flatnonzero(matching)

    def _most_popular(self, products: np.ndarray, n: int) -> np.ndarray:
        """Return the `n` most popular of `products`, the most popular first."""
        rank = self.rank[products]
        if len(rank) > n:
            top = np.argpartition(rank, n)[:n]
            products, rank = products[top], rank[top]
        return products[np.argsort(rank)]
