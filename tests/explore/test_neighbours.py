"""The neighbour table against a sort of all scores, filters against a look at every product."""

from __future__ import annotations

import numpy as np
import pytest

from core.config import UserError
from core.explore.neighbour_filters import CATEGORIES, TRUTHS, Filters
from core.explore.neighbours import deepest_category, describe, neighbour_table, resolve_product
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from core.models import create

QUERY = 30


def by_sorting(model, split, passes, k):
    scores = model.vectors @ model.vectors[QUERY]
    allowed = [p for p in range(split.n_products) if p != QUERY and split.seen[p] and passes(p)]
    return sorted(allowed, key=lambda p: -scores[p])[:k]


def test_neighbours_equal_a_sort_of_all_scores(model, split, truth):
    table = neighbour_table(model, split, QUERY, 12, truth=truth)
    assert table["product"].tolist() == by_sorting(model, split, lambda p: True, 12)
    assert np.all(np.diff(table["score"]) <= 0)
    known = truth.named(QUERY)
    for product, part, names in zip(table["product"], table["relation"], table["relations"]):
        assert (part, names) == known.get(product, (NONE, []))


def passes(split, truth, filters):
    """Return the condition of `filters` on one product, spelled out."""
    frame, known = split.catalogue.frame, truth.named(QUERY)

    def right(p: int) -> bool:
        part, names = known.get(p, (NONE, []))
        row, own = frame.iloc[p], frame.iloc[QUERY]
        if filters.truth == "new":
            fit = part != TRAINING
        elif filters.truth == "training":
            fit = part == TRAINING
        elif filters.truth == "held-out":
            fit = part == HELD_OUT
        else:
            fit = filters.truth == "any" or filters.truth in names
        if filters.category != "any":
            column = f"category_{filters.category[-1]}"
            same = row[column] == own[column]
            fit &= row[column] != "" and same == filters.category.startswith("same")
        if filters.brand:
            fit &= row["brand"] == filters.brand
        if filters.price:
            fit &= filters.price[0] <= row["price"] <= filters.price[1]
        return fit

    return right


@pytest.mark.parametrize(
    "filters",
    [Filters(truth=name) for name in TRUTHS]
    + [Filters(category=name) for name in CATEGORIES]
    + [
        Filters(brand="Brand 2"),
        Filters(price=(20, 60)),
        Filters("new", "other-2", "Brand 3", (0, 150)),
    ],
    ids=str,
)
def test_filters_equal_a_check_of_every_product(model, split, truth, filters):
    table = neighbour_table(model, split, QUERY, 200, filters, truth)
    assert table["product"].tolist() == by_sorting(model, split, passes(split, truth, filters), 200)


def test_an_unseen_product_is_refused_with_a_reason(split, fixed_model):
    unseen = np.flatnonzero(~split.seen)
    if len(unseen) == 0:
        split = alone(split)
        unseen = np.flatnonzero(~split.seen)
    model = fixed_model(np.ones((split.n_products, 2)))
    with pytest.raises(UserError, match="no training pair"):
        neighbour_table(model, split, int(unseen[0]))
    model.scores_unseen = True
    assert len(neighbour_table(model, split, int(unseen[0]), 5)) == 5


def alone(split):
    """Return the split without the training pairs of product 0."""
    from dataclasses import replace

    kept = (split.train.u != 0) & (split.train.v != 0)
    return replace(split, train=split.train[kept], development_mask=split.development_mask[kept])


def test_products_without_training_pairs_are_never_listed(split, fixed_model):
    split = alone(split)
    assert not split.seen[0]
    vectors = np.ones((split.n_products, 2))
    vectors[0] = 100
    assert 0 not in neighbour_table(fixed_model(vectors), split, QUERY, 200)["product"].tolist()


def test_a_product_is_found_by_id_or_words_and_described(split):
    assert resolve_product(split, "P-042") == 42
    with pytest.raises(UserError, match="No product matches"):
        resolve_product(split, "zebra")
    table = describe(split, np.array([5, 6]))
    assert table["category"].tolist() == ["Cameras", "camera kind 0"]
    assert deepest_category(dict.fromkeys([f"category_{i}" for i in (1, 2, 3, 4)], "")) == ""


def test_a_path_model_lists_only_what_a_path_leads_to(split):
    model = create("common-neighbours").fit(split)
    query = int(np.flatnonzero(split.graph.degree == split.graph.degree[split.seen].min())[0])
    table = neighbour_table(model, split, query, split.n_products)
    reached = np.flatnonzero(model.score_all(np.array([query]))[0])
    assert sorted(table["product"]) == sorted(set(reached.tolist()) - {query})
    assert 0 < len(table) < split.seen.sum() - 1
