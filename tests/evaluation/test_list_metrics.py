"""Measures of ranked lists, against the definition spelled out."""

from dataclasses import replace
from itertools import combinations
from math import log2
from statistics import mean

import numpy as np
import pytest

from core.data.product_catalogue import Catalogue
from core.evaluation.catalogue_ranking import rank, ranking_task
from core.evaluation.list_metrics import (
    category_match,
    coverage,
    diversity,
    novelty,
    popularity,
)

MEASURES = (coverage, popularity, novelty, diversity, category_match)


@pytest.fixture(scope="module")
def shop(sparse_split):
    """The sparse split with categories of two levels; every fifth product has none."""
    frame = sparse_split.catalogue.frame.copy()
    number = np.arange(len(frame))
    frame["category_1"] = [f"{n % 2}" if n % 5 else "" for n in number]
    frame["category_2"] = [f"{n % 3}" if n % 5 and n % 7 else "" for n in number]
    return replace(sparse_split, catalogue=Catalogue(frame))


def category(split, product):
    row = split.catalogue.frame.iloc[product]
    return (row["category_1"], row["category_2"]) if row["category_1"] else None


def test_measures_of_lists_against_their_definitions(shop, table_model, tied_table):
    ranking = rank(table_model(tied_table), shop, ranking_task(shop))
    queries, lists = ranking.list_queries, ranking.lists.copy()
    lists[0, 3:], lists[1, 1:], lists[2] = -1, -1, -1
    degree = np.bincount(np.r_[shop.train.u, shop.train.v], minlength=120)
    trained = np.flatnonzero(degree)
    rows = [[p for p in row if p >= 0] for row in lists.tolist()]
    listed = [product for row in rows for product in row]
    matches, apart = [], []
    for query, row in zip(queries.tolist(), rows):
        own, kinds = category(shop, query), [category(shop, product) for product in row]
        known = [kind for kind in kinds if kind]
        if own:
            matches += [kind == own for kind in known]
        if pairs := list(combinations(known, 2)):
            apart.append(mean(one != other for one, other in pairs))
    expected = {
        coverage: len(set(listed)) / len(trained),
        popularity: np.mean(degree[listed]) / np.mean(degree[trained]),
        novelty: mean(log2(len(trained) / degree[product]) for product in listed),
        category_match: mean(matches),
        diversity: mean(apart),
    }
    got = {measure: measure(queries, lists, shop) for measure in MEASURES}
    assert got == pytest.approx(expected)
    assert len(apart) < len(queries) and 0.1 < got[category_match] < 0.9


def test_a_model_that_ranks_by_degree_shows_few_and_well_known_products(
    sparse_split, table_model, tied_table
):
    degree = np.bincount(np.r_[sparse_split.train.u, sparse_split.train.v], minlength=120)
    task = ranking_task(sparse_split)
    other, popular = (
        rank(table_model(table), sparse_split, task)
        for table in (tied_table, degree[:, None] + degree[None, :])
    )
    of_other, of_popular = (
        [f(r.list_queries, r.lists, sparse_split) for f in (coverage, popularity, novelty)]
        for r in (other, popular)
    )
    assert of_popular[1] > 1.5
    assert of_popular[0] < of_other[0] and of_popular[2] < of_other[2]


def test_without_categories_or_lists_measures_are_missing(sparse_split):
    queries = np.arange(3)
    lists = np.tile(np.flatnonzero(sparse_split.seen)[:10], (3, 1))
    assert np.isnan([f(queries, lists, sparse_split) for f in (diversity, category_match)]).all()
    assert np.isnan([f(queries, lists - 1000, sparse_split) for f in MEASURES]).all()
