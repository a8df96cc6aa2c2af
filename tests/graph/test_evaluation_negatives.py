"""The four kinds of negatives, each against its definition."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from core.data.product_catalogue import Catalogue
from core.graph.evaluation_negatives import DEGREE_RANKS, KINDS, sample_negatives
from core.graph.path_sums import TOP, normalised_hops
from core.graph.product_graph import Pairs
from core.graph.split import Split, random_split
from tests.communities import community_pairs


def heavy_tailed_split(n: int = 3000, n_pairs: int = 30_000, tail: float = 0.8) -> Split:
    """Return a split of a graph whose degrees span three orders of magnitude."""
    rng = np.random.default_rng(0)
    chance = 1 / np.arange(1, n + 1) ** tail
    ends = rng.choice(n, size=(2 * n_pairs, 2), p=chance / chance.sum())
    ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    ends = rng.permutation(ends)[:n_pairs].astype(np.int32)
    ones = np.ones(len(ends), np.float32)
    pairs = Pairs(ends[:, 0], ends[:, 1], ones, np.ones(len(ends), np.uint8))
    return random_split(pairs, n, rng.random(n) < 0.3)


@pytest.fixture(scope="module")
def split() -> Split:
    return heavy_tailed_split()


@pytest.mark.parametrize("kind", KINDS)
def test_no_negative_is_a_true_pair_and_each_positive_has_one(split, kind):
    negatives = sample_negatives(split, kind)
    assert len(negatives) + negatives.skipped == len(split.test)
    assert (negatives.u != negatives.v).all()
    true = {frozenset(p) for part in (split.train, split.test) for p in zip(part.u, part.v)}
    assert not any(frozenset(p) in true for p in zip(negatives.u, negatives.v))


@pytest.mark.parametrize("kind", KINDS)
def test_the_split_s_seed_decides(split, kind):
    first, again = sample_negatives(split, kind), sample_negatives(split, kind)
    assert np.array_equal(first.u, again.u) and np.array_equal(first.v, again.v)


def test_uniform_negatives_are_drawn_evenly_from_the_held_out_products(split):
    negatives = sample_negatives(split, "uniform")
    products = np.union1d(split.test.u, split.test.v)
    counts = np.bincount(np.concatenate([negatives.u, negatives.v]), minlength=split.n_products)
    assert counts.sum() == counts[products].sum()
    # Shuffle passes take every product once, but for hubs, which are rejected more often.
    rare = products[split.known.degree[products] < 20]
    assert stats.variation(counts[rare]) < 0.2


def test_possible_negatives_have_a_source(split):
    negatives = sample_negatives(split, "possible")
    assert (split.lists_relations[negatives.u] | split.lists_relations[negatives.v]).all()
    uniform = sample_negatives(split, "uniform")
    n_sources = split.lists_relations[uniform.u].astype(int) + split.lists_relations[uniform.v]
    assert (n_sources == 0).any()
    # One source is enough, so both is as frequent as among the uniform pairs that have one.
    both = (split.lists_relations[negatives.u] & split.lists_relations[negatives.v]).mean()
    assert both == pytest.approx((n_sources[n_sources > 0] == 2).mean(), abs=0.02)


def test_degree_alone_cannot_recognise_degree_matched_negatives():
    # Fifty ranks must be a small step, as in a real catalogue, also among the hubs.
    split = heavy_tailed_split(20_000, 60_000, tail=0.5)
    negatives = sample_negatives(split, "degree")
    assert negatives.skipped == 0
    log_degree = np.log1p(split.graph.degree)
    true = log_degree[split.test.u] + log_degree[split.test.v]
    false = log_degree[negatives.u] + log_degree[negatives.v]
    labels = np.repeat([1, 0], [len(true), len(false)])
    assert abs(roc_auc_score(labels, np.concatenate([true, false])) - 0.5) < 0.01
    uniform = sample_negatives(split, "uniform")
    easy = log_degree[uniform.u] + log_degree[uniform.v]
    assert roc_auc_score(labels, np.concatenate([true, easy])) > 0.65


def test_degree_matched_negatives_keep_an_end_and_stay_within_the_ranks(split):
    negatives = sample_negatives(split, "degree")
    kept_u = negatives.u == split.test.u
    kept_v = negatives.u == split.test.v
    assert (kept_u | kept_v).all()
    assert 0.45 < kept_u.mean() < 0.55
    replaced = np.where(kept_u, split.test.v, split.test.u)
    degree = split.graph.degree
    ascending = np.sort(degree)
    # The order within a block of equal degrees is random, so the bounds are those of the blocks.
    low = np.searchsorted(ascending, degree[replaced], "left") - DEGREE_RANKS
    high = np.searchsorted(ascending, degree[replaced], "right") - 1 + DEGREE_RANKS
    first = np.searchsorted(ascending, degree[negatives.v], "left")
    last = np.searchsorted(ascending, degree[negatives.v], "right") - 1
    assert ((last >= low) & (first <= high)).all()


def graph_of_known_ranks(n: int = 400, n_held_out: int = 4000) -> Split:
    """Return a split where product i has rank i by training degree; only the middle two tie.

    Products i and j are a training pair if i + j >= n, so i has i partners (i - 1 from n / 2 on,
    where it would be a partner of its own). Held-out pairs are drawn from the others.
    """
    i, j = (ends.astype(np.int32) for ends in np.triu_indices(n, k=1))

    def pairs(chosen: np.ndarray) -> Pairs:
        ones = np.ones(len(chosen), np.float32)
        return Pairs(i[chosen], j[chosen], ones, np.ones(len(chosen), np.uint8))

    train, others = np.flatnonzero(i + j >= n), np.flatnonzero(i + j < n)
    split = Split(
        kind="random",
        n_products=n,
        train=pairs(train),
        test=pairs(np.random.default_rng(0).permutation(others)[:n_held_out]),
        development_mask=np.zeros(len(train), bool),
        lists_relations=np.ones(n, bool),
        is_cold=np.zeros(n, bool),
        seed=42,
        catalogue=Catalogue.without_metadata(n),
    )
    assert np.array_equal(split.graph.degree, np.arange(n) - (np.arange(n) >= n // 2))
    return split


def test_degree_matched_negatives_are_drawn_evenly_from_50_ranks_on_each_side():
    split = graph_of_known_ranks()
    negatives = sample_negatives(split, "degree")
    assert negatives.skipped == 0
    kept_u = negatives.u == split.test.u
    replaced = np.where(kept_u, split.test.v, split.test.u).astype(int)
    step = negatives.v - replaced
    # One more if the two products that tie, 199 and 200, are in the other order.
    tied = np.isin(replaced, [199, 200]) | np.isin(negatives.v, [199, 200])
    assert (np.abs(step) <= 50 + tied).all()
    # Where no product within 50 ranks is a training partner of the kept end.
    free = (replaced >= 50) & (negatives.u + replaced + 50 < split.n_products) & ~tied
    assert free.sum() > 500 and np.abs(step[free]).max() == 50
    assert (step[free] > 0).mean() == pytest.approx(0.5, abs=0.06)
    distance, _ = np.histogram(np.abs(step[free]), bins=[1, 11, 21, 31, 41, 51])
    np.testing.assert_allclose(distance / free.sum(), 0.2, atol=0.05)


def test_hard_negatives_keep_the_same_end_and_are_in_its_two_hop_top(split):
    degree, hard = sample_negatives(split, "degree"), sample_negatives(split, "hard")
    if hard.skipped == 0:
        assert np.array_equal(hard.u, degree.u)
    two_hop = normalised_hops(split.graph, hops=2)
    for row in range(0, len(hard), 97):
        scores = two_hop.rows(hard.u[row : row + 1])[0]
        scores[hard.u[row]] = 0
        scores[split.known.neighbours(hard.u[row])[0]] = 0
        place = (scores > scores[hard.v[row]]).sum()
        assert scores[hard.v[row]] > 0 and place < TOP


def test_products_without_reachable_products_are_skipped_and_counted():
    # Two stars without training pairs between leaves: a leaf reaches the other leaves, the
    # center reaches only itself.
    u = np.zeros(60, np.int32)
    pairs = Pairs(
        u, np.arange(1, 61, dtype=np.int32), np.ones(60, np.float32), np.ones(60, np.uint8)
    )
    hard = sample_negatives(random_split(pairs, 61, np.ones(61, bool)), "hard")
    assert hard.skipped > 0
    assert (hard.u != 0).all()


@pytest.mark.parametrize("kind", ["uniform", "possible"])
def test_if_all_pairs_are_true_no_negative_is_drawn_and_all_are_counted_as_skipped(kind):
    u, v = (side.astype(np.int32) for side in np.triu_indices(12, k=1))
    pairs = Pairs(u, v, np.ones(len(u), np.float32), np.ones(len(u), np.uint8))
    split = random_split(pairs, 12, np.ones(12, bool))
    negatives = sample_negatives(split, kind)
    assert len(negatives) == 0 and negatives.skipped == len(split.test)


def test_negatives_rarely_join_products_of_one_community():
    split = random_split(community_pairs(), 200, np.ones(200, bool))
    community = np.arange(200) // 25
    for kind in ("uniform", "degree"):
        negatives = sample_negatives(split, kind)
        assert (community[negatives.u] == community[negatives.v]).mean() < 0.3
