"""Filters of a neighbour table: by known relation, category, brand and price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.product_catalogue import CATEGORY_LEVELS
from core.data.product_relations import RELATIONS
from core.explore.true_pairs import TruePairs
from core.graph.split import Split

TRUTHS = ("any", "new", "training", "held-out", *RELATIONS)
CATEGORIES = ("any", *(f"{how}-{n}" for how in ("same", "other") for n in (1, 2, 3, 4)))


@dataclass(frozen=True)
class Filters:
    """Conditions that a neighbour must meet; everything passes by default.

    Attributes
    ----------
    truth : str
        One of `TRUTHS`: ``new`` excludes training pairs (what a recommendation would show),
        ``training`` and ``held-out`` keep that kind of pair, a relation's name the pairs of it.
    category : str
        One of `CATEGORIES`: ``same-2`` has the query's second category level, ``other-2`` has a
        known one that differs.
    brand : str
        This brand only, ignoring case; any by default.
    price : tuple of two floats, or None
        Lowest and highest price, both inclusive; products without a price do not pass.
    """

    truth: str = "any"
    category: str = "any"
    brand: str = ""
    price: tuple[float, float] | None = None

    def hidden(self, split: Split, query: int, truth: TruePairs) -> np.ndarray | None:
        """Return the products that do not pass, bool, shape (n_products,); None if all do."""
        passed = None
        for mask in (
            self._by_truth(split, query, truth),
            self._by_category(split, query),
            self._by_brand(split),
            self._by_price(split),
        ):
            if mask is not None:
                passed = mask if passed is None else passed & mask
        return None if passed is None else ~passed

    def _by_truth(self, split: Split, query: int, truth: TruePairs) -> np.ndarray | None:
        if self.truth == "any":
            return None
        products, training, relations = truth.of(query)
        if self.truth == "new":
            passed = np.ones(split.n_products, bool)
            passed[products[training]] = False
            return passed
        if self.truth == "training":
            chosen = training
        elif self.truth == "held-out":
            chosen = ~training
        else:
            chosen = (relations >> RELATIONS.index(self.truth) & 1).astype(bool)
        passed = np.zeros(split.n_products, bool)
        passed[products[chosen]] = True
        return passed

    def _by_category(self, split: Split, query: int) -> np.ndarray | None:
        if self.category == "any":
            return None
        how, _, level = self.category.partition("-")
        column = split.catalogue.frame[CATEGORY_LEVELS[int(level) - 1]]
        own = column.iloc[query]
        same = (column == own).to_numpy(bool)
        # "" is a missing category: neither the same as another "" nor a different one.
        known = (column != "").to_numpy(bool)
        return (same if how == "same" else ~same) & known

    def _by_brand(self, split: Split) -> np.ndarray | None:
        if not self.brand:
            return None
        brand = split.catalogue.frame["brand"].str.casefold()
        return (brand == self.brand.casefold()).to_numpy(bool)

    def _by_price(self, split: Split) -> np.ndarray | None:
        if self.price is None:
            return None
        price = split.catalogue.frame["price"].to_numpy()
        return (price >= self.price[0]) & (price <= self.price[1])
