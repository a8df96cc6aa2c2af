"""Ranks, lists and what is computed from them, against the definition spelled out."""

import numpy as np
import pytest

from core.config import UserError
from core.evaluation.catalogue_ranking import RankingTask, rank, ranking_task
from core.evaluation.evaluation_pairs import EvaluationSet
from core.graph.product_graph import Pairs
from core.graph.split import random_split


def true_pairs(split):
    """Return a dict: product -> its partners in all true pairs, training or held out."""
    others = {}
    for pairs in (split.train, split.test):
        for u, v in zip(pairs.u.tolist(), pairs.v.tolist()):
            others.setdefault(u, set()).add(v)
            others.setdefault(v, set()).add(u)
    return others


def trained(split):
    return set(split.train.u.tolist()) | set(split.train.v.tolist())


def brute_rank(split, table, query, target):
    excluded = (true_pairs(split)[query] - {target}) | {query}
    candidates = trained(split) - excluded
    assert target in candidates
    greater = sum(table[query, c] > table[query, target] for c in candidates)
    equal = sum(table[query, c] == table[query, target] for c in candidates - {target})
    return 1 + greater + equal / 2


def brute_list(split, table, query):
    pairs = zip(split.train.u.tolist(), split.train.v.tolist())
    neighbours = {u if v == query else v for u, v in pairs if query in (u, v)}
    candidates = sorted(trained(split) - neighbours - {query})
    return sorted(candidates, key=lambda c: -table[query, c])[:10]


@pytest.mark.parametrize("which", ["sparse_split", "cold"])
def test_ranks_and_lists_against_brute_force(which, request, table_model, tied_table):
    split = request.getfixturevalue(which)
    task = ranking_task(split)
    assert len(task) > 20
    ranking = rank(table_model(tied_table, scores_unseen=True), split, task)
    expected = [
        brute_rank(split, tied_table, q, t)
        for q, t in zip(task.queries.tolist(), task.targets.tolist())
    ]
    np.testing.assert_array_equal(ranking.ranks, expected)
    assert (np.array(expected) % 1 == 0.5).any()
    for query, listed in zip(ranking.list_queries.tolist(), ranking.lists.tolist()):
        assert listed == brute_list(split, tied_table, query)


def test_untied_scores_and_any_number_of_blocks_and_workers(sparse_split, table_model):
    table = np.random.default_rng(0).normal(size=(120, 120)).astype(np.float32)
    model, task = table_model(table), ranking_task(sparse_split)
    whole = rank(model, sparse_split, task)
    pieces = rank(model, sparse_split, task, workers=3, block_bytes=4 * 120 * 7)
    np.testing.assert_array_equal(whole.ranks, pieces.ranks)
    np.testing.assert_array_equal(whole.lists, pieces.lists)
    first = brute_rank(sparse_split, table, int(task.queries[0]), int(task.targets[0]))
    assert whole.ranks[0] == first


def test_task_holds_seen_pairs_in_both_directions(sparse_split):
    task = ranking_task(sparse_split)
    test = sparse_split.test
    seen = trained(sparse_split)
    expected = set()
    for u, v in zip(test.u.tolist(), test.v.tolist()):
        if u in seen and v in seen:
            expected |= {(u, v), (v, u)}
    got = list(zip(task.queries.tolist(), task.targets.tolist()))
    assert len(got) == len(expected) and set(got) == expected
    ends = np.column_stack([test.u[task.pair], test.v[task.pair]])
    np.testing.assert_array_equal(
        np.sort(ends), np.sort(np.column_stack([task.queries, task.targets]))
    )


def test_task_draws_a_fixed_sample(sparse_split):
    few = ranking_task(sparse_split, sample=10)
    assert len(few) == 20 and len(np.unique(few.pair)) == 10
    np.testing.assert_array_equal(few.pair, ranking_task(sparse_split, sample=10).pair)


def test_the_sample_is_5000_pairs_both_ways():
    u, v = (side.astype(np.int32) for side in np.triu_indices(200, k=1))
    pairs = Pairs(u, v, np.ones(len(u), np.float32), np.ones(len(u), np.uint8))
    split = random_split(pairs, 200, np.ones(200, bool))
    task = EvaluationSet.of(split).ranking
    assert len(task) == 10_000 and len(np.unique(task.pair)) == 5000


def test_a_self_pair_is_not_a_question():
    u, v = np.array([0, 0, 1, 0, 0], np.int32), np.array([1, 2, 2, 0, 3], np.int32)
    pairs = Pairs(u, v, np.ones(5, np.float32), np.ones(5, np.uint8))
    base = random_split(pairs, 4, np.ones(4, bool))
    held_out = np.array([False, True, False, True, False])
    split = type(base)(
        "random", 4, pairs[~held_out], pairs[held_out], np.zeros(3, bool), base.lists_relations,
        base.is_cold, catalogue=base.catalogue,
    )  # fmt: skip
    task = ranking_task(split)
    assert sorted(zip(task.queries.tolist(), task.targets.tolist())) == [(0, 2), (2, 0)]


def test_the_self_pair_of_a_query_is_excluded_once(table_model):
    u, v = np.array([0, 0, 2, 3], np.int32), np.array([0, 1, 3, 4], np.int32)
    train = Pairs(u, v, np.ones(4, np.float32), np.ones(4, np.uint8))
    base = random_split(train, 5, np.ones(5, bool))
    test = Pairs(u[:1], v[2:3], train.weight[:1], train.relations[:1])  # 0 with 3
    split = type(base)("random", 5, train, test, base.development_mask, base.lists_relations,
                       base.is_cold, catalogue=base.catalogue)  # fmt: skip
    task = RankingTask(np.array([0], np.int32), np.array([3], np.int32), np.array([0]))
    # Candidates are 2, 3 and 4, all equal; the query itself scores best.
    table = np.zeros((5, 5))
    table[0, 0] = 9
    assert rank(table_model(table), split, task).ranks.tolist() == [2]


def test_on_the_cold_split_only_cold_products_are_queries(cold):
    task = ranking_task(cold)
    assert len(task) == len(cold.test)
    assert cold.is_cold[task.queries].all() and not cold.is_cold[task.targets].any()


def test_cold_products_tie_if_the_model_does_not_score_them(cold, table_model, tied_table):
    task = ranking_task(cold)
    ranking = rank(table_model(tied_table, scores_unseen=False), cold, task)
    everything_ties = np.zeros((120, 120))
    expected = [
        brute_rank(cold, everything_ties, q, t)
        for q, t in zip(task.queries.tolist(), task.targets.tolist())
    ]
    np.testing.assert_array_equal(ranking.ranks, expected)
    assert (ranking.lists == -1).all()


def test_nan_scores_of_candidates_are_refused(sparse_split, table_model, tied_table):
    task = ranking_task(sparse_split)
    unseen = np.flatnonzero(~sparse_split.seen)
    harmless = tied_table.astype(float)
    harmless[:, unseen] = np.nan
    ranks = rank(table_model(harmless), sparse_split, task).ranks
    np.testing.assert_array_equal(ranks, rank(table_model(tied_table), sparse_split, task).ranks)
    bad = tied_table.astype(float)
    bad[task.queries[-1], np.flatnonzero(sparse_split.seen)[-1]] = np.nan
    with pytest.raises(UserError, match="not a number"):
        rank(table_model(bad), sparse_split, task)
