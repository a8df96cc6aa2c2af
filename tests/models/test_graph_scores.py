"""The graph scores agree with networkx."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from core.data.product_catalogue import Catalogue
from core.graph.list_position_weights import HALF_WEIGHT_POSITION, Mentions
from core.graph.product_graph import Pairs
from core.graph.split import Split
from core.models.graph_scores import (
    AdamicAdar,
    CommonNeighbours,
    Degree,
    ResourceAllocation,
    ThreeHop,
    ThreeHopSettings,
)


def split_of(graph: nx.Graph) -> Split:
    """Return a split that trains on all of a graph with nodes 0 … n - 1."""
    edges = np.array([sorted(edge) for edge in graph.edges], np.int32)
    n = graph.number_of_nodes()
    weights = np.random.default_rng(0).uniform(0.5, 5.4, len(edges)).astype(np.float32)
    pairs = Pairs(edges[:, 0], edges[:, 1], weights, np.ones(len(edges), np.uint8))
    nothing = np.zeros(n, bool)
    return Split(
        "random",
        n,
        pairs,
        pairs[:0],
        np.zeros(len(pairs), bool),
        ~nothing,
        nothing,
        catalogue=Catalogue.without_metadata(n),
    )


@pytest.fixture(scope="module")
def graph() -> nx.Graph:
    return nx.convert_node_labels_to_integers(nx.les_miserables_graph())


@pytest.mark.parametrize(
    ("model", "peer"),
    [
        (AdamicAdar, nx.adamic_adar_index),
        (ResourceAllocation, nx.resource_allocation_index),
        (CommonNeighbours, nx.common_neighbor_centrality),
    ],
)
def test_shared_neighbour_scores_are_networkx_s(graph, model, peer):
    pairs = [(u, v) for u in graph for v in graph if u < v]
    # With alpha = 1 networkx's centrality is the plain number of common neighbours.
    options = {"alpha": 1} if model is CommonNeighbours else {}
    expected = np.array([score for _, _, score in peer(graph, pairs, **options)])
    u, v = np.array(pairs).T
    fitted = model().fit(split_of(graph))
    assert np.allclose(fitted.score(u, v), expected, rtol=1e-5)
    assert np.allclose(fitted.score_all(np.arange(len(graph)))[u, v], expected, rtol=1e-5)


@pytest.mark.parametrize("places", [False, True])
def test_three_hops_are_the_cube_of_the_normalised_matrix(graph, places):
    split = split_of(graph)
    # All in one list, the last pair first.
    order, n = np.arange(len(split.train), dtype=np.int32)[::-1], len(split.train)
    mentions = Mentions(order, np.zeros(n, np.int32), split.train.weight[order])
    split = replace(split, mentions=mentions)
    nearness = split.train.weight / (1 + order / HALF_WEIGHT_POSITION)
    for (u, v), weight, near in zip(graph.edges, split.train.weight, nearness):
        graph.edges[u, v]["weight"] = near if places else weight
    adjacency = nx.to_numpy_array(graph)
    factor = adjacency.sum(axis=1) ** -0.3
    expected = np.linalg.matrix_power(factor[:, None] * adjacency * factor, 3)
    fitted = ThreeHop(ThreeHopSettings(exponent=0.3, places=places)).fit(split)
    assert np.allclose(fitted.score_all(np.arange(len(graph))), expected, rtol=1e-5)


def test_degree_is_the_log_of_both_degrees(graph):
    fitted = Degree().fit(split_of(graph))
    u, v = np.array([0, 5]), np.array([11, 70])
    expected = [np.log1p(graph.degree(a)) + np.log1p(graph.degree(b)) for a, b in zip(u, v)]
    assert np.allclose(fitted.score(u, v), expected)
