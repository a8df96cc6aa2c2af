"""A product's neighbours by a model, and how they are related to it in the data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.catalogue_search import ProductSearch
from core.explore.neighbour_filters import Filters
from core.explore.true_pairs import NONE, TruePairs
from core.graph.split import Split
from core.models.base import Model
from core.runs.load_run import load_model
from core.runs.run_folder import Run
from core.runs.store import Store

LOOKUP_COLUMNS = ["id", "title", "brand", "category", "score", "relation"]
# Matches of a query: the one that is looked up, and some that could have been meant.
N_MATCHES = 6


def resolve_product(split: Split, query: str) -> int:
    """Return the product whose id is `query`, or the best match of its words.

    Raises
    ------
    UserError
        If nothing matches.
    """
    return int(matching_products(split, query, 1)[0])


def matching_products(split: Split, query: str, limit: int) -> np.ndarray:
    """Return the product whose id is `query`, or those that match its words, best first.

    Raises
    ------
    UserError
        If nothing matches.
    """
    by_id = split.catalogue.index_of.get(query)
    if by_id is not None:
        return np.atleast_1d(by_id)[:1]
    matches = ProductSearch(split.catalogue, split.graph.degree).find(query, limit)
    if len(matches) == 0:
        raise UserError(
            f"No product matches '{query}'. Give an id, or fewer words of the title, brand or "
            "category."
        )
    return matches


def neighbours(run: Run, product: str, k: int = 10) -> pd.DataFrame:
    """Return a product's neighbours in a trained model.

    Parameters
    ----------
    run : Run
        A finished run.
    product : str
        Product id, or words of its title, brand or category.
    k : int
        How many.

    Returns
    -------
    DataFrame
        At most `k` rows, best first: ``id, title, brand, category, score, relation``; the relation
        says whether the pair is a training pair, a held-out pair or neither. ``attrs["product"]``
        is the title of the product that was looked up; ``attrs["matches"]`` describes it and
        others that match: dicts of ``id, title, brand, category, price, pairs``.

    Raises
    ------
    UserError
        If no product matches, or the model has learned nothing about it.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import neighbours, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> neighbours(train("karate", "three-hop"), "33", k=3)["id"].tolist()
    ['23', '27', '15']
    """
    model, split = load_model(Store.of(run), run)
    matches = matching_products(split, product, N_MATCHES)
    query = int(matches[0])
    table = neighbour_table(model, split, query, k)[LOOKUP_COLUMNS]
    described = describe(split, matches).drop(columns=["product", "image"])
    table.attrs["product"] = split.catalogue.label(query)
    table.attrs["matches"] = described.assign(pairs=split.graph.degree[matches]).to_dict("records")
    return table


def neighbour_table(
    model: Model,
    split: Split,
    query: int,
    k: int = 10,
    filters: Filters | None = None,
    truth: TruePairs | None = None,
) -> pd.DataFrame:
    """Return the `k` products that go best with `query` and pass `filters`, best first.

    Exact: no approximate search. There are fewer where a path-based model reaches fewer.

    Parameters
    ----------
    truth : TruePairs, optional
        The true pairs of this split; pass them if many look-ups share them.

    Returns
    -------
    DataFrame
        Columns ``product`` (index), ``id, title, brand, category`` (deepest level), ``price,
        image, score, relation`` (training pair, held-out pair or none) and ``relations`` (names).

    Raises
    ------
    UserError
        If the product is unseen and the model has no score for it.
    """
    if not model.can_score(split.seen)[query]:
        raise UserError(
            f"'{split.catalogue.label(query)}' has no training pair, so this model has learned "
            "nothing about it. Choose another product, or a model with side information."
        )
    truth = truth or TruePairs(split)
    hidden = ~model.can_score(split.seen)
    failed = (filters or Filters()).hidden(split, query, truth)
    if failed is not None:
        hidden = hidden | failed
    scores = model.score_one(query)
    scores[hidden] = -np.inf
    scores[query] = -np.inf
    products, scores = model.best(scores, k)
    return with_relations(split, query, products, scores, truth)


def with_relations(
    split: Split, query: int, products: np.ndarray, scores: np.ndarray, truth: TruePairs
) -> pd.DataFrame:
    """Return the table of `neighbour_table` for given products and scores."""
    table = describe(split, products)
    known = truth.named(query, products)
    table["score"] = scores
    table["relation"] = [known.get(int(p), (NONE, []))[0] for p in products]
    table["relations"] = [known.get(int(p), (NONE, []))[1] for p in products]
    return table


def describe(split: Split, products: np.ndarray) -> pd.DataFrame:
    """Return the catalogue's entries of `products`; see `neighbour_table` for the columns."""
    rows = split.catalogue.frame.iloc[products]
    category = [deepest_category(row) for row in rows[list(CATEGORY_LEVELS)].to_dict("records")]
    return pd.DataFrame(
        {
            "product": np.asarray(products, np.int64),
            **{name: rows[name].array for name in ("id", "title", "brand")},
            "category": category,
            **{name: rows[name].array for name in ("price", "image")},
        }
    )


def deepest_category(row: Mapping[str, str]) -> str:
    """Return the most specific category level that is given, or ""."""
    return next((row[level] for level in reversed(CATEGORY_LEVELS) if row[level]), "")
