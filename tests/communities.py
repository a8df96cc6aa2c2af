"""A graph whose communities are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.product_catalogue import TEXT_COLUMNS, Catalogue
from core.graph.product_graph import Pairs
from core.graph.split import Split, cold_split

SIZE = 25


def community_pairs(
    n_communities: int = 8,
    size: int = SIZE,
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


def described_split() -> Split:
    """Return a cold split of 203 products: the brand says the community, category 1 says nothing,
    and the last three have no field and no pair."""
    n, n_described = 203, 200
    frame = pd.DataFrame("", index=range(n), columns=["id", *TEXT_COLUMNS])
    frame["id"] = [f"p{i}" for i in range(n)]
    community = np.arange(n_described) // SIZE
    described = slice(n_described - 1)
    frame.loc[described, "brand"] = [f"brand {c}" for c in community]
    frame.loc[described, "category_1"] = "everything"
    titles = [f"thing of kind{c} number{i % 3}" for i, c in enumerate(community)]
    frame.loc[described, "title"] = titles
    frame["price"] = np.float32("nan")
    has_metadata = np.arange(n) < n_described
    every = np.ones(n, bool)
    return cold_split(community_pairs(), n, every, has_metadata, seed=3, catalogue=Catalogue(frame))
