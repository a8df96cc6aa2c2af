"""How much models agree on the neighbours of products, and where they agree least.

A run saves its lists of new neighbours for the products that its evaluation ranks, so that any two
runs are compared at once. Runs of earlier versions, stopped runs and longer lists are compared on a
random sample instead, a chunk of products at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.graph.split import Split
from core.models.base import Model
from core.runs.atomic_files import read_table, write_table
from core.runs.run_folder import Run

if TYPE_CHECKING:
    from core.evaluation.catalogue_ranking import Ranking

FILE = "lists.parquet"
MIN_DEGREE = 5
# Products of a sample, its seed, and products of a chunk: few, since models may take half a second
# for each.
SAMPLE, SEED, CHUNK = 500, 42, 10


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Return |A ∩ B| / |A ∪ B| of two sets of products; 1 for two empty ones."""
    shared = len(np.intersect1d(first, second))
    union = len(np.union1d(first, second))
    return shared / union if union else 1.0


def overlaps(lists: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return Jaccard@k of every two lists of neighbours, a square table with 1 on the diagonal."""
    names = list(lists)
    values = [[jaccard(lists[a], lists[b]) for b in names] for a in names]
    return pd.DataFrame(values, index=names, columns=names)


@dataclass(frozen=True)
class TopLists:
    """The best products for some queries, without those that have a training pair with the query.

    Attributes
    ----------
    queries : int array, shape (n,)
    lists : int array, shape (n, k)
        Best first, padded with -1.
    """

    queries: np.ndarray
    lists: np.ndarray

    @classmethod
    def concatenate(cls, chunks: list[TopLists]) -> TopLists:
        """Return the lists of several chunks one after the other."""
        return cls(
            np.concatenate([chunk.queries for chunk in chunks]),
            np.concatenate([chunk.lists for chunk in chunks]),
        )


def save_lists(run: Run, model: Model, ranking: Ranking) -> None:
    """Save the lists of an evaluation in the run's folder."""
    queries, lists = ranking.list_queries, ranking.lists
    if queries is None or lists is None:
        return
    if model.no_path_score is not None:
        # The evaluation fills short lists with products that no path leads to.
        scores = model.score(np.repeat(queries, lists.shape[1]), lists.ravel())
        lists = np.where(scores.reshape(lists.shape) == model.no_path_score, -1, lists)
    columns = {str(rank + 1): lists[:, rank] for rank in range(lists.shape[1])}
    write_table(run.folder / FILE, pd.DataFrame({"query": queries, **columns}))


def saved_lists(run: Run, k: int) -> TopLists | None:
    """Return the lists that a run has saved; None if it has none, or none as long as `k`."""
    if not run.has_finished() or not (run.folder / FILE).exists():
        return None
    table = read_table(run.folder / FILE)
    lists = TopLists(table.pop("query").to_numpy(), table.to_numpy())
    return lists if lists.lists.shape[1] >= k else None


def sample_chunk(model: Model, split: Split, chunk: int, k: int) -> TopLists:
    """Return the lists of one chunk of a random sample of known products, which is always the same.

    Products with fewer than `MIN_DEGREE` training pairs are left out: every model guesses on those,
    and they would lead the list of disagreements.
    """
    queries = sampled_products(split)[chunk * CHUNK : (chunk + 1) * CHUNK]
    hidden = ~model.can_score(split.seen)
    lists = np.full((len(queries), k), -1, np.int64)
    # A copy: a model may return an array that it caches.
    for row, query, scores in zip(lists, queries, np.array(model.score_all(queries))):
        scores[hidden] = -np.inf
        scores[query] = -np.inf
        scores[split.graph.neighbours(query)[0]] = -np.inf
        best, _ = model.best(scores, k)
        row[: len(best)] = best
    return TopLists(queries, lists)


def sampled_products(split: Split) -> np.ndarray:
    """Return the products of the sample in random order."""
    candidates = np.flatnonzero(split.graph.degree >= MIN_DEGREE)
    return np.random.default_rng(SEED).permutation(candidates)[:SAMPLE]


@dataclass(frozen=True)
class Disagreement:
    """Products sorted by how little two models agree on their neighbours.

    Attributes
    ----------
    table : DataFrame
        Columns ``product, jaccard, degree``, least agreement first, ties by popularity.
    mean : float
        Mean Jaccard@k over all of them.
    """

    table: pd.DataFrame
    mean: float


def disagreement(first: TopLists, second: TopLists, split: Split, k: int = 10) -> Disagreement:
    """Compare the first `k` of two models' lists, for the known products that both lists cover."""
    products, ours, theirs = np.intersect1d(first.queries, second.queries, return_indices=True)
    known = split.graph.degree[products] >= MIN_DEGREE
    products = products[known]
    rows = zip(first.lists[ours[known], :k], second.lists[theirs[known], :k])
    table = pd.DataFrame(
        {
            "product": products,
            "jaccard": [jaccard(a[a >= 0], b[b >= 0]) for a, b in rows],
            "degree": split.graph.degree[products],
        }
    )
    mean = float(table["jaccard"].mean()) if len(table) else 0.0
    table = table.sort_values(["jaccard", "degree"], ascending=[True, False], kind="stable")
    return Disagreement(table.reset_index(drop=True), mean)
