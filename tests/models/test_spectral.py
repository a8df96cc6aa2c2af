"""The spectral embedding against numpy's dense eigenvectors."""

import numpy as np
import pytest

from core.graph.product_graph import ProductGraph
from core.models.graph_scores import ThreeHop, ThreeHopSettings
from core.models.kernels import eigenvectors
from core.models.kernels.eigenvectors import largest_eigenvectors
from core.models.spectral import Spectral, SpectralSettings, normalised_adjacency
from tests.conftest import community_pairs


@pytest.fixture(scope="module")
def matrix():
    """800 products in 40 communities, too many for the direct solution at k <= 40."""
    graph = ProductGraph.from_pairs(community_pairs(40, 20, inside=0.5, across=0.001), 800)
    return normalised_adjacency(graph, 0.4)


@pytest.mark.parametrize("weighted", [True, False])
def test_the_matrix_is_the_formula(weighted, community_split):
    graph = community_split.graph
    adjacency = graph.adjacency.toarray().astype(np.float64)
    if not weighted:
        adjacency = (adjacency > 0).astype(np.float64)
    strength = adjacency.sum(1)
    scale = np.zeros(len(strength))
    scale[strength > 0] = strength[strength > 0] ** -0.4
    expected = scale[:, None] * adjacency * scale
    found = normalised_adjacency(graph, 0.4, weighted).toarray()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_filtered_eigenvectors_are_numpys(matrix):
    expected, vectors = np.linalg.eigh(matrix.toarray().astype(np.float64))
    expected, vectors = expected[::-1], vectors[:, ::-1]
    k = 39
    values, found = largest_eigenvectors(matrix, k, 4, np.random.default_rng(0))
    np.testing.assert_allclose(values, expected[:k], rtol=1e-4)
    np.testing.assert_allclose(found.T @ found, np.eye(k), atol=1e-4)
    # Up to rotations among near-equal eigenvalues: the spans agree, and so does every score.
    np.testing.assert_allclose(
        (found * values) @ found.T,
        (vectors[:, :k] * expected[:k]) @ vectors[:, :k].T,
        atol=3e-3,
    )


def test_the_filter_is_the_chebyshev_polynomial_of_the_matrix(matrix, monkeypatch):
    """By scipy's matrix products and numpy's polynomial, in chunks that end anywhere."""
    monkeypatch.setattr(eigenvectors, "CHUNK", 37)
    low, high = -1.5, 0.4
    block = np.random.default_rng(0).standard_normal((800, 5), dtype=np.float32)
    values, vectors = np.linalg.eigh(matrix.toarray().astype(np.float64))
    polynomial = np.polynomial.Chebyshev.basis(eigenvectors.FILTER_DEGREE, [low, high])
    expected = (vectors * polynomial(values)) @ (vectors.T @ block)
    expected /= np.linalg.norm(expected, axis=0)
    found, _ = eigenvectors.chebyshev(matrix, block, np.full_like(block, np.nan), low, high, 2)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_eigenvectors_do_not_depend_on_the_workers(matrix, monkeypatch):
    monkeypatch.setattr(eigenvectors, "CHUNK", 100)
    one, two = (
        largest_eigenvectors(matrix, 10, 2, np.random.default_rng(0), workers=workers)
        for workers in (1, 2)
    )
    np.testing.assert_array_equal(one[0], two[0])
    np.testing.assert_array_equal(one[1], two[1])


def test_eigenvectors_repeat_and_have_fixed_signs(matrix):
    first, again, other = (
        largest_eigenvectors(matrix, 10, 4, np.random.default_rng(seed))[1] for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    largest = np.abs(first).argmax(axis=0)
    assert (first[largest, np.arange(10)] > 0).all()
    np.testing.assert_allclose(np.abs(first[:, 0]), np.abs(other[:, 0]), atol=1e-3)


def test_all_positive_eigenvalues_and_the_negative_ones_make_three_hop(community_split):
    """With every eigenvector and k = 3, only the negative eigenvalues are missing from N³."""
    settings = SpectralSettings(dim=200, exponent=0.5, power=3)
    model = Spectral(settings).fit(community_split)
    hop = ThreeHop(ThreeHopSettings(exponent=0.5)).fit(community_split)
    dense = normalised_adjacency(community_split.graph, 0.5).toarray().astype(np.float64)
    values, vectors = np.linalg.eigh(dense)
    missing = (vectors * np.minimum(values, 0) ** 3) @ vectors.T
    queries = np.arange(200)
    found = model.score_all(queries) * values[-1] ** 3
    np.testing.assert_allclose(found + missing, hop.score_all(queries), atol=1e-5)


def test_unseen_products_have_zero_vectors():
    from core.graph.split import random_split

    pairs = community_pairs()
    split = random_split(pairs, 205, np.ones(205, bool))
    model = Spectral(SpectralSettings(dim=8)).fit(split)
    assert model.vectors_.shape == (205, 8)
    assert not model.vectors_[~split.seen].any()
    assert model.vectors_[split.seen].any(axis=1).all()
    assert (np.diff(model.eigenvalues_) <= 0).all()
    assert model.eigenvalues_[0] == 1
