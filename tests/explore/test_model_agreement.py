"""Agreement of models: sets by hand, the ranking against a look-up per product."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.catalogue_ranking import rank, ranking_task
from core.explore.model_agreement import (
    CHUNK,
    TopLists,
    disagreement,
    jaccard,
    overlaps,
    sample_chunk,
    sampled_products,
    save_lists,
    saved_lists,
)
from core.explore.neighbour_filters import Filters
from core.explore.neighbours import neighbour_table
from core.models import create
from core.runs.run_folder import Run


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


def sample(model, split, k, chunks=6):
    return TopLists.concatenate([sample_chunk(model, split, n, k) for n in range(chunks)])


def test_disagreement_is_exact_on_its_sample(split, fixed_model):
    rng = np.random.default_rng(2)
    first = fixed_model(rng.normal(size=(split.n_products, 6)))
    # Half of the products get other vectors.
    changed = first.vectors.copy()
    changed[::2] = rng.normal(size=changed[::2].shape)
    second = fixed_model(changed)
    ours, theirs = sample(first, split, 9), sample(second, split, 7)
    assert len(set(ours.queries)) == 6 * CHUNK and (split.graph.degree[ours.queries] >= 5).all()
    disagreements = disagreement(ours, theirs, split, 7)
    assert len(disagreements.table) == 6 * CHUNK
    assert disagreements.table["jaccard"].is_monotonic_increasing
    for row in disagreements.table.head(5).itertuples():
        tables = [
            neighbour_table(m, split, row.product, 7, Filters("new")) for m in (first, second)
        ]
        sets = [set(table["product"]) for table in tables]
        assert row.jaccard == len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    assert disagreements.mean == pytest.approx(disagreements.table["jaccard"].mean())
    same = disagreement(ours, ours, split, 5).table
    assert (same["jaccard"] == 1).all() and len(same) == 6 * CHUNK


def test_a_run_saves_the_lists_of_its_evaluation(split, tmp_path):
    model = create("common-neighbours").fit(split)
    run = Run(tmp_path / "run")
    run.folder.mkdir()
    assert saved_lists(run, 5) is None
    save_lists(run, model, rank(model, split, ranking_task(split)))
    (run.folder / "status.json").write_text('{"state": "finished"}')
    (run.folder / "metrics.json").write_text("{}")
    lists = saved_lists(run, 10)
    assert saved_lists(run, 11) is None and len(lists.queries) > 50
    for query, products in list(zip(lists.queries, lists.lists))[:20]:
        table = neighbour_table(model, split, query, 10, Filters("new"))
        assert table["product"].tolist() == products[products >= 0].tolist()


def test_no_product_is_popular_enough(split, fixed_model, monkeypatch):
    model = fixed_model(np.ones((split.n_products, 2)))
    lists = sample(model, split, 5)
    monkeypatch.setattr("core.explore.model_agreement.MIN_DEGREE", 10_000)
    assert len(sampled_products(split)) == 0
    disagreements = disagreement(lists, lists, split)
    assert len(disagreements.table) == 0 and disagreements.mean == 0
