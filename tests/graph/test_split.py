"""Splits: their sizes, and that nothing held out is seen in training."""

import numpy as np
import pytest

from core.graph.product_graph import Pairs
from core.graph.split import cold_split, random_split, time_split
from tests.communities import community_pairs

N = 200


def keys(pairs: Pairs) -> set[int]:
    return set(pairs.keys(N).tolist())


@pytest.fixture
def pairs() -> Pairs:
    return community_pairs()


def test_a_third_is_held_out_and_a_tenth_of_the_rest_is_the_development_slice(pairs):
    split = random_split(pairs, N, np.ones(N, bool))
    assert len(split.test) == round(0.33 * len(pairs))
    assert split.development_mask.sum() == round(0.10 * len(split.train))
    assert keys(split.train) | keys(split.test) == keys(pairs)
    assert not keys(split.train) & keys(split.test)


def test_the_seed_decides(pairs):
    first, again, other = (random_split(pairs, N, np.ones(N, bool), seed=s) for s in (1, 1, 2))
    assert keys(first.test) == keys(again.test) != keys(other.test)


def test_every_pair_is_held_out_equally_often(pairs):
    times = np.zeros(len(pairs))
    n_seeds = 400
    for seed in range(n_seeds):
        split = random_split(pairs, N, np.ones(N, bool), seed=seed)
        times += np.isin(pairs.keys(N), split.test.keys(N))
    # Counts of one pair are binomial; all pairs together are chi-square.
    expected = n_seeds * len(split.test) / len(pairs)
    variance = expected * (1 - len(split.test) / len(pairs))
    chi_square = ((times - expected) ** 2 / variance).sum()
    assert abs(chi_square - len(pairs)) < 4 * np.sqrt(2 * len(pairs))


def test_the_development_split_contains_no_held_out_pair(pairs):
    split = random_split(pairs, N, np.ones(N, bool))
    development = split.development()
    assert keys(development.train) | keys(development.test) == keys(split.train)
    assert not keys(development.train) & keys(development.test)
    assert not set(development.known_keys.tolist()) & keys(split.test)
    # All models share its graph and negatives.
    assert split.development() is development


def test_unseen_products_have_no_training_pair(pairs):
    split = random_split(pairs, N, np.ones(N, bool))
    in_training = np.union1d(split.train.u, split.train.v)
    assert np.array_equal(np.flatnonzero(split.seen), in_training)


def test_the_time_split_holds_out_the_late_pairs(pairs):
    late = np.arange(len(pairs)) % 3 == 0
    split = time_split(pairs, late, N, np.ones(N, bool))
    assert keys(split.test) == keys(pairs[late])


def test_cold_products_have_no_training_pair_and_their_partners_have_one(pairs):
    has_metadata = np.arange(N) % 2 == 0
    split = cold_split(pairs, N, np.ones(N, bool), has_metadata)
    assert split.is_cold.sum() == round(0.10 * has_metadata.sum())
    assert has_metadata[split.is_cold].all()
    assert not split.seen[split.is_cold].any()
    ends = split.is_cold[split.test.u].astype(int) + split.is_cold[split.test.v]
    assert (ends == 1).all()
    other = np.where(split.is_cold[split.test.u], split.test.v, split.test.u)
    assert split.seen[other].all()
    # The rest of the training pairs are those of the random split.
    base = random_split(pairs, N, np.ones(N, bool))
    kept = base.train[~(split.is_cold[base.train.u] | split.is_cold[base.train.v])]
    assert keys(split.train) == keys(kept)
