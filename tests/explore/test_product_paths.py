"""Paths against networkx, which lists every shortest path."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from core.explore.product_paths import shared_facts, shared_neighbours, shortest_paths
from core.graph.product_graph import ProductGraph
from tests.networkx_graphs import from_networkx


def random_graph(seed: int) -> tuple[ProductGraph, nx.Graph]:
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(40, 0.07, seed=seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.choice([0.5, 1.0, 1.2, 2.2]))
    product_graph, nodes = from_networkx(graph)
    assert nodes == list(range(40))
    return product_graph, graph


def weight_of(graph: nx.Graph, path: list[int]) -> float:
    return sum(graph.edges[a, b]["weight"] for a, b in pairwise(path))


@pytest.mark.parametrize("seed", range(8))
def test_paths_are_shortest_and_the_first_is_the_heaviest(seed):
    ours, theirs = random_graph(seed)
    for source, target in [(0, 1), (2, 30), (7, 21), (3, 39), (12, 5)]:
        found = shortest_paths(ours, source, target, limit=50, longest=40)
        if not nx.has_path(theirs, source, target):
            assert found == []
            continue
        every = list(nx.all_shortest_paths(theirs, source, target))
        assert all(path in every for path, _ in found)
        heaviest = max(weight_of(theirs, path) for path in every)
        assert found[0][1] == pytest.approx(heaviest)
        for path, weight in found:
            assert weight == pytest.approx(weight_of(theirs, path))
        weights = [weight for _, weight in found]
        assert weights == sorted(weights, reverse=True)
        assert len({tuple(path) for path, _ in found}) == len(found)


def test_the_number_and_length_of_paths_are_limited():
    graph, _ = from_networkx(nx.path_graph(10))
    assert shortest_paths(graph, 0, 9, longest=8) == []
    assert shortest_paths(graph, 0, 9, longest=9) == [(list(range(10)), 9.0)]
    assert shortest_paths(graph, 4, 4) == [([4], 0.0)]
    star, _ = from_networkx(nx.complete_bipartite_graph(2, 6))
    assert len(shortest_paths(star, 0, 1, limit=4)) == 4


def test_shared_neighbours_are_those_of_both():
    ours, theirs = random_graph(3)
    for source, target in [(0, 1), (2, 30), (7, 21), (10, 11)]:
        table = shared_neighbours(ours, source, target)
        assert set(table["product"]) == set(nx.common_neighbors(theirs, source, target))
        assert table["degree"].is_monotonic_increasing
        for row in table.itertuples():
            both = weight_of(theirs, [source, row.product, target])
            assert row.weight == pytest.approx(both)
            assert row.degree == theirs.degree[row.product]


def test_shared_facts_are_the_brand_and_common_categories(split):
    assert shared_facts(split, 1, 8) == {
        "brand": "Brand 1",
        "category_1": "Shop",
        "category_2": "Cameras",
    }
    assert shared_facts(split, 1, 27) == {"category_1": "Shop"}
    # Nothing below a level that differs, and "" is not shared.
    assert "category_3" not in shared_facts(split, 0, 5)
