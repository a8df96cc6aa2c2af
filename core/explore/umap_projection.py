"""The map of a run's vectors: UMAP on exact neighbours, sampled fairly, and how far to trust it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from core.config import UserError
from core.explore.layout import lay_out
from core.explore.nearest import nearest
from core.explore.regions import density_regions
from core.graph.split import Split
from core.models.base import unit_rows
from core.progress import QUIET, Progress

MAX_POINTS = 100_000
CHECKED = 2_000
FEWEST = 20
AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Projection:
    """A map.

    Attributes
    ----------
    table : DataFrame
        Columns ``product`` (index), ``x, y`` (and ``z``), float32, and ``region``, int16: -1
        outside all regions.
    facts : dict
        What made it and how good it is; JSON.
    """

    table: pd.DataFrame
    facts: dict[str, Any]


def project(
    vectors: np.ndarray,
    split: Split,
    *,
    dimensions: int = 2,
    include_unseen: bool = False,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    seed: int = 42,
    max_points: int = MAX_POINTS,
    progress: Progress = QUIET,
) -> Projection:
    """Lay the products out so that those with similar vectors lie close (McInnes et al., 2018).

    Neighbours are exact, by cosine. Above `max_points` a sample stratified by category is laid
    out. The same arguments give the same map.

    Parameters
    ----------
    vectors : float32 array, shape (n_products, dim)
    include_unseen : bool
        True if products without a training pair have vectors that mean something.
    min_dist : float
        How tight neighbours may lie, in the units of the map.

    Raises
    ------
    UserError
        If there are too few products, or `dimensions` is not 2 or 3.
    """
    if dimensions not in (2, 3):
        raise UserError(f"A map has 2 or 3 dimensions, not {dimensions}.")
    usable = np.ones(split.n_products, bool) if include_unseen else split.seen
    # A vector of zeros has no direction.
    usable = usable & np.any(vectors != 0, axis=1)
    candidates = np.flatnonzero(usable)
    if len(candidates) < FEWEST:
        raise UserError(
            f"A map needs at least {FEWEST} products with a learned vector; here are "
            f"{len(candidates)}. Prepare a larger data set."
        )
    rng = np.random.default_rng(seed)
    products = stratified_sample(candidates, strata_of(split, candidates), max_points, rng)
    unit = unit_rows(np.asarray(vectors[products], np.float32))
    started = time.perf_counter()
    progress.stage("map: exact neighbours")
    k = min(n_neighbors, len(products) - 1)
    near, cosine = nearest(unit, np.arange(len(products)), k)
    progress.stage("map: layout")
    points = lay_out(unit, near, np.maximum(1 - cosine, 0), dimensions, min_dist, seed)
    progress.stage("map: regions")
    checked = np.sort(rng.permutation(len(products))[:CHECKED])
    table = pd.DataFrame({"product": products.astype(np.int32)})
    table[list(AXES[:dimensions])] = points
    table["region"] = density_regions(points[:, :2]) if dimensions == 2 else np.int16(-1)
    facts = {
        "method": "umap",
        "dimensions": dimensions,
        "n_neighbors": k,
        "min_dist": min_dist,
        "metric": "cosine",
        "seed": seed,
        "points": len(products),
        "candidates": len(candidates),
        "left_out": split.n_products - len(candidates),
        "preserved": preservation(near[checked], points, checked),
        "preserved_checked": len(checked),
        "seconds": time.perf_counter() - started,
    }
    return Projection(table, facts)


def strata_of(split: Split, products: np.ndarray) -> np.ndarray:
    """Return the category (its first two levels) of `products` as codes."""
    frame = split.catalogue.frame.iloc[products]
    return pd.factorize(frame["category_1"] + "\n" + frame["category_2"])[0]


def stratified_sample(
    candidates: np.ndarray, strata: np.ndarray, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Return `n` of `candidates`, every stratum by its share (largest remainder), sorted.

    All of them if there are no more than `n`.
    """
    if len(candidates) <= n:
        return candidates
    sizes = np.bincount(strata)
    exact = sizes * (n / len(candidates))
    quota = np.floor(exact).astype(np.int64)
    quota[np.argsort(quota - exact, kind="stable")[: n - quota.sum()]] += 1
    shuffled = rng.permutation(len(candidates))
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(candidates[order[rank < quota[strata[order]]]])


def preservation(near: np.ndarray, points: np.ndarray, rows: np.ndarray) -> float:
    """Return the share of the nearest by vector that are also among the nearest on the map.

    Parameters
    ----------
    near : int array, shape (m, k)
        The k nearest by vector of each of `rows`.
    points : float array, shape (n, 2 or 3)
        The map.
    rows : int array, shape (m,)
    """
    k = near.shape[1]
    found = cKDTree(points).query(points[rows], k + 1)[1]
    kept = 0
    for own, by_vector, on_map in zip(rows, near, found):
        # Of points on one spot the tree may name any, the product itself perhaps not.
        others = on_map[on_map != own][:k]
        kept += len(np.intersect1d(by_vector, others))
    return kept / near.size
