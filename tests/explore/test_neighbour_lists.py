"""Lists of neighbours under rules are those of a plain sort of all scores."""

from __future__ import annotations

import numpy as np
import pytest

from core.explore import neighbour_lists as module
from core.explore.exports.export_options import ExportRules
from core.explore.exports.shop_rules import candidates_under
from core.explore.neighbour_lists import Candidates, QueryVectors, nearest_lists, neighbour_lists
from core.models.graph_scores import ThreeHop

RULES = [
    ExportRules(),
    ExportRules(leave_out=("known",)),
    ExportRules(leave_out=("brand", "family")),
    ExportRules(per_category=1),
    ExportRules(per_category=2, leave_out=("known", "brand"), min_score=0.02),
    ExportRules(price_from=30, price_to=160, min_score=0.0),
]


def plainly(scores, query, split, rules, k):
    """Return the list of one query by sorting all products and checking every rule."""
    rows = split.catalogue.frame.to_dict("records")
    known = set(split.known.neighbours(query)[0].tolist())
    own, taken, counts = rows[query], [], {}
    for other in np.lexsort((np.arange(len(scores)), -scores)).tolist():
        row = rows[other]
        family = tuple(row[f"category_{n}"] for n in (1, 2, 3, 4))
        if (
            other == query
            or ("known" in rules.leave_out and other in known)
            or ("brand" in rules.leave_out and row["brand"] == own["brand"])
            or ("family" in rules.leave_out
                and family == tuple(own[f"category_{n}"] for n in (1, 2, 3, 4)))
            or (rules.price_from is not None
                and not rules.price_from <= row["price"] <= rules.price_to)
            or (rules.min_score is not None and scores[other] < rules.min_score)
            or (rules.per_category and counts.get(family, 0) == rules.per_category)
        ):  # fmt: skip
            continue
        counts[family] = counts.get(family, 0) + 1
        taken.append(other)
    return taken[:k]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("kind", ["vectors", "paths"])
def test_the_lists_are_those_of_a_sort(split, fixed_model, monkeypatch, rules, kind):
    # Small parts, so that lists are merged from many of them.
    for name, size in {"BATCH": 64, "QUERIES": 16, "PRODUCTS": 32, "BLOCK_BYTES": 9000}.items():
        monkeypatch.setattr(module, name, size)
    # Of few values, so that many scores are equal.
    vectors = np.random.default_rng(1).integers(-2, 3, (200, 4)).astype(np.float32) / 8
    model = fixed_model(vectors) if kind == "vectors" else ThreeHop().fit(split)
    scores = model.score_all(np.arange(200))
    if kind == "paths":
        scores[scores == 0] = -np.inf
    queries = np.arange(0, 200, 5)
    candidates = candidates_under(rules, split, np.ones(200, bool))
    found = list(neighbour_lists(model, queries, 7, candidates, workers=2))
    assert [lists.first for lists in found] == np.cumsum(
        [0, *map(len, (lists.products for lists in found))]
    )[:-1].tolist()
    products = np.vstack([lists.products for lists in found])
    got = np.vstack([lists.scores for lists in found])
    for row, query in enumerate(queries.tolist()):
        own = [
            p
            for p in plainly(scores[query], query, split, rules, 7)
            if np.isfinite(scores[query, p])
        ]
        assert products[row].tolist() == own + [-1] * (7 - len(own))
        assert got[row, : len(own)].tolist() == scores[query, own].tolist()
        assert np.isnan(got[row, len(own) :]).all()


def test_a_new_product_may_be_near_any_product():
    vectors = np.eye(5, dtype=np.float32)
    new = np.array([[0, 0, 0, 0, 9], [3, 2, 1, 0, 0]], np.float32)
    query = QueryVectors(np.array([-1]), new, rows=np.array([1]))
    (lists,) = nearest_lists(query, vectors, 3, Candidates.all(np.ones(5, bool), 2))
    assert lists.products.tolist() == [[0, 1, 2]] and lists.scores.tolist() == [[3, 2, 1]]
