"""Neighbours of a product that is not in the catalogue, from its description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.neighbours import describe
from core.graph.split import Split
from core.models.base import Model
from core.models.inner_product_model import unit_rows
from core.models.top_k import top_k

# Separates the levels of a category.
SEPARATOR = ">"
# A browser searches a list of this length without delay.
MAX_VALUES = 5000


@dataclass(frozen=True)
class NewProduct:
    """The description of a product that is not in the catalogue; categories, broadest first."""

    title: str = ""
    brand: str = ""
    categories: Sequence[str] = ()
    price: float | None = None


def brands_and_categories(split: Split) -> tuple[list[str], list[str]]:
    """Return the brands and the categories of the catalogue, the most frequent `MAX_VALUES` each.

    A category is the path to it, its levels separated by " > "; each level has an entry.
    """
    frame = split.catalogue.frame
    brands = frame.loc[frame["brand"] != "", "brand"].value_counts().index[:MAX_VALUES]
    paths: dict[str, int] = {}
    for levels, count in frame.groupby(list(CATEGORY_LEVELS)).size().items():
        names = [name for name in levels if name]
        for depth in range(1, len(names) + 1):
            path = f" {SEPARATOR} ".join(names[:depth])
            paths[path] = paths.get(path, 0) + int(count)
    frequent = sorted(paths, key=lambda path: -paths[path])[:MAX_VALUES]
    return sorted(brands), sorted(frequent)


def known_words(model: Model, product: NewProduct) -> dict[str, bool]:
    """Return which words, brand and categories of a description the model knows."""
    return model.known(product.title, product.brand, product.categories)


def cold_neighbours(model: Model, split: Split, product: NewProduct, k: int = 10) -> pd.DataFrame:
    """Return the `k` seen products closest, by cosine, to a product with only a description.

    Raises
    ------
    UserError
        If the model knows none of its words, brand and categories.
    """
    vector = model.vector_of_new(**vars(product))
    if not (np.any(vector) and any(known_words(model, product).values())):
        raise UserError(
            "The model knows none of these words and values. Try a brand or category of the "
            "catalogue, or more words."
        )
    products, cosine = nearest_by_cosine(
        unit_rows(np.asarray(model.vectors)), vector, k, ~split.seen
    )
    return describe(split, products).assign(score=cosine)


def nearest_by_cosine(
    unit: np.ndarray, vector: np.ndarray, k: int, hidden: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the `k` products whose vectors are closest to `vector` by cosine, and the cosines.

    Parameters
    ----------
    unit : float32 array, shape (n_products, dim)
        From `core.models.inner_product_model.unit_rows`.
    hidden : bool array, shape (n_products,)
        Products to leave out.
    """
    cosine = unit @ (vector / np.linalg.norm(vector))
    cosine[hidden] = -np.inf
    return top_k(cosine, k)
