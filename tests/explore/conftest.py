"""A small catalogue over the community graph: a community is a category with its own words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.data.product_catalogue import Catalogue
from core.explore.true_pairs import TruePairs
from core.graph.split import Split
from core.models.base import Model
from core.models.inner_product_model import InnerProductModel

KINDS = ("camera", "lamp", "kettle", "sofa", "guitar", "drill", "tent", "scarf")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """200 products; product // 25 is both community and second category level."""
    n = 200
    kind = [KINDS[i // 25] for i in range(n)]
    frame = pd.DataFrame(
        {
            "id": [f"P-{i:03d}" for i in range(n)],
            "title": [f"{kind[i].title()} model {i} for everyone" for i in range(n)],
            "brand": [f"Brand {i % 7}" for i in range(n)],
            "category_1": "Shop",
            "category_2": [name.title() + "s" for name in kind],
            "category_3": ["" if i % 5 == 0 else f"{kind[i]} kind {i % 3}" for i in range(n)],
            "category_4": "",
            "price_bin": "",
            "image": "",
            "price": np.where(np.arange(n) % 11 == 0, np.nan, np.arange(n)).astype(np.float32),
            "private_label": False,
            "has_metadata": True,
        }
    )
    return Catalogue(frame)


@pytest.fixture(scope="session")
def split(community_split: Split, catalogue: Catalogue) -> Split:
    return replace(community_split, catalogue=catalogue)


class Fixed(InnerProductModel):
    """A model with given vectors; the score is their inner product."""

    fits_on_development = False

    def __init__(self, vectors: np.ndarray):
        super().__init__()
        self.vectors_ = np.asarray(vectors, np.float32)

    def tables(self, scoring):
        return self.vectors_, self.vectors_

    def fit(self, split, progress=None, monitor=None) -> Model:
        return self

    def save(self, folder) -> None:
        raise NotImplementedError

    def load(self, folder, split) -> Model:
        raise NotImplementedError


@pytest.fixture(scope="session")
def fixed_model():
    """Return the class of models with given vectors."""
    return Fixed


@pytest.fixture(scope="session")
def model(split) -> Model:
    """A model of random vectors."""
    return Fixed(np.random.default_rng(1).normal(size=(split.n_products, 8)))


@pytest.fixture(scope="session")
def truth(split) -> TruePairs:
    return TruePairs(split)
