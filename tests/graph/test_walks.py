"""First-order walks: weights, dead ends, determinism, validation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from core.config import UserError
from core.graph.product_graph import Pairs, ProductGraph
from core.graph.walks import WalkPlan, alias_rows, random_walks


def graph_of(edges, n_products: int) -> ProductGraph:
    """Return the graph of `edges`, a list of (u, v, weight)."""
    u, v, weight = np.array(edges, float).reshape(-1, 3).T
    u, v = u.astype(np.int32), v.astype(np.int32)
    pairs = Pairs(u, v, weight.astype(np.float32), np.ones(len(u), np.uint8))
    return ProductGraph.from_pairs(pairs, n_products)


def random_graph(n_products: int, n_edges: int, seed: int) -> ProductGraph:
    """Return a graph with the weights of real mentions and a few much larger ones."""
    rng = np.random.default_rng(seed)
    u, v = np.triu_indices(n_products, k=1)
    kept = rng.permutation(len(u))[:n_edges]
    weight = rng.choice([0.5, 1.0, 1.2, 2.7, 40.0], n_edges)
    return graph_of(np.column_stack([u[kept], v[kept], weight]), n_products)


def counts(walks: np.ndarray, n_products: int) -> np.ndarray:
    """Return how often each step u -> v was taken, shape (n_products, n_products)."""
    before, after = walks[:, :-1].ravel(), walks[:, 1:].ravel()
    table = np.zeros((n_products, n_products), np.int64)
    np.add.at(table, (before, after), 1)
    return table


def test_steps_follow_the_weights():
    graph = random_graph(30, 200, seed=1)
    seen = counts(random_walks(graph, WalkPlan(2000, 10)), 30)
    dense = graph.adjacency.toarray().astype(float)
    edges = dense > 0
    assert seen[~edges].sum() == 0
    expected = seen.sum(axis=1, keepdims=True) * dense / dense.sum(axis=1, keepdims=True)
    # Each row is a separate multinomial, and loses one degree of freedom.
    statistic = ((seen - expected)[edges] ** 2 / expected[edges]).sum()
    assert 0.001 < chi2(edges.sum() - 30).sf(statistic) < 0.999


@pytest.mark.parametrize("seed", range(5))
def test_alias_slots_hold_the_exact_probabilities(seed):
    graph = random_graph(40, 300, seed)
    slots = alias_rows(graph)[1]
    for node in range(graph.n_products):
        neighbours, weights = graph.neighbours(node)
        own, other, limit = slots[graph.indptr[node] : graph.indptr[node + 1]].T
        got = np.zeros(graph.n_products)
        np.add.at(got, own, limit / 2**32 / len(neighbours))
        np.add.at(got, other, (1 - limit / 2**32) / len(neighbours))
        expected = np.zeros(graph.n_products)
        expected[neighbours] = weights / weights.sum(dtype=float)
        np.testing.assert_allclose(got, expected, atol=1e-7)


def test_each_round_has_one_walk_per_product_in_a_new_order():
    graph = random_graph(50, 60, seed=2)
    connected = np.flatnonzero(graph.degree)
    assert len(connected) < 50
    walks = random_walks(graph, WalkPlan(3, 4))
    assert walks.dtype == np.int32
    assert walks.shape == (3 * len(connected), 4)
    rounds = walks[:, 0].reshape(3, -1)
    for starts in rounds:
        np.testing.assert_array_equal(np.sort(starts), connected)
    assert (rounds[0] != rounds[1]).any()
    assert (rounds[0] != connected).any()


def test_walks_begin_at_the_chosen_starts():
    graph = graph_of([(0, 1, 1.0), (1, 2, 1.0)], 5)
    walks = random_walks(graph, WalkPlan(2, 3), starts=np.array([0, 4, 2]))
    assert sorted(walks[:, 0]) == [0, 0, 2, 2]
    assert (walks[:, 1] == 1).all()
    with pytest.raises(ValueError, match="starts"):
        random_walks(graph, starts=np.array([5]))


def test_dead_ends_are_padded_and_isolated_products_start_no_walk():
    # Directed, built by hand: 0 -> 1 -> 2, no way out of 2; 3 is alone.
    graph = ProductGraph(np.array([0, 1, 2, 2, 2]), np.array([1, 2], np.int32), np.ones(2, "f4"))
    walks = random_walks(graph, WalkPlan(1, 5))
    by_start = {walk[0]: walk[1:].tolist() for walk in walks.tolist() for walk in [np.array(walk)]}
    assert by_start == {0: [1, 2, -1, -1], 1: [2, -1, -1, -1]}


def test_without_pairs_there_are_no_walks():
    assert random_walks(graph_of([], 4), WalkPlan(length=7)).shape == (0, 7)


@pytest.mark.parametrize("length", [1, 2])
def test_walks_of_one_or_two_products_are_made(length):
    walks = random_walks(graph_of([(0, 1, 1.0)], 2), WalkPlan(1, length))
    assert sorted(walks.tolist()) == [[0, 1][:length], [1, 0][:length]]


def test_same_seed_same_walks_at_any_number_of_workers(monkeypatch):
    graph = random_graph(300, 2000, seed=3)
    one = random_walks(graph, WalkPlan(seed=7), workers=1)
    monkeypatch.setattr("core.graph.walks.CHUNK", 77)
    for workers in (1, 2, 3):
        np.testing.assert_array_equal(one, random_walks(graph, WalkPlan(seed=7), workers))
    assert (one != random_walks(graph, WalkPlan(seed=8))).any()


@pytest.mark.parametrize("name", ["walks_per_product", "length", "workers"])
def test_counts_below_one_are_refused(name):
    with pytest.raises(UserError, match=name):
        if name == "workers":
            random_walks(graph_of([(0, 1, 1.0)], 2), workers=0)
        else:
            WalkPlan(**{name: 0})


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_invalid_weights_are_refused(weight):
    with pytest.raises(ValueError, match="weight"):
        random_walks(graph_of([(0, 1, weight)], 2))
