"""One walk against its probabilities, and its examples against their definition."""

import networkx as nx
import numpy as np
import pytest
from scipy.stats import chisquare

from core.explore.ego_network import ego_network, relations_of
from core.explore.walk_example import one_walk, skipgram_examples
from core.explore.walk_network import walk_network
from core.graph.product_graph import ProductGraph
from tests.networkx_graphs import from_networkx, to_networkx

EDGES = [(0, 1, 1.0), (0, 2, 2.0), (1, 2, 1.5), (2, 3, 0.5), (3, 4, 3.0)]


@pytest.fixture(scope="module")
def graph() -> ProductGraph:
    whole = nx.Graph()
    whole.add_nodes_from(range(6))
    whole.add_weighted_edges_from(EDGES)
    return from_networkx(whole)[0]


def test_steps_follow_the_weights(graph):
    rng = np.random.default_rng(0)
    ends = [one_walk(graph, 2, 2, rng)[0][1] for _ in range(6000)]
    counts = np.bincount(ends, minlength=4)[[0, 1, 3]]
    assert chisquare(counts, 6000 * np.array([2.0, 1.5, 0.5]) / 4).pvalue > 0.001


def test_second_steps_follow_node2vec(graph):
    p, q = 4.0, 0.25
    rng = np.random.default_rng(1)
    counts = np.zeros(5)
    while counts.sum() < 4000:
        walk, _ = one_walk(graph, 0, 3, rng, p, q)
        if walk[1] == 2:
            counts[walk[2]] += 1
    # From 0 over 2: back to 0 (1/p), to 1 (a neighbour of 0), to 3 (none: 1/q).
    weights = np.array([2.0 / p, 1.5, 0.5 / q])
    assert chisquare(counts[[0, 1, 3]], counts.sum() * weights / weights.sum()).pvalue > 0.001


def test_chances_are_those_of_the_steps(graph):
    walk, chances = one_walk(graph, 4, 3, np.random.default_rng(2))
    assert list(walk[:2]) == [4, 3]
    assert list(chances[:2]) == [1, 1]
    assert chances[2] == pytest.approx((3 if walk[2] == 4 else 0.5) / 3.5)


def test_a_walk_from_a_product_without_pairs_has_no_steps(graph):
    assert list(one_walk(graph, 5, 10, np.random.default_rng(0))[0]) == [5]


def test_examples_are_the_window_without_self_pairs(graph):
    walk = np.array([0, 1, 0, 2])
    table = skipgram_examples(walk, graph, np.random.default_rng(0), window=2, negatives=3)
    expected = {
        (i, j) for i in range(4) for j in range(4) if 0 < abs(i - j) <= 2 and walk[i] != walk[j]
    }
    assert set(zip(table["center_at"], table["context_at"])) == expected
    assert all(len(drawn) == 3 for drawn in table["negatives"])


def test_negatives_follow_the_power_of_the_weight(graph):
    table = skipgram_examples(
        np.array([0, 1]), graph, np.random.default_rng(3), window=1, negatives=4000
    )
    drawn = np.concatenate(table["negatives"].tolist())
    expected = graph.strength**0.75
    counts = np.bincount(drawn, minlength=6)
    assert counts[5] == 0
    assert chisquare(counts[:5], len(drawn) * expected[:5] / expected.sum()).pvalue > 0.001


@pytest.fixture
def titled_split(community_split):
    import dataclasses

    import pandas as pd

    from core.data.product_catalogue import COLUMNS, Catalogue

    n = community_split.n_products
    frame = pd.DataFrame({name: [""] * n for name in COLUMNS})
    frame["id"] = [f"P{i}" for i in range(n)]
    frame["price"] = np.float32("nan")
    return dataclasses.replace(community_split, catalogue=Catalogue(frame))


def test_relations_are_all_true_neighbours(titled_split):
    product = 3
    table = relations_of(titled_split, product)
    expected = set(titled_split.known.neighbours(product)[0].tolist()) - {product}
    assert set(table["product"]) == expected
    assert table["weight"].is_monotonic_decreasing


def test_the_ego_network_holds_the_heaviest_neighbours_and_all_pairs_among_them(titled_split):
    around = ego_network(titled_split, 3, most=6)
    nodes = around.nodes["product"].tolist()
    assert nodes == [3, *relations_of(titled_split, 3)["product"][:6]]
    expected = to_networkx(titled_split.known).subgraph(np.array(nodes)).copy()
    expected.remove_edges_from(list(nx.selfloop_edges(expected)))
    found = {frozenset(pair) for pair in zip(around.edges["u"], around.edges["v"])}
    assert found == {frozenset(pair) for pair in expected.edges}
    assert (around.nodes[["x", "y"]].iloc[0] == 0).all()


def test_the_network_of_a_walk_has_its_products_first_and_all_its_pairs(titled_split):
    graph = titled_split.graph
    walk = one_walk(graph, 3, 8, np.random.default_rng(5))[0]
    nodes, edges = walk_network(titled_split, walk, around=2)
    visited = list(dict.fromkeys(walk.tolist()))
    chosen = nodes["product"].tolist()
    assert chosen[: len(visited)] == visited and len(set(chosen)) == len(chosen)
    expected = to_networkx(graph).subgraph(np.array(chosen)).copy()
    expected.remove_edges_from(list(nx.selfloop_edges(expected)))
    found = {frozenset(pair) for pair in zip(edges["u"], edges["v"])}
    assert found == {frozenset(pair) for pair in expected.edges}
    for product in visited:
        neighbours, weights = graph.neighbours(product)
        assert neighbours[weights.argmax()] in chosen
    assert nodes[["x", "y"]].notna().all(axis=None)
