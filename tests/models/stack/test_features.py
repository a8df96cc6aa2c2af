"""What the stack knows of pairs from the graph and the ids, each against something independent."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from core.graph.path_sampling import PathDraw
from core.graph.product_graph import Pairs, ProductGraph
from core.models.stack import paths
from core.models.stack.bases import lent
from core.models.stack.features import NODES, node_features
from core.models.stack.five_steps import TOGETHER, FiveSteps
from core.models.stack.id_gaps import FAR_APART, IdGaps, id_places
from core.models.stack.paths import PATHS, AllPaths, path_sums


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def some_graph(rng) -> ProductGraph:
    u, v = np.triu_indices(12, 1)
    kept = rng.random(len(u)) < 0.25
    u, v = u[kept].astype(np.int32), v[kept].astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 2.2], np.float32), len(u))
    return ProductGraph.from_pairs(Pairs(u, v, weight, np.ones(len(u), np.uint8)), 12)


def sparse_graph(rng) -> ProductGraph:
    """A graph whose products are many steps apart; some have no pair."""
    keys = np.unique(rng.integers(0, 38, 100) * 40 + rng.integers(0, 38, 100))
    u, v = np.divmod(keys, 40)
    u, v = u[u < v].astype(np.int32), v[u < v].astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 2.2], np.float32), len(u))
    return ProductGraph.from_pairs(Pairs(u, v, weight, np.ones(len(u), np.uint8)), 40)


def test_id_gaps_are_those_of_the_sorted_ids(rng):
    graph = some_graph(rng)
    place = rng.permutation(12).astype(np.int32)
    u, v = (ends.ravel() for ends in np.indices((12, 12)))
    own, *rest = IdGaps(place, graph).pairs(u, v)
    from_u, from_v = np.array(rest).T.reshape(-1, 2, 2).swapaxes(0, 1)
    for row in range(len(u)):
        assert own[row] == pytest.approx(np.log1p(abs(int(place[u[row]]) - int(place[v[row]]))))
        for found, one, other in ((from_u, u[row], v[row]), (from_v, v[row], u[row])):
            around = [n for n in graph.neighbours(one)[0] if n != other]
            gaps = sorted(abs(int(place[n]) - int(place[other])) for n in around)
            gaps = [*gaps, FAR_APART, FAR_APART][:2]
            np.testing.assert_allclose(found[row], np.log1p(gaps), rtol=1e-5)


def test_ids_of_numbers_are_in_the_order_of_their_size():
    ids = ["10", "9", "B2", "B1", "100"]
    split = SimpleNamespace(
        n_products=5, catalogue=SimpleNamespace(frame=pd.DataFrame({"id": ids}))
    )
    order = [ids[i] for i in np.argsort(id_places(split))]
    assert order == ["9", "10", "B1", "B2", "100"]
    split.catalogue = None
    np.testing.assert_array_equal(id_places(split), np.arange(5))


def test_neighbours_lend_the_mean_of_their_vectors(rng):
    graph, vectors = some_graph(rng), rng.standard_normal((12, 3)).astype(np.float32)
    found, network = lent(graph, vectors), graph.to_networkx()
    for node in range(12):
        around = list(network[node]) if node in network else []
        weights = [network[node][other]["weight"] for other in around]
        expected = np.average(vectors[around], axis=0, weights=weights) if around else np.zeros(3)
        np.testing.assert_allclose(found[node], expected, rtol=1e-4, atol=1e-6)


def test_all_paths_are_those_that_are_summed_one_by_one(rng):
    graph = some_graph(rng)
    u, v = (ends.ravel() for ends in np.indices((12, 12)))
    found = AllPaths(graph).pairs(u, v)
    for column, (hops, variant) in enumerate(itertools.product((3, 2), PATHS)):
        expected = path_sums(graph, hops, *variant).rows(np.arange(12)).ravel()
        np.testing.assert_allclose(found[column], expected, rtol=1e-6)
        assert (expected > 0).any()
    adjacency = graph.adjacency.toarray()
    middle = np.maximum(adjacency.sum(axis=1), 1e-9) ** -PATHS[0][1]
    through = adjacency[:, :, None] * middle[None, :, None] * adjacency[None]
    np.testing.assert_allclose(found[8], through.max(axis=1).ravel(), rtol=1e-6)


@pytest.mark.parametrize("room", [1, 1000])
@pytest.mark.parametrize("together", [1, 5])
def test_all_that_queries_reach_has_the_same_sums_to_the_last_bit(rng, together, room, monkeypatch):
    monkeypatch.setattr(paths, "TOGETHER", together)
    monkeypatch.setattr(paths, "ROOM", room)
    all_paths, queries = AllPaths(some_graph(rng)), np.array([7, 0, 3, 7, 11, 5, 2])
    reached = all_paths.rows(queries)
    for first, last in ((0, 12), (4, 9), (6, 7)):
        near, sums = reached.between(first, last)
        row, column = np.divmod(near, last - first)
        u, v = queries[row], first + column
        np.testing.assert_array_equal(sums, all_paths.pairs(u, v))
        every = all_paths.pairs(
            np.repeat(queries, last - first), np.tile(np.arange(first, last), 7)
        )
        np.testing.assert_array_equal(near, np.flatnonzero(every[0]))


def test_five_steps_are_the_fifth_power_of_the_normalised_matrix(rng):
    graph = sparse_graph(rng)
    edges = (graph.adjacency.toarray() > 0).astype(float)
    degree = np.maximum(edges.sum(axis=1), 1)
    power = np.linalg.matrix_power(edges / np.sqrt(np.outer(degree, degree)), 5)
    assert 0.1 < (power > 0).mean() < 0.9
    queries = np.append(rng.permutation(40), [39, 7, 7])
    assert len(queries) % TOGETHER
    rows = FiveSteps(graph).rows(queries)
    np.testing.assert_allclose(rows, np.log(power[queries] + 1e-9), rtol=1e-6)
    pairs = FiveSteps(graph).pairs(np.repeat(queries, 40), np.tile(np.arange(40), 43))
    np.testing.assert_array_equal(pairs, rows.ravel())


def test_paths_are_drawn_in_proportion_to_the_three_hop_score(rng):
    sums = path_sums(some_graph(rng), 3, True, 0.8, 0.4)
    score = sums.rows(np.arange(12)).astype(np.float64)
    draw = PathDraw(sums)
    assert draw.total == pytest.approx(score.sum(), rel=1e-5)
    u, v = draw.draw(200_000, rng)
    counts = np.bincount(u * 12 + v, minlength=144)
    expected = score.ravel() / score.sum() * len(u)
    assert (counts[expected == 0] == 0).all()
    assert chisquare(counts[expected > 5], expected[expected > 5] * counts[expected > 5].sum()
                     / expected[expected > 5].sum()).pvalue > 0.001  # fmt: skip


def test_a_graph_without_pairs_has_no_paths_to_draw(rng):
    empty = np.empty(0, np.int32)
    graph = ProductGraph.from_pairs(
        Pairs(empty, empty, np.empty(0, np.float32), np.empty(0, np.uint8)), 3
    )
    draw = PathDraw(path_sums(graph, 3, True, 0.8, 0.4))
    assert draw.total == 0 and len(draw.draw(5, rng)[0]) == 0


def test_node_features_are_what_their_names_say(rng):
    graph = some_graph(rng)
    features = node_features(graph)
    network = graph.to_networkx()
    for node in range(12):
        around = list(network[node]) if node in network else []
        degrees = [network.degree(other) for other in around]
        expected = [np.log1p(len(around)), 0, 0, 0]
        if around:
            weights = [network[node][other]["weight"] for other in around]
            expected[1:] = [
                np.mean(np.log1p(degrees)), np.mean(weights), np.mean(np.array(degrees) <= 2),
            ]  # fmt: skip
        np.testing.assert_allclose(features[node], expected, rtol=1e-5)
    assert features.shape == (12, len(NODES))
