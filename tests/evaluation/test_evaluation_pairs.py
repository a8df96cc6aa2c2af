import numpy as np
import pytest

from core.evaluation.evaluation_pairs import ALL_KINDS, EvaluationSet
from core.graph.evaluation_negatives import sample_negatives


def test_the_evaluation_pairs_of_a_split_are_cached(sparse_split, cold):
    assert EvaluationSet.of(sparse_split) is EvaluationSet.of(sparse_split)
    assert EvaluationSet.of(sparse_split) is not EvaluationSet.of(cold)
    drawn = EvaluationSet.of(sparse_split).pairs("uniform")
    assert EvaluationSet.of(sparse_split).pairs("uniform") is drawn


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_pairs_are_those_of_the_split_with_their_seen_masks(sparse_split, kind):
    pairs = EvaluationSet.of(sparse_split).pairs(kind)
    expected = sparse_split.test if kind == "positive" else sample_negatives(sparse_split, kind)
    np.testing.assert_array_equal(pairs.u, expected.u)
    np.testing.assert_array_equal(pairs.v, expected.v)
    trained = set(sparse_split.train.u.tolist()) | set(sparse_split.train.v.tolist())
    seen = [u in trained and v in trained for u, v in zip(pairs.u.tolist(), pairs.v.tolist())]
    assert pairs.seen.tolist() == seen
    assert len(pairs) + pairs.skipped == len(sparse_split.test)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_pairs_of_the_cold_split_have_one_cold_and_one_seen_end(cold, kind):
    pairs = EvaluationSet.of(cold).pairs(kind)
    trained = set(cold.train.u.tolist()) | set(cold.train.v.tolist())
    drawn = cold.test if kind == "positive" else sample_negatives(cold, kind)
    expected = [
        (u, v)
        for u, v in zip(drawn.u.tolist(), drawn.v.tolist())
        if (cold.is_cold[u] and v in trained) or (cold.is_cold[v] and u in trained)
    ]
    assert list(zip(pairs.u.tolist(), pairs.v.tolist())) == expected
    # No product is two hops from a cold product.
    assert (len(pairs) > 0) == (kind != "hard")
    if kind == "positive":
        assert len(pairs) == len(cold.test)
