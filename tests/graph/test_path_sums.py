"""Path sums against dense matrix powers and networkx."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from core.graph.path_sums import TOP, PathSums, normalised_hops
from core.graph.product_graph import ProductGraph
from core.parallel import use_workers
from tests.networkx_graphs import from_networkx


@pytest.fixture(scope="module")
def graph() -> ProductGraph:
    built, _ = from_networkx(nx.les_miserables_graph())
    return built


def dense_power(graph: ProductGraph, hops: int, exponent: float) -> np.ndarray:
    adjacency = graph.adjacency.toarray().astype(float)
    scale = np.diag(adjacency.sum(axis=1) ** -exponent)
    return np.linalg.matrix_power(scale @ adjacency @ scale, hops)


@pytest.mark.parametrize("hops", [2, 3])
@pytest.mark.parametrize("exponent", [0.4, 0.5])
def test_pairs_and_rows_are_the_matrix_power(graph, hops, exponent):
    expected = dense_power(graph, hops, exponent)
    paths = normalised_hops(graph, hops, exponent)
    u, v = (side.ravel() for side in np.indices(expected.shape))
    assert np.allclose(paths.pairs(u, v), expected.ravel(), rtol=1e-6)
    assert np.allclose(paths.rows(np.arange(graph.n_products)), expected, rtol=1e-6)


def test_unweighted_counts_every_edge_once(graph):
    ones = ProductGraph(graph.indptr, graph.indices, np.ones_like(graph.weights))
    rows = np.arange(graph.n_products)
    unweighted = normalised_hops(graph, 3, 0.5, weighted=False).rows(rows)
    assert np.allclose(unweighted, dense_power(ones, 3, 0.5), rtol=1e-6)
    assert not np.allclose(unweighted, normalised_hops(graph, 3, 0.5).rows(rows))


@pytest.mark.parametrize("hops", [2, 3])
def test_the_strongest_paths_add_most_to_the_score(graph, hops):
    paths = normalised_hops(graph, hops, 0.4)
    adjacency = graph.adjacency.toarray().astype(float)
    scale = np.diag(adjacency.sum(axis=1) ** -0.4)
    step = scale @ adjacency @ scale
    network = nx.from_numpy_array(adjacency)
    for u, v in ((0, 11), (10, 40), (25, 26)):
        walks = {
            tuple(path): np.prod([step[pair] for pair in pairwise(path)])
            for path in nx.all_simple_paths(network, u, v, cutoff=hops)
            if len(path) == hops + 1
        }
        found = paths.strongest(u, v, 4)
        best = sorted(walks.values(), reverse=True)[:4]
        score = dense_power(graph, hops, 0.4)[u, v]
        assert [share * score for _, share in found] == pytest.approx(best)
        for path, share in found:
            assert walks[tuple(path)] == pytest.approx(share * score)


def test_without_a_path_there_is_no_strongest_path():
    built, _ = from_networkx(nx.Graph([(0, 1), (2, 3)]))
    for hops in (2, 3):
        assert normalised_hops(built, hops).strongest(0, 3) == []


def test_the_same_at_any_number_of_threads(graph):
    rng = np.random.default_rng(0)
    u, v = rng.integers(0, graph.n_products, (2, 500))
    results = []
    for workers in (1, 2):
        use_workers(workers)
        results.append(normalised_hops(graph, 3).pairs(u, v))
    assert np.array_equal(*results)


def test_a_product_without_neighbours_scores_0():
    graph = nx.path_graph(4)
    graph.add_node(4)
    built, _ = from_networkx(graph)
    paths = normalised_hops(built, 3)
    assert paths.pairs(np.array([4, 0]), np.array([0, 4])).tolist() == [0, 0]
    assert not paths.rows(np.array([4])).any()


def test_an_empty_graph_is_accepted(graph):
    empty = np.empty(0, np.int32)
    assert len(normalised_hops(graph, 3).pairs(empty, empty)) == 0


def star_of_stars(n: int) -> ProductGraph:
    """Return a graph in which product 0 reaches `n` products in two hops, each by one path."""
    graph = nx.Graph()
    for i in range(1, n + 1):
        graph.add_edge(0, i, weight=1.0)
        graph.add_edge(i, n + i, weight=float(i))
    return from_networkx(nx.convert_node_labels_to_integers(graph, ordering="sorted"))[0]


@pytest.mark.parametrize("k", [1, 5, 70])
def test_the_best_are_those_of_the_whole_row_without_known_pairs(graph, k):
    paths, n = normalised_hops(graph, 3, 0.4), graph.n_products
    scores = paths.rows(np.arange(n)).astype(float)
    scores[graph.adjacency.toarray() > 0] = 0
    np.fill_diagonal(scores, 0)
    best = paths.best(np.arange(n), k, graph)
    assert best.shape == (n, k)
    for row, found in zip(scores, best):
        found = found[found >= 0]
        assert len(found) == len(set(found.tolist())) == min(k, (row > 0).sum())
        np.testing.assert_allclose(np.sort(row[found]), np.sort(row)[n - len(found) :], rtol=1e-5)


def test_draws_are_uniform_over_the_best_hundred_without_known_pairs():
    n = 150
    graph = star_of_stars(n)
    paths = PathSums(
        graph.indptr,
        graph.indices,
        graph.weights,
        np.ones(graph.n_products),
        np.ones(graph.n_products),
        2,
    )
    scores = paths.rows(np.array([0]))[0].copy()
    scores[0] = 0
    scores[graph.neighbours(0)[0]] = 0
    best = set(np.argsort(-scores, kind="stable")[:TOP].tolist())
    uniform = (np.arange(20_000) + 0.5) / 20_000
    drawn = paths.draw_top(np.zeros(20_000, np.int64), uniform, graph)
    values, counts = np.unique(drawn, return_counts=True)
    assert set(values.tolist()) == best
    assert counts.min() == counts.max() == 200


def test_a_draw_without_candidates_is_minus_one():
    built, _ = from_networkx(nx.complete_graph(4))
    drawn = normalised_hops(built, 2).draw_top(np.array([0, 1]), np.array([0.5, 0.5]), built)
    assert drawn.tolist() == [-1, -1]
