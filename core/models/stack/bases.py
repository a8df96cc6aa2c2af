"""The embeddings that the stack asks, and what a product's neighbours lend to it of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.graph.product_graph import ProductGraph
from core.graph.split import Split
from core.models.base import VectorModel, unit_rows
from core.models.stack.exact_dots import ExactDots
from core.models.stack.mean_dots import MeanDots
from core.models.stack.settings import AT_ONCE, BASES
from core.parallel import one_thread_each, side_by_side, use_workers
from core.progress import Progress, Together

Tables = dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]]


def lent(graph: ProductGraph, vectors: np.ndarray) -> np.ndarray:
    """Return the mean of the vectors of each product's neighbours, weighted as their pairs are.

    What one layer of a graph convolution does (LightGCN: He et al., 2020), untrained.
    """
    total = graph.adjacency @ vectors
    return (total / np.where(graph.strength > 0, graph.strength, 1.0)[:, None]).astype(np.float32)


def _both(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return tables whose products are ``one[u] @ other[v] + other[u] @ one[v]``."""
    return np.hstack([one, other]), np.hstack([other, one])


def _with_lent(model: VectorModel, graph: ProductGraph, prefix: str = "") -> Tables:
    center, (queries, keys) = unit_rows(model.vectors), model.tables("in-out")
    of_neighbours = lent(graph, queries)
    return {
        f"{prefix}in-out": lambda: (queries, keys),
        f"{prefix}cosine": lambda: (center, center),
        f"{prefix}lent in-out": lambda: (of_neighbours, keys),
        f"{prefix}both lent": lambda: _both(of_neighbours, keys),
        f"{prefix}lent cosine": lambda: (unit_rows(lent(graph, center)), center),
    }


def _wide(model: VectorModel, graph: ProductGraph) -> Tables:
    return _with_lent(model, graph, "wide ")


def _near(model: VectorModel, graph: ProductGraph) -> Tables:
    return {
        "near in-out": lambda: model.tables("in-out"),
        "near cosine": lambda: model.tables("cosine"),
    }


def _spectral(model: VectorModel, graph: ProductGraph) -> Tables:
    unit = unit_rows(model.vectors)
    return {
        "spectral dot": lambda: model.tables("dot"),
        "spectral cosine": lambda: (unit, unit),
    }


def _mf(model: VectorModel, graph: ProductGraph) -> Tables:
    # Without its biases: they would take the steps that the vectors are rounded to.
    return {"mf dot": lambda: (model.vectors, model.vectors)}


def _popular(model: VectorModel, graph: ProductGraph) -> Tables:
    vectors, of_neighbours = model.vectors, lent(graph, model.vectors)
    return {
        "popular dot": lambda: (vectors, vectors),
        "popular lent dot": lambda: (of_neighbours, vectors),
        "popular both lent": lambda: _both(of_neighbours, vectors),
    }


# What is asked of each of `BASES`.
TABLES: dict[str, Callable[[VectorModel, ProductGraph], Tables]] = {
    "far": _with_lent,
    "near": _near,
    "wide": _wide,
    "spectral": _spectral,
    "mf": _mf,
    "popular": _popular,
}


def fit_bases(
    split: Split, fits: dict[str, int], dim: int, seed: int, workers: int, progress: Progress
) -> dict[str, MeanDots]:
    """Return the inner products of embeddings fitted on the training pairs of `split`, by the
    names of `core.models.stack.features`; 0 for unseen products.

    `fits` is what `StackSettings.fits` says; several seeds are `seed` and the ones after it.
    """
    import torch

    from core.models import create
    from core.models.registry import resolve_settings

    # A GPU is shared badly. Elsewhere threads of their own don't wait for each other.
    at_once = 1 if torch.cuda.is_available() else min(workers, AT_ONCE)
    threads = workers // at_once
    asked = [(name, seed + i) for name, seeds in fits.items() for i in range(seeds)]
    together = Together(progress, f"{len(asked)} embeddings", len(asked))
    graph, seen = split.graph, split.seen

    def fit(name: str, seed: int) -> dict[str, ExactDots]:
        base = BASES[name]
        own = resolve_settings(base.model, "ours", {**base.changes, "dim": dim})
        model = create(base.model, own, seed=seed, workers=threads)
        model.single_process = True
        with together.part() as part:
            model.fit(split, part)
        # Rounded one by one: together, as floats, they would need several times the memory.
        tables = TABLES[name](model, graph)
        return {dots: ExactDots(*make(), seen) for dots, make in tables.items()}

    try:
        with one_thread_each():
            fitted = side_by_side(fit, at_once, *zip(*asked))
    finally:
        use_workers(workers)
    found: dict[str, list[ExactDots]] = {}
    for tables in fitted:
        for name, dots in tables.items():
            found.setdefault(name, []).append(dots)
    return {name: MeanDots(each) for name, each in found.items()}
