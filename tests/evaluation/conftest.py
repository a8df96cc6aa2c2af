"""A model whose every score is given, and a split with unseen products."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.graph.product_graph import Pairs
from core.graph.split import Split, cold_split, random_split
from core.models.base import Model


class TableModel(Model):
    """Scores are read from a symmetric matrix, shape (n_products, n_products)."""

    def __init__(self, table: np.ndarray, scores_unseen: bool = False, link: str = "identity"):
        super().__init__()
        self.table = table.astype(np.float32)
        self.scores_unseen = scores_unseen
        self.link = link

    def fit(self, split, progress=None, monitor=None):
        return self

    def score(self, u, v):
        return self.table[u, v]

    def score_all(self, queries):
        return self.table[queries]

    def save(self, folder): ...

    def load(self, folder, split): ...


def sparse_pairs(n: int = 120, n_pairs: int = 260, seed: int = 3) -> Pairs:
    rng = np.random.default_rng(seed)
    keys = np.unique(np.sort(rng.integers(0, n, (n_pairs, 2)), axis=1) @ [n, 1])
    u, v = (keys // n).astype(np.int32), (keys % n).astype(np.int32)
    u, v = u[u != v], v[u != v]
    relations = rng.integers(1, 8, len(u)).astype(np.uint8)
    return Pairs(u, v, np.ones(len(u), np.float32), relations)


@pytest.fixture(scope="session")
def sparse_split() -> Split:
    """120 products, some of them unseen, some held-out pairs half-seen."""
    split = random_split(sparse_pairs(), 120, np.ones(120, bool))
    assert 0 < (~split.seen).sum() < 60
    return split


@pytest.fixture(scope="session")
def cold() -> Split:
    return cold_split(sparse_pairs(), 120, np.ones(120, bool), np.ones(120, bool))


@pytest.fixture
def table_model() -> Callable[..., TableModel]:
    return TableModel


@pytest.fixture
def tied_table() -> np.ndarray:
    """Symmetric scores with few different values: ties everywhere."""
    table = np.random.default_rng(5).integers(0, 6, (120, 120))
    return np.minimum(table, table.T)
