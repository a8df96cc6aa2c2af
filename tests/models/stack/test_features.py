"""The features of pairs, each against an independent computation."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from core.data.product_catalogue import Catalogue
from core.graph.product_graph import Pairs, ProductGraph
from core.graph.split import random_split
from core.models.stack.features import FEATURES, Content, IdDistances, PairFeatures, id_places
from tests.communities import community_pairs, described_split
from tests.networkx_graphs import to_networkx

N = 12


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def graph(rng) -> ProductGraph:
    """A graph of ten products, and two that are in no pair."""
    u, v = np.triu_indices(N - 2, 1)
    kept = rng.random(len(u)) < 0.3
    u, v = u[kept].astype(np.int32), v[kept].astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 2.2], np.float32), len(u))
    return ProductGraph.from_pairs(Pairs(u, v, weight, np.ones(len(u), np.uint8)), N)


@pytest.fixture
def features(rng, graph) -> PairFeatures:
    vectors = {
        name: rng.normal(size=(N, 3)).astype(np.float32)
        for name in ("spectral", "center", "context")
    }
    return PairFeatures(graph, vectors, None, rng.permutation(N))


def by_name(features: PairFeatures, u: np.ndarray, v: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(features.names, features.of_pairs(u, v).T))


def all_pairs() -> tuple[np.ndarray, np.ndarray]:
    return np.divmod(np.arange(N * N), N)


def test_a_pair_and_its_mirror_image_have_the_same_features(features):
    u, v = all_pairs()
    np.testing.assert_array_equal(features.of_pairs(u, v), features.of_pairs(v, u))


def test_the_columns_are_those_of_the_table_in_its_order(features):
    assert features.names == [name for name in FEATURES if name in features.names]
    assert len(features.names) == len(FEATURES) - 4  # without content


def test_neighbourhoods_are_those_of_networkx(features, graph):
    known = to_networkx(graph)
    u, v = all_pairs()
    u, v = u[u != v], v[u != v]
    found = by_name(features, u, v)
    pairs = list(zip(u.tolist(), v.tolist()))
    common = [len(list(nx.common_neighbors(known, *pair))) for pair in pairs]
    assert found["common neighbours"].tolist() == common
    jaccard = [score for _, _, score in nx.jaccard_coefficient(known, pairs)]
    np.testing.assert_allclose(found["Jaccard"], jaccard, rtol=1e-6)
    adamic_adar = [score for _, _, score in nx.adamic_adar_index(known, pairs)]
    np.testing.assert_allclose(found["Adamic-Adar"], adamic_adar, rtol=1e-6)
    assert 0 < (found["three-hop"] > 0).sum() < len(u)


def test_the_ends_are_ordered_by_degree(features, graph):
    u, v = all_pairs()
    found = by_name(features, u, v)
    degrees = np.log1p(np.sort([graph.degree[u], graph.degree[v]], axis=0))
    np.testing.assert_allclose([found["low's degree"], found["high's degree"]], degrees, rtol=1e-6)
    neighbours, weights = graph.neighbours(5)
    of_five = np.average(np.log1p(graph.degree[neighbours]), weights=weights)
    row = np.flatnonzero((u == 5) & (v == 11))  # 11 has no pair
    assert found["high's neighbours' degree"][row] == pytest.approx(of_five)
    assert found["high's weight"][row] == pytest.approx(weights.mean())
    assert found["low's weight"][row] == 0


def test_products_and_cosines_are_those_of_the_vectors(features, graph):
    u, v = all_pairs()
    found = by_name(features, u, v)
    spectral, center, context = (features.vectors[n] for n in ("spectral", "center", "context"))
    means = {}
    for name, vectors in (("spectral", spectral), ("center", center)):
        means[name] = np.zeros_like(vectors)
        for product in np.flatnonzero(graph.degree):
            neighbours, weights = graph.neighbours(product)
            means[name][product] = np.average(vectors[neighbours], axis=0, weights=weights)

    def cosine(vectors: np.ndarray) -> np.ndarray:
        return np.nan_to_num(1 - cdist(vectors, vectors, "cosine"))  # 0 without neighbours

    def crossed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return left @ right.T + right @ left.T

    expected = {
        "spectral product": spectral @ spectral.T,
        "spectral cosine": cosine(spectral),
        "neighbours' spectral product": crossed(means["spectral"], spectral),
        "neighbours' spectral cosine": cosine(means["spectral"]),
        "skip-gram product": crossed(center, context),
        "skip-gram cosine": cosine(center),
        "neighbours' skip-gram product": crossed(means["center"], context),
        "neighbours' skip-gram cosine": cosine(means["center"]),
    }
    for name, matrix in expected.items():
        np.testing.assert_allclose(found[name], matrix.ravel(), atol=1e-5)


def test_id_distances_are_those_of_the_sorted_ids(rng, graph):
    places = rng.permutation(N)
    u, v = all_pairs()
    own, from_high, from_low = np.expm1(
        np.array(list(IdDistances(graph, places).of_pairs(u, v).values()))
    )
    np.testing.assert_allclose(own, np.abs(places[u] - places[v]), atol=1e-5)
    for found, of, to in ((from_high, u, v), (from_low, v, u)):
        for row in range(len(u)):
            around = [n for n in graph.neighbours(of[row])[0] if n != to[row]]
            expected = min((abs(places[n] - places[to[row]]) for n in around), default=N)
            assert found[row] == pytest.approx(expected, abs=1e-4)


def test_ids_of_numbers_are_in_the_order_of_their_size():
    frame = pd.DataFrame({"id": ["10", "9", "100", "B1", "8"]})
    assert id_places(frame["id"]).tolist() == [2, 1, 4, 3, 0]


def test_missing_values_are_not_shared_values():
    frame = described_split().catalogue.frame.copy()
    frame["price"] = np.float32("nan")
    frame.loc[[0, 1, 2], "price"] = np.array([2, 8, 8], np.float32)
    split = random_split(community_pairs(), 203, np.ones(203, bool), catalogue=Catalogue(frame))
    content = Content.of(split, seed=1)
    # 0, 1 and 2 are of one brand, 30 of another, 202 has no field at all.
    u, v = np.array([0, 1, 0, 0, 202]), np.array([1, 2, 30, 202, 202])
    found = content.of_pairs(u, v)
    assert found["same brand"].tolist() == [1, 1, 0, 0, 0]
    assert found["same categories"].tolist() == [1, 1, 1, 0, 0]
    np.testing.assert_allclose(found["price ratio"], [0.25, 1, 0, 0, 0])
    assert found["text cosine"][:3].min() > 0 and found["text cosine"][3:].tolist() == [0, 0]
