"""One random walk, step by step, and its skip-gram examples; for display, not for training."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.graph.product_graph import ProductGraph


def one_walk(
    graph: ProductGraph,
    start: int,
    length: int,
    rng: np.random.Generator,
    p: float = 1.0,
    q: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Walk from `start` by weight; with `p` or `q` other than 1, as node2vec does.

    Parameters
    ----------
    graph : ProductGraph
    start : int
    length : int
        Number of products, the start included.
    rng : Generator
    p, q : float
        Grover & Leskovec (2016), section 3.2: the step back is weighted by 1/p, a step to a product
        that is not a neighbour of the previous one by 1/q.

    Returns
    -------
    walk : int64 array, shape (<= length,)
        Shorter if it reaches a product without neighbours.
    probabilities : float64 array, same shape
        Probability of each step; 1 for the start.
    """
    walk, probabilities = [int(start)], [1.0]
    while len(walk) < length:
        neighbours, weights = graph.neighbours(walk[-1])
        if len(neighbours) == 0:
            break
        weights = weights.astype(np.float64)
        if len(walk) > 1 and (p, q) != (1, 1):
            before = walk[-2]
            near = np.isin(neighbours, graph.neighbours(before)[0])
            weights *= np.where(neighbours == before, 1 / p, np.where(near, 1, 1 / q))
        shares = weights / weights.sum()
        step = int(rng.choice(len(neighbours), p=shares))
        walk.append(int(neighbours[step]))
        probabilities.append(float(shares[step]))
    return np.array(walk), np.array(probabilities)


def skipgram_examples(
    walk: np.ndarray,
    graph: ProductGraph,
    rng: np.random.Generator,
    window: int = 5,
    negatives: int = 5,
    power: float = 0.75,
) -> pd.DataFrame:
    """Return the (center, context, negatives) examples that skip-gram draws from one walk.

    Negatives are drawn in proportion to a product's total weight in the graph to the power of
    `power`; in the long run, walks visit products in proportion to that weight.

    Returns
    -------
    DataFrame
        ``center_at, context_at`` (positions in the walk), ``center, context`` (products) and
        ``negatives`` (array of products), without pairs of a product with itself.
    """
    rows = []
    cumulative = np.cumsum(graph.strength**power)
    for at, center in enumerate(walk.tolist()):
        for other in range(max(0, at - window), min(len(walk), at + window + 1)):
            context = int(walk[other])
            if other == at or context == center:
                continue
            drawn = np.searchsorted(
                cumulative, rng.random(negatives) * cumulative[-1], side="right"
            )
            rows.append((at, other, center, context, drawn))
    columns = ["center_at", "context_at", "center", "context", "negatives"]
    return pd.DataFrame(rows, columns=columns)
