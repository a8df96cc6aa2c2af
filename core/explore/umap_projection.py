"""UMAP layout of vectors from exact neighbours, and a measure of its quality."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.spatial import cKDTree

from core.config import Settings, UserError
from core.explore.map_regions import density_regions
from core.explore.nearest_vectors import Metric, nearest
from core.graph.split import Split
from core.parallel import single_threaded_libraries
from core.progress import QUIET, Progress

MAX_POINTS = 100_000
FEWEST_POINTS = 20
# The quality of a map is measured on this many products, with this many neighbours each.
CHECKED_POINTS, CHECKED_NEIGHBOURS = 2_000, 15
AXES = ("x", "y", "z")


class MapSettings(Settings):
    """Everything besides the vectors that determines a map; the names are those of umap-learn."""

    dimensions: Literal[2, 3] = Field(2, description="Of the map")
    n_neighbors: int = Field(
        15, ge=2, le=200, description="Neighbourhood size, the product itself included"
    )
    min_dist: float = Field(0.1, ge=0, le=1, description="Smallest distance between points")
    metric: Metric = Field("cosine", description="Distance between vectors")
    seed: int = Field(42, ge=0, lt=2**32, description="Random seed of the map")

    @property
    def name(self) -> str:
        """Name of the map's files: ``map-2d`` by default, ``map-2d-n50-d0_5`` for other values."""
        parts = [f"map-{self.dimensions}d"]
        if self.n_neighbors != DEFAULTS.n_neighbors:
            parts.append(f"n{self.n_neighbors}")
        if self.min_dist != DEFAULTS.min_dist:
            parts.append(f"d{self.min_dist:.10g}".replace(".", "_"))
        if self.metric != DEFAULTS.metric:
            parts.append(self.metric)
        if self.seed != DEFAULTS.seed:
            parts.append(f"s{self.seed}")
        return "-".join(parts)


DEFAULTS = MapSettings()


class MapFacts(TypedDict, total=False):
    """What a map shows and how good it is, as saved in JSON."""

    dimensions: int
    n_neighbors: int
    min_dist: float
    metric: str
    seed: int
    points: int
    candidates: int  # products that could have been drawn
    left_out: int  # products without a learned vector
    preserved: float  # share of the nearest by vector that are nearest on the map, too
    preserved_checked: int  # products that it was measured on
    preserved_neighbours: int  # neighbours of each of them
    seconds: float
    of: str  # when the run's vectors were made


@dataclass(frozen=True)
class Projection:
    """A map.

    Attributes
    ----------
    table : DataFrame
        Columns ``product`` (index), ``x, y`` (and ``z``), float32, and ``region``, int16: -1
        outside all regions.
    facts : MapFacts
    """

    table: pd.DataFrame
    facts: MapFacts


def project(
    vectors: np.ndarray,
    split: Split,
    settings: MapSettings,
    *,
    include_unseen: bool = False,
    workers: int = 1,
    progress: Progress = QUIET,
) -> Projection:
    """Lay products out on a map on which similar vectors lie close together.

    Above `MAX_POINTS`, a sample stratified by category is laid out. The same arguments give the
    same map on one machine.

    Parameters
    ----------
    vectors : float32 array, shape (n_products, dim)
    split : Split
    settings : MapSettings
    include_unseen : bool
        True if the vectors of products without a training pair are meaningful.
    workers : int
        Threads of the neighbour search. The layout takes one, so that it can be repeated.
    progress : Progress

    Raises
    ------
    UserError
        If there are too few products.

    References
    ----------
    McInnes, Healy and Melville (2018), "UMAP", arXiv 1802.03426.
    """
    usable = np.ones(split.n_products, bool) if include_unseen else split.seen
    # A vector of zeros was never learned, and has no direction.
    usable = usable & np.any(vectors != 0, axis=1)
    candidates = np.flatnonzero(usable)
    if len(candidates) < FEWEST_POINTS:
        raise UserError(
            f"A map needs at least {FEWEST_POINTS} products with a learned vector, not "
            f"{len(candidates)}. Prepare a larger data set."
        )
    started = time.perf_counter()
    rng = np.random.default_rng(settings.seed)
    products = stratified_sample(candidates, strata_of(split, candidates), MAX_POINTS, rng)
    chosen = np.asarray(vectors[products], np.float32)
    progress.stage("map: exact neighbours (1 of 4)")
    k = min(max(settings.n_neighbors - 1, CHECKED_NEIGHBOURS), len(products) - 1)
    indices, distances = nearest(chosen, k, settings.metric, workers=workers)
    progress.stage("map: loading and compiling UMAP (2 of 4)")
    import umap  # noqa: F401

    progress.stage("map: UMAP layout (3 of 4)")
    points = umap_layout(chosen, indices, distances, settings)
    progress.stage("map: regions (4 of 4)")
    checked = np.sort(rng.permutation(len(products))[:CHECKED_POINTS])
    by_vector = indices[checked, :CHECKED_NEIGHBOURS]
    table = pd.DataFrame({"product": products.astype(np.int32)})
    table[list(AXES[: settings.dimensions])] = points
    flat = settings.dimensions == 2
    table["region"] = density_regions(points) if flat else np.int16(-1)
    facts: MapFacts = {
        "dimensions": settings.dimensions,
        "n_neighbors": settings.n_neighbors,
        "min_dist": settings.min_dist,
        "metric": settings.metric,
        "seed": settings.seed,
        "points": len(products),
        "candidates": len(candidates),
        "left_out": split.n_products - len(candidates),
        "preserved": neighbour_recall(by_vector, points, checked),
        "preserved_checked": len(checked),
        "preserved_neighbours": by_vector.shape[1],
        "seconds": time.perf_counter() - started,
    }
    return Projection(table, facts)


def umap_layout(
    vectors: np.ndarray, indices: np.ndarray, distances: np.ndarray, settings: MapSettings
) -> np.ndarray:
    """Return umap-learn's layout of `vectors`, float32, shape (n, dimensions).

    Parameters
    ----------
    vectors : float32 array, shape (n, dim)
    indices, distances : arrays, shape (n, k)
        From `nearest`. Without them umap-learn searches approximately, and compiles its
        search for half a minute first.
    settings : MapSettings
    """
    from umap import UMAP

    n = len(vectors)
    n_neighbors = min(settings.n_neighbors, n)
    # umap-learn counts the point itself as its first neighbour.
    itself = np.arange(n)[:, None]
    indices = np.hstack([itself, indices])[:, :n_neighbors].astype(np.int32)
    distances = np.hstack([np.zeros((n, 1), np.float32), distances])[:, :n_neighbors]
    umap = UMAP(
        n_components=settings.dimensions,
        n_neighbors=n_neighbors,
        min_dist=settings.min_dist,
        metric=settings.metric,
        random_state=settings.seed,
        n_jobs=1,  # what a random state implies
        precomputed_knn=(indices, distances),
        force_approximation_algorithm=True,  # uses the given neighbours even for few points
    )
    with warnings.catch_warnings(), single_threaded_libraries():
        # No new data are transformed, so it needs no index to search.
        warnings.filterwarnings("ignore", "precomputed_knn")
        return umap.fit_transform(vectors)


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


def neighbour_recall(near: np.ndarray, points: np.ndarray, rows: np.ndarray) -> float:
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
    on_maps = cKDTree(points).query(points[rows], k + 1)[1]
    shared = 0
    for own, by_vector, on_map in zip(rows, near, on_maps):
        # Among coincident points the tree may return any, perhaps not the product itself.
        others = on_map[on_map != own][:k]
        shared += len(np.intersect1d(by_vector, others))
    return shared / near.size
