"""A product's neighbours in a model, and how they truly relate to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.config import UserError
from core.data.relations import RELATIONS
from core.explore.search import ProductSearch
from core.graph.split import Split
from core.models.base import Model

TRAINING, HELD_OUT, NONE = "training pair", "held-out pair", "none"


def resolve_product(split: Split, query: str) -> int:
    """Return the product whose id is `query`, or the best match of its words.

    Raises
    ------
    UserError
        If nothing matches.
    """
    search = ProductSearch(split.catalogue, split.graph.degree)
    found = search.find(query, 1)
    if len(found) == 0:
        raise UserError(
            f"No product matches '{query}'. Give an id, or fewer words of the title, brand or "
            "category."
        )
    return int(found[0])


def relation_names(bits: int) -> list[str]:
    """Return the names of the relations whose bits are set."""
    return [name for bit, name in enumerate(RELATIONS) if bits >> bit & 1]


def true_relations(split: Split, query: int) -> dict[int, tuple[str, list[str]]]:
    """Return for every true neighbour of `query` its part and the relations that mention it."""
    found: dict[int, tuple[str, list[str]]] = {}
    for part, pairs in ((TRAINING, split.train), (HELD_OUT, split.test)):
        for own, other in ((pairs.u, pairs.v), (pairs.v, pairs.u)):
            for row in np.flatnonzero(own == query):
                found[int(other[row])] = (part, relation_names(int(pairs.relations[row])))
    return found


def neighbour_table(
    model: Model, split: Split, query: int, k: int = 10, exclude: np.ndarray | None = None
) -> pd.DataFrame:
    """Return the `k` products closest to `query`, best first.

    Returns
    -------
    DataFrame
        Columns ``product`` (index), ``id, title, brand, category`` (deepest level), ``price,
        image, score, relation`` (training pair, held-out pair or none) and ``relations`` (names).

    Raises
    ------
    UserError
        If the model has nothing to say about an unseen product.
    """
    if not (split.seen[query] or model.scores_unseen):
        raise UserError(
            f"'{split.catalogue.label(query)}' has no training pair, so this model has learned "
            "nothing about it. Choose another product, or a model with side information."
        )
    # Products without a training pair have no score that means anything.
    hidden = np.zeros(split.n_products, bool) if model.scores_unseen else ~split.seen
    if exclude is not None:
        hidden = hidden | exclude
    products, scores = model.similar(query, k, hidden)
    table = describe(split, products)
    known = true_relations(split, query)
    table["score"] = scores
    table["relation"] = [known.get(int(p), (NONE, []))[0] for p in products]
    table["relations"] = [known.get(int(p), (NONE, []))[1] for p in products]
    return table


def describe(split: Split, products: np.ndarray) -> pd.DataFrame:
    """Return what the catalogue says of `products`; see `neighbour_table` for the columns."""
    rows = split.catalogue.frame.iloc[products].reset_index(drop=True)
    table = pd.DataFrame({"product": np.asarray(products, np.int64)})
    table[["id", "title", "brand"]] = rows[["id", "title", "brand"]]
    table["category"] = [deepest_category(row) for row in rows.to_dict("records")]
    table[["price", "image"]] = rows[["price", "image"]]
    return table


def deepest_category(row: dict[str, Any]) -> str:
    """Return the most specific category level that is given, or ""."""
    for level in (4, 3, 2, 1):
        if row[f"category_{level}"]:
            return row[f"category_{level}"]
    return ""
