"""The embeddings that the stack asks, and what a product's neighbours lend to it of them."""

from __future__ import annotations

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
        fitted[name] = create(model, settings, seed=seed, workers=workers).fit(split, progress)
    center, spectral = unit_rows(fitted["far"].vectors), unit_rows(fitted["spectral"].vectors)
    queries, keys = fitted["far"].tables("in-out")
    of_neighbours = lent(split.graph, queries)
    tables = {
        "in-out": (queries, keys),
        "cosine": (center, center),
        "lent in-out": (of_neighbours, keys),
        "both lent": (np.hstack([of_neighbours, keys]), np.hstack([keys, of_neighbours])),
        "lent cosine": (unit_rows(lent(split.graph, center)), center),
        "near in-out": fitted["near"].tables("in-out"),
        "near cosine": fitted["near"].tables("cosine"),
        "spectral dot": fitted["spectral"].tables("dot"),
        "spectral cosine": (spectral, spectral),
        # Without its biases: they would take the steps that the vectors are rounded to.
        "mf dot": (fitted["mf"].vectors, fitted["mf"].vectors),
    }
    return {name: ExactDots(*pair, split.seen) for name, pair in tables.items()}


def lent(graph: ProductGraph, vectors: np.ndarray) -> np.ndarray:
    """Return the mean of the vectors of each product's neighbours, weighted as their pairs are.

    What one layer of a graph convolution does (LightGCN: He et al., 2020), untrained.
    """
    total = graph.adjacency @ vectors
    return (total / np.where(graph.strength > 0, graph.strength, 1.0)[:, None]).astype(np.float32)
