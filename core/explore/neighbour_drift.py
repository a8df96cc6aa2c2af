"""The products whose neighbourhoods differ most between the vectors of two runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.explore.nearest_vectors import nearest
from core.graph.split import Split

# Neighbours of a product with fewer training pairs are a guess in any model.
MIN_DEGREE = 5
# Products compared at most, and multiplications: a second or two on one core.
MAX_CHECKED, MAX_PRODUCTS = 20_000, 1.2e11


@dataclass(frozen=True)
class Drift:
    """How far two runs agree on the nearest products by vector.

    Attributes
    ----------
    table : DataFrame
        Columns ``product, shared`` (of the k nearest) and ``degree``, least shared first, ties by
        popularity.
    k : int
        Size of a neighbourhood.
    n_candidates : int
        Products with vectors in both runs and at least `MIN_DEGREE` training pairs.
    mean : float
        Mean of ``shared``.
    """

    table: pd.DataFrame
    k: int
    n_candidates: int
    mean: float


def neighbour_drift(
    vectors: tuple[np.ndarray, np.ndarray],
    usable: np.ndarray,
    split: Split,
    *,
    k: int = 10,
    seed: int = 42,
    workers: int = 1,
) -> Drift:
    """Compare the `k` nearest products by cosine in two runs, exactly.

    If there are many products, a random sample of them is compared.

    Parameters
    ----------
    vectors : two float32 arrays, shape (n_products, dim)
        The vectors of the two runs.
    usable : bool array, shape (n_products,)
        Products with a vector in both runs; only these are neighbours.
    """
    products = np.flatnonzero(usable)
    candidates = np.flatnonzero(split.graph.degree[products] >= MIN_DEGREE)
    k = min(k, len(products) - 1)
    if len(candidates) == 0 or k < 1:
        empty = pd.DataFrame({"product": [], "shared": [], "degree": []}, dtype=np.int64)
        return Drift(empty, max(k, 0), 0, 0.0)
    cost = len(products) * sum(table.shape[1] for table in vectors)
    most = int(min(MAX_CHECKED, max(MAX_PRODUCTS // cost, 1)))
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(candidates)[:most])
    lists = [
        nearest(np.asarray(table[products]), k, queries=drawn, workers=workers)[0]
        for table in vectors
    ]
    shared = (lists[0][:, :, None] == lists[1][:, None, :]).sum(axis=(1, 2))
    checked = products[drawn]
    table = pd.DataFrame(
        {"product": checked, "shared": shared, "degree": split.graph.degree[checked]}
    ).sort_values(["shared", "degree"], ascending=[True, False], kind="stable", ignore_index=True)
    return Drift(table, k, len(candidates), float(shared.mean()))
