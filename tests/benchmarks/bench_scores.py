"""Three-hop scores compared with scipy's sparse products; the spectral embedding; the metrics.

The metrics are compared with scikit-learn's.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.metrics import auc, average_precision
from core.graph.path_sums import normalised_hops
from core.graph.product_graph import ProductGraph
from core.models.kernels.eigenvectors import EXTRA, FILTER_DEGREE, largest_eigenvectors
from core.models.spectral import SpectralSettings, normalised_adjacency
from tests.benchmarks.contest import Contestant, Done, Stage
from tests.benchmarks.graphs import Size

HELD_OUT = 100_000  # pairs to score
SCIPY_PAIRS = 1_000


def stages(size: Size, graph: ProductGraph, workers: int) -> list[Stage]:
    """Return three-hop by pairs, spectral by products and metrics by pairs."""
    found = [_three_hop(size, graph), _metrics(size)]
    if size.n_products * SpectralSettings().dim < 1 << 28:
        found.insert(1, _spectral(graph, workers))
    return found


def _three_hop(size: Size, graph: ProductGraph) -> Stage:
    rng = np.random.default_rng(0)
    n = size.n_products // 4 if size.growing else HELD_OUT
    # As many pairs a product as there are held-out pairs and uniform negatives together.
    each = max(1, round(0.33 * 2 * size.n_pairs / size.n_products))
    seen = np.flatnonzero(graph.degree)
    u = np.repeat(rng.choice(seen, n // each), each)
    v = rng.choice(seen, len(u))
    paths = normalised_hops(graph, 3)

    def ours() -> Done:
        paths.pairs(u, v)
        return Done(len(u))

    matrix = normalised_adjacency(graph)
    few_u, few_v = u[:SCIPY_PAIRS], v[:SCIPY_PAIRS]

    def scipy() -> Done:
        two_hops = matrix[few_u] @ matrix
        two_hops.multiply(matrix[few_v]).sum(axis=1)
        return Done(len(few_u))

    contestants = [Contestant("ours", ours)]
    if not size.growing:
        contestants.append(Contestant("scipy sparse", scipy, f"{SCIPY_PAIRS:,} pairs"))
    return Stage("three-hop scores", "pairs", contestants)


def _spectral(graph: ProductGraph, workers: int) -> Stage:
    settings = SpectralSettings()
    matrix = normalised_adjacency(graph, settings.exponent)
    n, width = matrix.shape[0], settings.dim + EXTRA
    sparse = 2 + settings.rounds * (FILTER_DEGREE + 1)  # products with the matrix
    dense = 2 * (1 + settings.rounds) * 3 * 2  # Gram matrix and rotation, three times a round

    def ours() -> Done:
        rng = np.random.default_rng(0)
        largest_eigenvectors(matrix, settings.dim, settings.rounds, rng, workers=workers)
        return Done(n)

    def possible(limits) -> float:
        rows = sparse * matrix.nnz * width / 128
        return n / (rows / limits.rows_read + dense * n * width**2 / limits.flops)

    note = f"{settings.dim} eigenvectors"
    return Stage("spectral", "products", [Contestant("ours", ours, note)], possible)


def _metrics(size: Size) -> Stage:
    rng = np.random.default_rng(0)
    n = size.n_pairs // 3
    positive, negative = rng.normal(1, 1, n).astype(np.float32), rng.normal(0, 1, n)
    negative = negative.astype(np.float32)

    def ours() -> Done:
        auc(positive, negative)
        average_precision(positive, negative)
        return Done(2 * n)

    contestants = [Contestant("ours", ours, "AUC and average precision")]
    if not size.growing:
        from sklearn.metrics import average_precision_score, roc_auc_score

        label = np.repeat([1, 0], n)
        score = np.concatenate([positive, negative])

        def theirs() -> Done:
            roc_auc_score(label, score)
            average_precision_score(label, score)
            return Done(2 * n)

        contestants.append(Contestant("scikit-learn", theirs))
    return Stage("metrics", "pairs", contestants)
