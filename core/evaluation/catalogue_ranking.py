"""Where the true products stand among the whole catalogue, exactly.

Sampled ranking metrics are inconsistent with exact ones (Krichene & Rendle, KDD 2020), so every
query is ranked against every product that has a training pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numba
import numpy as np

from core.config import UserError
from core.graph.split import Split
from core.models.base import Model
from core.parallel import in_chunks, one_thread_each
from core.progress import QUIET, Progress

SAMPLE = 5000
SEED = 42
LIST_LENGTH = 10
BLOCK_BYTES = 1 << 29
BLOCK_QUERIES = 512
# Scores that are looked at together; they stay in the nearest cache.
SPAN = 1024


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
        bad = _count(
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


def coverage(ranking: Ranking, split: Split) -> float:
    """Return the share of the products with a training pair that stand in at least one list."""
    listed = ranking.lists[ranking.lists >= 0]
    return float(len(np.unique(listed)) / split.seen.sum()) if len(listed) else float("nan")


def popularity(ranking: Ranking, split: Split) -> float:
    """Return the mean training degree over all places of the lists, divided by the mean training
    degree of the products with a training pair: 1 is no preference for popular products."""
    listed = ranking.lists[ranking.lists >= 0]
    degree = split.graph.degree
    return float(degree[listed].mean() / degree[split.seen].mean()) if len(listed) else float("nan")


def _tie_all(split, task, queries, starts, silent, ranks) -> None:
    """Fill `ranks` of the `silent` queries: the middle of their candidates."""
    n_seen = int(split.seen.sum())
    for at in np.flatnonzero(silent):
        others = split.known.neighbours(queries[at])[0]
        rows = slice(starts[at], starts[at + 1])
        candidates = n_seen - split.seen[others].sum() + 1  # the target is among the others
        ranks[rows] = (candidates + 1) / 2


@numba.njit(nogil=True, cache=True)
def _in_row(indptr, indices, row, wanted):
    low, high = indptr[row], indptr[row + 1]
    while low < high:
        middle = (low + high) // 2
        if indices[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low < indptr[row + 1] and indices[low] == wanted


@numba.njit(nogil=True, cache=True)
def _count(
    block, rows, queries, starts, targets, seen, unseen,
    known_indptr, known_indices, train_indptr, train_indices, ranks, lists,
):  # fmt: skip
    """Fill `ranks` and `lists` for the queries at `rows`, whose scores are the block's; return -1,
    or a product whose score is NaN."""
    length = lists.shape[1]
    best = np.empty(length, np.float32)
    for place, at in enumerate(rows):
        query, scores = queries[at], block[place]
        filled = 0
        worst = np.float32(-np.inf)
        first, last = starts[at], starts[at + 1]
        # Of all products, also those that are no candidates: so the loops over a span have no
        # branch, and the compiler makes vectors of them.
        greater, reaching = np.zeros(last - first, np.int64), np.zeros(last - first, np.int64)
        for begin in range(0, len(scores), SPAN):
            span = scores[begin : begin + SPAN]
            above = np.int32(0)
            for i in range(len(span)):
                # NaN is not below either.
                above += np.int32(not (span[i] <= worst))
            for question in range(first, last):
                target = scores[targets[question]]
                more, as_much = np.int32(0), np.int32(0)
                for i in range(len(span)):
                    more += np.int32(span[i] > target)
                    as_much += np.int32(span[i] >= target)
                greater[question - first] += more
                reaching[question - first] += as_much
            if above == 0:
                continue
            for product in range(begin, begin + len(span)):
                if scores[product] <= worst or not seen[product]:
                    continue
                if np.isnan(scores[product]):
                    return product
                if product == query or _in_row(train_indptr, train_indices, query, product):
                    continue
                # Equal scores stay in the order of their index.
                slot = min(filled, length - 1)
                while slot > 0 and best[slot - 1] < scores[product]:
                    best[slot] = best[slot - 1]
                    lists[at, slot] = lists[at, slot - 1]
                    slot -= 1
                best[slot] = scores[product]
                lists[at, slot] = product
                filled = min(filled + 1, length)
                if filled == length:
                    worst = best[length - 1]
        for question in range(first, last):
            target = scores[targets[question]]
            # Those that are no candidates are taken out again, the target among them.
            more, as_much = greater[question - first], reaching[question - first]
            for product in unseen:
                more -= scores[product] > target
                as_much -= scores[product] >= target
            if seen[query]:
                more -= scores[query] > target
                as_much -= scores[query] >= target
            for edge in range(known_indptr[query], known_indptr[query + 1]):
                product = known_indices[edge]
                if seen[product] and product != query:
                    more -= scores[product] > target
                    as_much -= scores[product] >= target
            ranks[question] = 1 + more + (as_much - more) / 2
    return -1
