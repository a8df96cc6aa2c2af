"""The embeddings that the stack asks, and what a product's neighbours lend to it of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.graph.product_graph import ProductGraph
from core.graph.split import Split
from core.models.base import VectorModel, unit_rows
from core.models.stack.exact_dots import ExactDots
from core.progress import Progress

# Vectors that start long find their places in fewer steps; a window of two knows what is near.
_SKIPGRAM = {"initial": "normal", "initial_scale": 0.1}
BASES: dict[str, tuple[str, dict[str, Any]]] = {
    "far": ("skipgram", _SKIPGRAM),
    "near": ("skipgram", {**_SKIPGRAM, "window": 2}),
    "spectral": ("spectral", {"power": 2}),
    "mf": ("mf-bias", {}),
}


def fit_bases(
    split: Split, dim: int, seed: int, workers: int, progress: Progress
) -> dict[str, ExactDots]:
    """Return the inner products of embeddings fitted on the training pairs of `split`, by the
    names of `core.models.stack.features`; 0 for unseen products."""
    from core.experiments import resolve_settings
    from core.models import create

    fitted: dict[str, VectorModel] = {}
    for name, (model, changes) in BASES.items():
        settings = resolve_settings(model, "ours", {**changes, "dim": dim})
        base = create(model, settings, seed=seed, workers=workers)
        base.alone = True
        fitted[name] = base.fit(split, progress)
    center, spectral = unit_rows(fitted["far"].vectors), unit_rows(fitted["spectral"].vectors)
    queries, keys = fitted["far"].tables("in-out")
    of_neighbours = lent(split.graph, queries)
    mf = fitted["mf"].vectors
    # Rounded one by one: together, as floats, they would need several times the memory.
    pairs_of_tables: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
        "in-out": lambda: (queries, keys),
        "cosine": lambda: (center, center),
        "lent in-out": lambda: (of_neighbours, keys),
        "both lent": lambda: (np.hstack([of_neighbours, keys]), np.hstack([keys, of_neighbours])),
        "lent cosine": lambda: (unit_rows(lent(split.graph, center)), center),
        "near in-out": lambda: fitted["near"].tables("in-out"),
        "near cosine": lambda: fitted["near"].tables("cosine"),
        "spectral dot": lambda: fitted["spectral"].tables("dot"),
        "spectral cosine": lambda: (spectral, spectral),
        # Without its biases: they would take the steps that the vectors are rounded to.
        "mf dot": lambda: (mf, mf),
    }
    return {name: ExactDots(*make(), split.seen) for name, make in pairs_of_tables.items()}


def lent(graph: ProductGraph, vectors: np.ndarray) -> np.ndarray:
    """Return the mean of the vectors of each product's neighbours, weighted as their pairs are.

    What one layer of a graph convolution does (LightGCN: He et al., 2020), untrained.
    """
    total = graph.adjacency @ vectors
    return (total / np.where(graph.strength > 0, graph.strength, 1.0)[:, None]).astype(np.float32)
