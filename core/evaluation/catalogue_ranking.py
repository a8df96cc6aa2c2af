"""Where the true products stand among the whole catalogue, exactly.

Sampled ranking metrics are inconsistent with exact ones (Krichene & Rendle, KDD 2020), so every
query is ranked against every product that has a training pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np

from core.config import UserError
from core.evaluation.kernels.rank_counts import count_ranks
from core.graph.split import Split
from core.models.base import Model
from core.parallel import in_chunks, one_thread_each
from core.progress import QUIET, Progress

SAMPLE = 5000
SEED = 42
LIST_LENGTH = 10
BLOCK_BYTES = 1 << 29
BLOCK_QUERIES = 512


@dataclass(frozen=True)
class RankingTask:
    """The questions: which products go with `queries[i]`, where `targets[i]` is a right answer.

    Attributes
    ----------
    queries, targets : int32 arrays, shape (n,)
        Sorted by query, so that a query is scored once.
    pair : int64 array, shape (n,)
        Row of ``split.test`` that the question comes from.
    """

    queries: np.ndarray
    targets: np.ndarray
    pair: np.ndarray

    def __len__(self) -> int:
        return len(self.queries)


@dataclass(frozen=True)
class Ranking:
    """The answers.

    Attributes
    ----------
    queries, targets : int32 arrays, shape (n,)
        As in the task.
    ranks : float64 array, shape (n,)
        1 + better candidates + half of the candidates that tie with the target.
    list_queries : int32 array, shape (n_queries,)
        The distinct queries.
    lists : int32 array, shape (n_queries, 10)
        The ten best products for each that it has no training pair with: what a shop would show
        that is new. -1 where there are fewer. None, with `list_queries`, once saved.
    """

    queries: np.ndarray
    targets: np.ndarray
    ranks: np.ndarray
    list_queries: np.ndarray | None = None
    lists: np.ndarray | None = None


def ranking_task(split: Split, sample: int = SAMPLE) -> RankingTask:
    """Draw the questions: `sample` held-out pairs with both ends seen, each in both directions.

    On the cold split no held-out pair has both ends seen: there any pair can be drawn, and the
    cold product is the query.
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
    """Rank the target of each question among all candidates.

    Candidates are all products with a training pair, minus the query and all its other true
    pairs (training or held out).

    Parameters
    ----------
    model : Model
        Fitted. One that has no scores for unseen products is not asked on a query that is unseen:
        all its candidates tie.
    split : Split
    task : RankingTask
    progress : Progress
        Told the number of finished queries.
    workers : int
        Threads; each takes some queries, scores them and counts.
    block_bytes : int
        Memory of the dense blocks of scores.

    Raises
    ------
    UserError
        If a candidate's score is NaN.
    """
    queries, starts = np.unique(task.queries, return_index=True)
    starts = np.append(starts, len(task)).astype(np.int64)
    ranks = np.empty(len(task))
    lists = np.full((len(queries), LIST_LENGTH), -1, np.int32)
    silent = ~split.seen[queries] & (not model.scores_unseen)
    _tie_all(split, task, queries, starts, silent, ranks)
    asked = np.flatnonzero(~silent)
    size = block_bytes // (4 * max(split.n_products, 1) * workers)
    size = int(np.clip(size, 1, max(1, min(BLOCK_QUERIES, -(-len(asked) // workers)))))
    known, graph, seen = split.known, split.graph, split.seen
    unseen = np.flatnonzero(~seen)
    progress.stage("Rank", len(queries), "queries")
    done, counted = int(silent.sum()), Lock()

    def answer(first: int, last: int) -> None:
        nonlocal done
        rows = asked[first:last]
        block = np.ascontiguousarray(model.score_seen(queries[rows]), np.float32)
        bad = count_ranks(
            block, rows, queries, starts, task.targets, seen, unseen,
            known.indptr, known.indices, graph.indptr, graph.indices, ranks, lists,
        )  # fmt: skip
        if bad >= 0:
            raise UserError(
                f"The model gave a score that is not a number for product {bad}: its training "
                "went astray. Try a lower learning rate."
            )
        with counted:
            done += len(rows)
            progress.advance(done)

    with one_thread_each():
        # What a model makes when it is first asked, it makes once.
        model.score_seen(queries[asked[:1]])
        in_chunks(answer, len(asked), size, workers)
    return Ranking(task.queries, task.targets, ranks, queries.astype(np.int32), lists)


def _tie_all(split, task, queries, starts, silent, ranks) -> None:
    """Fill `ranks` of the `silent` queries: the middle of their candidates."""
    n_seen = int(split.seen.sum())
    for at in np.flatnonzero(silent):
        others = split.known.neighbours(queries[at])[0]
        rows = slice(starts[at], starts[at + 1])
        candidates = n_seen - split.seen[others].sum() + 1  # the target is among the others
        ranks[rows] = (candidates + 1) / 2
