"""How much models agree on the neighbours of products, and where they agree least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.graph.split import Split
from core.models.base import Model

BLOCK = 64  # queries scored at a time
MIN_DEGREE = 5


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Return |A ∩ B| / |A ∪ B| of two sets of products; 1 for two empty ones."""
    shared = len(np.intersect1d(first, second))
    union = len(np.union1d(first, second))
    return shared / union if union else 1.0


def overlaps(lists: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return Jaccard@k of every two lists of neighbours, a square table with 1 on the diagonal."""
    names = list(lists)
    values = [[jaccard(lists[a], lists[b]) for b in names] for a in names]
    return pd.DataFrame(values, index=names, columns=names)


@dataclass(frozen=True)
class Disagreement:
    """Products sorted by how little two models agree on their neighbours.

    Attributes
    ----------
    table : DataFrame
        Columns ``product, jaccard, degree``, least agreement first, ties by popularity.
    n_candidates, n_sampled : int
        Products with at least `MIN_DEGREE` training pairs, and how many of them were compared.
    min_degree : int
    mean : float
        Mean Jaccard@k over the sampled products.
    """

    table: pd.DataFrame
    n_candidates: int
    n_sampled: int
    min_degree: int
    mean: float


def disagreement(
    first: Model,
    second: Model,
    split: Split,
    k: int = 10,
    sample: int = 500,
    seed: int = 42,
) -> Disagreement:
    """Compare the `k` nearest of two models, exactly, on a random sample of known products.

    Products with fewer than `MIN_DEGREE` training pairs are left out: every model guesses
    on those, and they would fill the list.
    """
    candidates = np.flatnonzero(split.graph.degree >= MIN_DEGREE)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(candidates)[:sample])
    ours, theirs = (nearest_products(model, split, drawn, k) for model in (first, second))
    table = pd.DataFrame(
        {
            "product": drawn,
            "jaccard": [jaccard(a, b) for a, b in zip(ours, theirs)],
            "degree": split.graph.degree[drawn],
        }
    )
    mean = float(table["jaccard"].mean()) if len(table) else 0.0
    table = table.sort_values(["jaccard", "degree"], ascending=[True, False], kind="stable")
    return Disagreement(table.reset_index(drop=True), len(candidates), len(drawn), MIN_DEGREE, mean)


def nearest_products(model: Model, split: Split, queries: np.ndarray, k: int) -> list[np.ndarray]:
    """Return the `k` nearest products of each query that the model can score, best first."""
    hidden = ~model.can_score(split.seen)
    neighbours: list[np.ndarray] = []
    for start in range(0, len(queries), BLOCK):
        block = queries[start : start + BLOCK]
        # A copy: a model may return an array that it caches.
        scores = np.array(model.score_all(block))
        scores[:, hidden] = -np.inf
        scores[np.arange(len(block)), block] = -np.inf
        neighbours.extend(model.best(row, k)[0] for row in scores)
    return neighbours
