"""Agreement of models: sets by hand, the ranking against one look-up a product."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore.model_agreement import disagreement, jaccard, overlaps
from core.explore.neighbours import neighbour_table


def test_jaccard_by_hand():
    assert jaccard(np.array([1, 2, 3]), np.array([3, 4])) == 0.25
    assert jaccard(np.array([1, 2]), np.array([2, 1])) == 1
    assert jaccard(np.array([]), np.array([])) == 1
    assert jaccard(np.array([1]), np.array([])) == 0


def test_overlaps_are_symmetric_with_one_on_the_diagonal():
    table = overlaps({"a": np.array([1, 2]), "b": np.array([2, 3]), "c": np.array([9])})
    assert np.array_equal(table, table.T)
    assert np.diag(table).tolist() == [1, 1, 1]
    assert table.loc["a", "b"] == pytest.approx(1 / 3)


def test_disagreement_is_exact_on_its_sample(split, fixed_model):
    rng = np.random.default_rng(2)
    first = fixed_model(rng.normal(size=(split.n_products, 6)))
    # Half of the products get other vectors.
    changed = first.vectors.copy()
    changed[::2] = rng.normal(size=changed[::2].shape)
    second = fixed_model(changed)
    found = disagreement(first, second, split, k=7, sample=60)
    assert found.n_sampled == 60 == len(found.table)
    assert found.n_candidates == (split.graph.degree >= 5).sum()
    assert (found.table["degree"] >= 5).all()
    assert found.table["jaccard"].is_monotonic_increasing
    for row in found.table.head(5).itertuples():
        sets = [set(neighbour_table(m, split, row.product, 7)["product"]) for m in (first, second)]
        assert row.jaccard == len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    assert found.mean == pytest.approx(found.table["jaccard"].mean())


def test_disagreement_repeats_with_its_seed_and_is_none_with_itself(split, fixed_model):
    model = fixed_model(np.random.default_rng(2).normal(size=(split.n_products, 6)))
    again = [disagreement(model, model, split, sample=20, seed=s).table for s in (1, 1, 2)]
    assert again[0].equals(again[1]) and not again[0].equals(again[2])
    assert (again[0]["jaccard"] == 1).all()


def test_no_product_is_popular_enough(split, fixed_model, monkeypatch):
    model = fixed_model(np.ones((split.n_products, 2)))
    monkeypatch.setattr("core.explore.model_agreement.MIN_DEGREE", 10_000)
    found = disagreement(model, model, split)
    assert len(found.table) == 0 and found.n_candidates == 0 and found.mean == 0
