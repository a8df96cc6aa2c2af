"""A graph whose right answer is known."""

from __future__ import annotations

import numpy as np

from core.graph.product_graph import Pairs


def community_pairs(
    n_communities: int = 8,
    size: int = 25,
    inside: float = 0.4,
    across: float = 0.002,
    seed: int = 0,
) -> Pairs:
    """Return the pairs of a planted-partition graph: products of one community go together."""
    rng = np.random.default_rng(seed)
    n = n_communities * size
    community = np.arange(n) // size
    u, v = np.triu_indices(n, k=1)
    chance = np.where(community[u] == community[v], inside, across)
    kept = rng.random(len(u)) < chance
    u, v = u[kept].astype(np.int32), v[kept].astype(np.int32)
    weight = rng.choice(np.array([0.5, 1.0, 1.2, 2.2], np.float32), size=len(u))
    relations = rng.integers(1, 8, size=len(u)).astype(np.uint8)
    return Pairs(u, v, weight, relations)
