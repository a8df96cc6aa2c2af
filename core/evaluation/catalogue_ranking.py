"""Exact ranks of held-out partners among all products with a training pair.

A question is a query product and a target: one end of a held-out pair, given the other. The
candidates of a query are all products with a training pair, except the query itself and its other
true partners, in training or held out. The target's rank is 1 + the candidates with a higher score
+ half of those with the same score.

Nothing is sampled: sampled ranking metrics are inconsistent with exact ones (Krichene & Rendle,
KDD 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from core.config import UserError
from core.evaluation.kernels.rank_counts import count_ranks
from core.evaluation.significance import Products
from core.graph.split import Split
from core.models.base import Model
from core.parallel import in_chunks, single_threaded_libraries
from core.progress import QUIET, Progress

SAMPLE = 5000  # held-out pairs per ranking
SEED = 42
LIST_LENGTH = 10
# Limits of a block of queries whose scores are computed at once.
BLOCK_BYTES = 1 << 29
BLOCK_QUERIES = 512


@dataclass(frozen=True)
class RankingTask:
    """Ranking questions: at which rank is ``targets[i]`` for the query ``queries[i]``?

    Attributes
    ----------
    queries, targets : int32 arrays, shape (n,)
        Sorted by query, so that each query is scored once.
    pair : int64 array, shape (n,)
        Row of the question's pair in ``split.test``.
    """

    queries: np.ndarray
    targets: np.ndarray
    pair: np.ndarray

    def __len__(self) -> int:
        return len(self.queries)


@dataclass(frozen=True)
class Ranking:
    """Ranks of the targets, and the top ten products of every query.

    Attributes
    ----------
    queries, targets : int32 arrays, shape (n,)
        As in the task.
    ranks : float64 array, shape (n,)
        1 + the candidates with a higher score + half of those with the same score.
    list_queries : int32 array, shape (n_queries,)
        The distinct queries.
    lists : int32 array, shape (n_queries, 10)
        For each query, the ten best products that are not yet paired with it in training (-1 where
        fewer). A saved ranking has neither `lists` nor `list_queries`: both are None.
    """

    queries: np.ndarray
    targets: np.ndarray
    ranks: np.ndarray
    list_queries: np.ndarray | None = None
    lists: np.ndarray | None = None

    @property
    def products(self) -> Products:
        """The two products of each question."""
        return self.queries, self.targets


def ranking_task(split: Split, sample: int = SAMPLE) -> RankingTask:
    """Draw the questions: `sample` held-out pairs with both ends seen, each in both directions.

    On the cold split no held-out pair has both ends seen. There a question is drawn from the pairs
    with one cold product, which is the query.
    """
    u, v = split.test.u, split.test.v
    cold = split.kind == "cold"
    usable = split.is_cold[u] ^ split.is_cold[v] if cold else split.both_seen(u, v) & (u != v)
    usable = np.flatnonzero(usable)
    pair = np.sort(np.random.default_rng(SEED).permutation(usable)[:sample])
    u, v = u[pair], v[pair]
    if cold:
        from_u = split.is_cold[u]
        queries, targets = np.where(from_u, u, v), np.where(from_u, v, u)
    else:
        queries, targets = np.concatenate([u, v]), np.concatenate([v, u])
        pair = np.concatenate([pair, pair])
    order = np.lexsort((targets, queries))
    return RankingTask(queries[order], targets[order], pair[order])


def rank(
    model: Model,
    split: Split,
    task: RankingTask,
    progress: Progress = QUIET,
    workers: int = 1,
    block_bytes: int = BLOCK_BYTES,
) -> Ranking:
    """Rank the target of each question among all candidates (see the module's docstring).

    Parameters
    ----------
    model : Model
        Fitted. If it has no scores for unseen products, all candidates of an unseen query tie.
    split : Split
    task : RankingTask
    progress : Progress
        Receives the number of finished queries.
    workers : int
        Threads; each scores blocks of queries and ranks their targets.
    block_bytes : int
        Memory of the dense blocks of scores of all threads.

    Raises
    ------
    UserError
        If a candidate's score is NaN.
    """
    queries, starts = np.unique(task.queries, return_index=True)
    starts = np.append(starts, len(task)).astype(np.int64)
    ranks = np.empty(len(task))
    lists = np.full((len(queries), LIST_LENGTH), -1, np.int32)
    unscored = ~split.seen[queries] & (not model.scores_unseen)
    _tie_all(split, queries, starts, unscored, ranks)
    scored = np.flatnonzero(~unscored)
    size = block_bytes // (4 * max(split.n_products, 1) * workers)
    size = int(np.clip(size, 1, max(1, min(BLOCK_QUERIES, -(-len(scored) // workers)))))
    known, graph, seen = split.known, split.graph, split.seen
    unseen = np.flatnonzero(~seen)
    progress.stage("Rank", len(queries), "queries")
    done, counting = int(unscored.sum()), Lock()

    def rank_block(first: int, last: int) -> None:
        nonlocal done
        rows = scored[first:last]
        block = np.ascontiguousarray(model.score_seen(queries[rows]), np.float32)
        bad = count_ranks(
            block, rows, queries, starts, task.targets, seen, unseen,
            known.indptr, known.indices, graph.indptr, graph.indices, ranks, lists,
        )  # fmt: skip
        if bad >= 0:
            raise UserError(
                f"The model's score of product {bad} is not a number: its training diverged. Try "
                "a lower learning rate."
            )
        with counting:
            done += len(rows)
            progress.advance(done)

    with single_threaded_libraries():
        # One thread makes the first call, in which models may build caches.
        model.score_seen(queries[scored[:1]])
        in_chunks(rank_block, len(scored), size, workers)
    return Ranking(task.queries, task.targets, ranks, queries.astype(np.int32), lists)


def _tie_all(
    split: Split, queries: np.ndarray, starts: np.ndarray, unscored: np.ndarray, ranks: np.ndarray
) -> None:
    """Set the ranks of the `unscored` queries' targets to the middle of their candidates."""
    n_seen = int(split.seen.sum())
    for at in np.flatnonzero(unscored):
        others = split.known.neighbours(queries[at])[0]
        rows = slice(starts[at], starts[at + 1])
        candidates = n_seen - split.seen[others].sum() + 1  # the target is itself a candidate
        ranks[rows] = (candidates + 1) / 2
