"""Products that go with a basket of several products, by a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.config import UserError
from core.explore.neighbours import describe
from core.explore.true_pairs import HELD_OUT, NONE, TRAINING, TruePairs
from core.graph.split import Split
from core.models.base import Model
from core.models.top_k import top_k

MAX_PRODUCTS = 5


def basket_table(
    model: Model,
    split: Split,
    basket: Sequence[int],
    k: int = 10,
    hide_known: bool = True,
    truth: TruePairs | None = None,
) -> pd.DataFrame:
    """Return the `k` products that go best with a basket, by the mean of their scores; exact.

    Products of the basket for which the model has no scores are left out of the mean. A path-based
    model lists only products that a path connects to one of the basket.

    Parameters
    ----------
    model : Model
    split : Split
    basket : sequence of int
        Never listed themselves.
    k : int
    hide_known : bool
        Whether to leave out the products that have a training pair with one of the basket.
    truth : TruePairs, optional
        The true pairs of this split; pass them if many look-ups share them.

    Returns
    -------
    DataFrame
        Columns as in `core.explore.neighbours.neighbour_table`. The relation is a held-out pair if
        the product has one with any of the basket, else a training pair likewise.

    Raises
    ------
    UserError
        If the model has no scores for any product of the basket.
    """
    queries = [product for product in basket if model.can_score(split.seen[product])]
    if not queries:
        raise UserError(
            "No product of the basket has a training pair, so this model has learned nothing about "
            "them. Add another product."
        )
    truth = truth or TruePairs(split)
    total = np.zeros(split.n_products, np.float64)
    reached = np.full(split.n_products, model.no_path_score is None)
    for query in queries:
        scores = model.score_one(query)
        total += scores
        reached |= scores != model.no_path_score
    hidden = ~(model.can_score(split.seen) & reached)
    hidden[list(basket)] = True
    if hide_known:
        for product in basket:
            others, training, _ = truth.of(product)
            hidden[others[training]] = True
    mean = total / len(queries)
    mean[hidden] = -np.inf
    products, scores = top_k(mean, k)
    table = describe(split, products).assign(score=scores)
    pairs = [truth.named(product, products) for product in basket]
    related = [_relation_to_any(pairs, product) for product in products]
    table["relation"] = [kind for kind, _ in related]
    table["relations"] = [names for _, names in related]
    return table


def _relation_to_any(
    pairs: Sequence[dict[int, tuple[str, list[str]]]], product: int
) -> tuple[str, list[str]]:
    """Return the kind and the relations of a product's pairs with the basket, held-out first."""
    related = [named[product] for named in pairs if product in named]
    for kind in (HELD_OUT, TRAINING):
        names = [name for of_kind, relations in related if of_kind == kind for name in relations]
        if any(of_kind == kind for of_kind, _ in related):
            return kind, list(dict.fromkeys(names))
    return NONE, []
