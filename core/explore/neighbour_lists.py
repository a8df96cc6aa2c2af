"""The exact nearest neighbours of many products, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.explore.kernels.best_lists import add_scores
from core.models.base import Model
from core.parallel import in_chunks, single_threaded_libraries
from core.progress import QUIET, Progress

# Queries whose lists are returned together.
BATCH = 4096
# Size of a block of scores: small enough for the CPU cache, large enough for a matrix product.
QUERIES, PRODUCTS = 256, 2048
# Memory of the scores of all products, for models that cannot score a part of them.
BLOCK_BYTES = 1 << 27


@dataclass(frozen=True)
class Candidates:
    """Which products may be listed for which queries.

    Attributes
    ----------
    listed : bool array, shape (n_products,)
        Products that may be in a list at all.
    known_indptr, known_indices : int arrays
        Rows of products to leave out by query, sorted; empty to leave out none.
    own_codes, codes : int32 arrays, shape (n_queries, n_fields) and (n_products, n_fields)
        A product with the query's code in one of the fields is left out; -1 equals nothing.
    limited : int32 array, shape (n_products,)
        Category of every product, -1 for none; empty without a limit.
    limit : int
        The most products of one category in a list; 0 for any number.
    min_score : float
    """

    listed: np.ndarray
    known_indptr: np.ndarray
    known_indices: np.ndarray
    own_codes: np.ndarray
    codes: np.ndarray
    limited: np.ndarray
    limit: int = 0
    min_score: float = -np.inf

    @classmethod
    def all(cls, listed: np.ndarray, n_queries: int | None = None) -> Candidates:
        """Return candidates without any rule but `listed`."""
        n = len(listed)
        none = np.empty(0, np.int64)
        own = np.empty((n if n_queries is None else n_queries, 0), np.int32)
        return cls(listed, none, none, own, np.empty((n, 0), np.int32), np.empty(0, np.int32))


@dataclass(frozen=True)
class Lists:
    """The neighbours of some queries.

    Attributes
    ----------
    first : int
        Row of the first query.
    products : int32 array, shape (n, k)
        Best first, -1 where there are no more. Of equal scores, the smaller index comes first.
    scores : float32 array, shape (n, k)
    """

    first: int
    products: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class QueryVectors:
    """The vectors of some queries, as rows of a larger table.

    Attributes
    ----------
    products : int array, shape (n,)
        Which product each query is, -1 for one that is new.
    table : float32 array, shape (m, width)
    rows : int array, shape (n,)
        Rows of `table` and of ``Candidates.own_codes``.
    """

    products: np.ndarray
    table: np.ndarray
    rows: np.ndarray


def neighbour_lists(
    model: Model,
    queries: np.ndarray,
    k: int,
    candidates: Candidates,
    *,
    workers: int = 1,
    progress: Progress = QUIET,
) -> Iterator[Lists]:
    """Yield the `k` best candidates of each query, in the order of the queries; exact.

    Parameters
    ----------
    model : Model
    queries : int array, shape (n,)
        Products.
    k : int
    candidates : Candidates
        Its `own_codes` have a row for every product.
    workers : int
        Threads; they do not change the result.
    progress : Progress
        Receives the number of finished queries.
    """
    tables = model.score_tables()
    if tables is not None:
        left, right = tables
        vectors = QueryVectors(queries, left, rows=queries)
        yield from nearest_lists(vectors, right, k, candidates, workers=workers, progress=progress)
        return
    size = int(np.clip(BLOCK_BYTES // (4 * len(candidates.listed)), 1, QUERIES))
    absent = np.nan if model.no_path_score is None else model.no_path_score
    progress.stage("neighbours", len(queries), "products")
    for first in range(0, len(queries), size):
        block = queries[first : first + size]
        lists = _Lists(block, candidates.own_codes[block], k, candidates, absent)
        lists.add(np.ascontiguousarray(model.score_all(block), np.float32), 0)
        yield Lists(first, lists.products, lists.listed_scores())
        progress.advance(min(first + size, len(queries)))


def nearest_lists(
    queries: QueryVectors,
    right: np.ndarray,
    k: int,
    candidates: Candidates,
    *,
    workers: int = 1,
    progress: Progress = QUIET,
) -> Iterator[Lists]:
    """Yield the `k` candidates with the largest inner products with each query; exact.

    Parameters
    ----------
    queries : QueryVectors
    right : float32 array, shape (n_products, width)
    k : int
    candidates : Candidates
    workers, progress : see `neighbour_lists`
    """
    total = len(queries.products)
    progress.stage("neighbours", total, "products")
    for first in range(0, total, BATCH):
        batch = slice(first, first + BATCH)
        rows = queries.rows[batch]
        lists = _Lists(queries.products[batch], candidates.own_codes[rows], k, candidates, np.nan)
        lists.add_products(np.asarray(queries.table[rows], np.float32), right, workers)
        yield Lists(first, lists.products, lists.listed_scores())
        progress.advance(min(first + BATCH, total))


class _Lists:
    """Top-k lists that are built up from blocks of scores."""

    def __init__(
        self,
        queries: np.ndarray,
        own_codes: np.ndarray,
        k: int,
        candidates: Candidates,
        absent: float,
    ):
        self.queries, self.own_codes = queries, own_codes
        self.candidates, self.absent = candidates, absent
        below = np.nextafter(np.float32(candidates.min_score), np.float32(-np.inf))
        self.products = np.full((len(queries), k), -1, np.int32)
        self.scores = np.full((len(queries), k), below, np.float32)
        self.counts = np.zeros(len(queries), np.int64)

    def add_products(self, vectors: np.ndarray, right: np.ndarray, workers: int) -> None:
        """Add the inner products of the queries' `vectors` with the rows of `right`."""

        def search(first: int, last: int) -> None:
            part = self.part(first, last)
            for column in range(0, len(right), PRODUCTS):
                part.add(vectors[first:last] @ right[column : column + PRODUCTS].T, column)

        with single_threaded_libraries():
            in_chunks(search, len(vectors), QUERIES, workers)

    def part(self, first: int, last: int) -> _Lists:
        """Return lists `first` to `last` as a view that shares their memory."""
        part = object.__new__(_Lists)
        vars(part).update(vars(self))
        for name in ("queries", "own_codes", "products", "scores", "counts"):
            setattr(part, name, getattr(self, name)[first:last])
        return part

    def add(self, scores: np.ndarray, first: int) -> None:
        """Add the scores of the products from `first` on; blocks must come in ascending order."""
        c = self.candidates
        add_scores(
            scores, first, self.queries, c.listed, np.float64(self.absent), c.known_indptr,
            c.known_indices, self.own_codes, c.codes, c.limited, c.limit,
            self.products, self.scores, self.counts,
        )  # fmt: skip

    def listed_scores(self) -> np.ndarray:
        """Return the scores, NaN where the list has ended."""
        return np.where(self.products >= 0, self.scores, np.float32(np.nan))
