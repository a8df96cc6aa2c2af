"""The graph against networkx and scipy."""

import networkx as nx
import numpy as np

from core.graph.product_graph import Pairs, ProductGraph, pair_keys
from tests.networkx_graphs import from_networkx


def test_degree_strength_and_neighbours_are_networkx_s():
    graph = nx.les_miserables_graph()
    ours, nodes = from_networkx(graph)
    assert ours.degree.tolist() == [graph.degree(node) for node in nodes]
    assert np.allclose(ours.strength, [graph.degree(node, weight="weight") for node in nodes])
    index = {node: i for i, node in enumerate(nodes)}
    found, weights = ours.neighbours(index["Valjean"])
    expected = {index[b]: d["weight"] for b, d in graph["Valjean"].items()}
    assert dict(zip(found.tolist(), weights.tolist())) == expected


def test_isolated_products_and_self_pairs_are_stored():
    pairs = Pairs(
        np.array([1, 2], np.int32),
        np.array([3, 2], np.int32),
        np.array([0.5, 2.0], np.float32),
        np.zeros(2, np.uint8),
    )
    graph = ProductGraph.from_pairs(pairs, 5)
    assert graph.degree.tolist() == [0, 1, 1, 1, 0]
    assert graph.strength.tolist() == [0, 0.5, 2.0, 0.5, 0]
    assert np.array_equal(graph.adjacency.toarray(), graph.adjacency.toarray().T)


def test_both_directions_of_a_pair_have_the_same_key():
    u, v = np.array([3, 0], np.int32), np.array([1, 2], np.int32)
    assert np.array_equal(pair_keys(u, v, 10), pair_keys(v, u, 10))
    big = np.array([1_900_000], np.int32)
    assert pair_keys(big, big, 2_000_000)[0] == 1_900_000 * 2_000_000 + 1_900_000
