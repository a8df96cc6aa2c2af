"""A product that is in no catalogue, with a model that makes vectors from words."""

from __future__ import annotations

import numpy as np
import pytest

from core.config import UserError
from core.explore.new_product import NewProduct, brands_and_categories, cold_neighbours


@pytest.fixture
def model(split, fixed_model):
    """Vectors say the community; `place` reads it from the brand."""
    found = fixed_model(np.eye(8)[np.arange(200) // 25] + 0.01 * np.arange(200)[:, None] / 200)

    def place(title="", brand="", categories=(), price=None):
        return 3 * np.eye(8, dtype=np.float32)[int(brand)] if brand else np.zeros(8, np.float32)

    found.vector_of_new = place
    found.known = lambda title, brand, categories: {brand: brand in map(str, range(8))}
    return found


def test_a_new_product_is_placed_among_similar_ones(model, split):
    table = cold_neighbours(model, split, NewProduct(brand="3"), 6)
    assert set(table["product"] // 25) == {3}
    cosine = model.vectors @ np.eye(8)[3] / np.linalg.norm(model.vectors, axis=1)
    assert table["score"].tolist() == pytest.approx(np.sort(cosine)[::-1][:6].tolist())


def test_a_product_without_known_fields_is_refused_with_a_reason(model, split):
    with pytest.raises(UserError, match="knows none of these"):
        cold_neighbours(model, split, NewProduct(title="zzz"), 6)
    # A vector of unknown things alone, such as one that all rare brands share, says nothing.
    model.vector_of_new = lambda **_: np.ones(8, np.float32)
    with pytest.raises(UserError, match="knows none of these"):
        cold_neighbours(model, split, NewProduct(brand="Oatly"), 6)


def test_brands_and_categories_are_those_of_the_catalogue(split):
    brands, categories = brands_and_categories(split)
    frame = split.catalogue.frame
    assert brands == sorted(set(frame["brand"]))
    assert {"Shop", "Shop > Cameras", "Shop > Cameras > camera kind 0"} <= set(categories)
    levels = frame[["category_1", "category_2", "category_3"]].to_numpy()
    paths = {" > ".join(row[:n]) for row in levels for n in (1, 2, 3) if all(row[:n])}
    assert categories == sorted(paths)
