"""What goes with a basket, against the mean of all scores spelled out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.config import UserError
from core.explore.basket import basket_table
from core.explore.neighbours import neighbour_table
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from core.models import create

BASKET = (30, 31, 90)


@pytest.mark.parametrize("hide_known", [True, False])
def test_the_mean_of_the_scores_ranks(model, split, truth, hide_known):
    table = basket_table(model, split, BASKET, 12, hide_known, truth)
    mean = model.vectors @ model.vectors[list(BASKET)].mean(axis=0)
    named = [truth.named(product) for product in BASKET]
    known = {p for pairs in named for p, (kind, _) in pairs.items() if kind == TRAINING}
    allowed = [
        product
        for product in np.flatnonzero(split.seen).tolist()
        if product not in BASKET and not (hide_known and product in known)
    ]
    expected = sorted(allowed, key=lambda product: -mean[product])[:12]
    assert table["product"].tolist() == expected
    assert table["score"].tolist() == pytest.approx(mean[expected].tolist(), abs=1e-5)
    for product, kind in zip(table["product"], table["relation"]):
        kinds = {pairs[product][0] for pairs in named if product in pairs}
        assert kind == next((k for k in (HELD_OUT, TRAINING) if k in kinds), NONE)


def test_a_basket_of_one_product_gives_its_neighbours(model, split, truth):
    expected = neighbour_table(model, split, 30, 9, truth=truth)
    columns = ["product", "relation", "relations"]
    found = basket_table(model, split, [30], 9, False, truth)
    assert found[columns].equals(expected[columns])


def test_a_recommendation_needs_a_path_from_the_basket(split, truth):
    model = create("common-neighbours").fit(split)
    found = basket_table(model, split, BASKET, split.n_products, False, truth)["product"]
    reached = model.score_all(np.array(BASKET)).any(axis=0)
    assert sorted(found) == sorted(set(np.flatnonzero(reached).tolist()) - set(BASKET))


def test_products_unknown_to_the_model_are_ignored(model, split):
    kept = (split.train.u != 90) & (split.train.v != 90)
    split = replace(split, train=split.train[kept], development_mask=split.development_mask[kept])
    assert not split.seen[90]
    expected = basket_table(model, split, [30, 31], 5)
    found = basket_table(model, split, BASKET, 5)
    assert found[["product", "score"]].equals(expected[["product", "score"]])
    with pytest.raises(UserError, match="No product of the basket"):
        basket_table(model, split, [90], 5)
