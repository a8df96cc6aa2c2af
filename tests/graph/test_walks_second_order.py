"""Second-order (node2vec) walks against a slow reference version and its exact probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from core.config import UserError
from core.graph.product_graph import Pairs, ProductGraph
from core.graph.walks import WalkPlan, random_walks

PARAMETERS = [(1.0, 0.5), (1.0, 2.0), (0.25, 4.0), (4.0, 0.25), (0.5, 0.5), (3.0, 1.0), (0.1, 1.0)]


def weighted_graph(n_products: int = 12, share: float = 0.45, seed: int = 0) -> ProductGraph:
    """Return a connected graph with triangles, open triples, uneven weights and a self-pair."""
    rng = np.random.default_rng(seed)
    u, v = np.triu_indices(n_products, k=1)
    kept = (rng.random(len(u)) < share) | (v == u + 1)
    u, v = np.append(u[kept], 3).astype(np.int32), np.append(v[kept], 3).astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 2.7, 9.0], np.float32), len(u))
    pairs = Pairs(u, v, weight, np.ones(len(u), np.uint8))
    return ProductGraph.from_pairs(pairs, n_products)


def exact(graph: ProductGraph, p: float, q: float) -> np.ndarray:
    """Return P(x | t, v), shape (n, n, n), by the definition; rows of impossible (t, v) are 0."""
    weights = graph.adjacency.toarray().astype(float)
    n = len(weights)
    result = np.zeros((n, n, n))
    for t in range(n):
        for v in np.flatnonzero(weights[t]):
            for x in np.flatnonzero(weights[v]):
                factor = 1 / p if x == t else 1.0 if weights[t, x] else 1 / q
                result[t, v, x] = weights[v, x] * factor
            if result[t, v].any():
                result[t, v] /= result[t, v].sum()
    return result


def triples(walks: np.ndarray, n_products: int) -> np.ndarray:
    """Return how often t, v, x followed each other, shape (n, n, n)."""
    table = np.zeros((n_products,) * 3, np.int64)
    t, v, x = walks[:, :-2].ravel(), walks[:, 1:-1].ravel(), walks[:, 2:].ravel()
    whole = x >= 0
    np.add.at(table, (t[whole], v[whole], x[whole]), 1)
    return table


def fit(counts: np.ndarray, chances: np.ndarray) -> float:
    """Return the chi-square p-value of `counts` for `chances`, over all rows at once."""
    possible = chances > 0
    assert counts[~possible].sum() == 0
    expected = counts.sum(axis=-1, keepdims=True) * chances
    used = expected > 5
    statistic = ((counts - expected)[used] ** 2 / expected[used]).sum()
    return chi2(used.sum() - used.any(axis=-1).sum()).sf(statistic)


def reference_walks(graph, p, q, n_walks, length, seed) -> np.ndarray:
    """Walk by drawing from the exact probabilities, one step at a time."""
    rng = np.random.default_rng(seed)
    chances, n = exact(graph, p, q), graph.n_products
    walks = np.empty((n_walks, length), np.int32)
    for walk in walks:
        walk[0] = rng.integers(n)
        neighbours, weights = graph.neighbours(walk[0])
        walk[1] = rng.choice(neighbours, p=weights / weights.sum(dtype=float))
        for step in range(2, length):
            walk[step] = rng.choice(n, p=chances[walk[step - 2], walk[step - 1]])
    return walks


@pytest.mark.parametrize(("p", "q"), PARAMETERS)
def test_transitions_are_exactly_node2vecs(p, q):
    graph = weighted_graph()
    walks = random_walks(graph, WalkPlan(20_000, 12, p, q, seed=1))
    counts = triples(walks, graph.n_products)
    assert 0.001 < fit(counts, exact(graph, p, q)) < 0.999
    assert fit(counts, exact(graph, p * 1.1, q)) < 1e-6
    assert fit(counts, exact(graph, p, q * 1.1)) < 1e-6


def test_first_step_follows_the_weights():
    graph = weighted_graph()
    walks = random_walks(graph, WalkPlan(20_000, 2, 0.1, 4.0))
    counts = np.zeros((graph.n_products,) * 2, np.int64)
    np.add.at(counts, (walks[:, 0], walks[:, 1]), 1)
    dense = graph.adjacency.toarray().astype(float)
    assert fit(counts, dense / dense.sum(axis=1, keepdims=True)) > 0.001


def test_whole_walks_agree_with_the_reference_walker():
    graph, p, q = weighted_graph(), 0.25, 4.0
    slow = reference_walks(graph, p, q, n_walks=3000, length=12, seed=0)
    fast = random_walks(graph, WalkPlan(2500, 12, p, q))
    for summary in (
        lambda walks: walks[:, -1],
        lambda walks: np.array([len(set(walk)) for walk in walks.tolist()]),
        lambda walks: (walks[:, 2:] == walks[:, :-2]).sum(axis=1),
    ):
        table = [np.bincount(summary(walks), minlength=13) for walks in (slow, fast)]
        common = np.sum(table, axis=0) > 20
        assert chi2_contingency(np.array(table)[:, common]).pvalue > 0.001


def test_walks_follow_the_edges_of_a_directed_graph():
    # 0 -> 1, 1 -> {0, 2, 3}, 0 -> 2, so 2 is near 0; 3 -> 1 only; nothing leaves 2.
    indptr, indices = np.array([0, 2, 5, 5, 6]), np.array([1, 2, 0, 2, 3, 1], np.int32)
    graph = ProductGraph(indptr, indices, np.array([1, 1, 1, 2, 3, 1], np.float32))
    walks = random_walks(graph, WalkPlan(30_000, 8, 0.2, 3.0))
    assert fit(triples(walks, 4), exact(graph, 0.2, 3.0)) > 0.001
    ended = walks[:, :-1] == 2
    assert (walks[:, 1:][ended] == -1).all()
    assert (walks[:, 1:][walks[:, :-1] == -1] == -1).all()
    assert 2 not in walks[:, 0]


@pytest.mark.parametrize(("p", "q"), [(0.001, 1000.0), (1000.0, 0.001), (1000.0, 1000.0)])
def test_walks_with_extreme_parameters_end(p, q):
    graph = weighted_graph()
    walks = random_walks(graph, WalkPlan(20, 10, p, q))
    assert (triples(walks, 12)[exact(graph, p, q) == 0] == 0).all()


@pytest.mark.parametrize(("p", "q"), [(0.5, 2.0), (2.0, 0.5)])
def test_same_seed_same_walks_at_any_number_of_workers(p, q, monkeypatch):
    graph = weighted_graph(200, 0.05, seed=1)
    one = random_walks(graph, WalkPlan(30, 30, p, q, seed=7))
    monkeypatch.setattr("core.graph.walks.CHUNK", 77)
    for workers in (1, 2, 3):
        again = random_walks(graph, WalkPlan(30, 30, p, q, seed=7), workers)
        np.testing.assert_array_equal(one, again)
    assert (one != random_walks(graph, WalkPlan(30, 30, p, q, seed=8))).any()


def test_second_order_walks_with_p_and_q_near_one_are_distributed_as_first_order_ones():
    graph = weighted_graph()
    walks = random_walks(graph, WalkPlan(20_000, 6, 1.0000001, 1.0, seed=5))
    assert fit(triples(walks, graph.n_products), exact(graph, 1.0, 1.0)) > 0.001


def test_starts_and_isolated_products():
    pairs = Pairs(*np.array([[0], [1]], np.int32), np.ones(1, np.float32), np.ones(1, np.uint8))
    graph = ProductGraph.from_pairs(pairs, 4)
    walks = random_walks(graph, WalkPlan(2, 4, 2.0, 0.5), starts=np.array([0, 3]))
    assert walks.tolist() == [[0, 1, 0, 1]] * 2


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf, 1e-9])
@pytest.mark.parametrize("name", ["p", "q"])
def test_parameters_out_of_range_are_refused(name, value):
    with pytest.raises(UserError, match=f"node2vec's {name}"):
        WalkPlan(**{name: value})
