"""Training and held-out pairs, drawn once and handed to every model unchanged."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property

import numpy as np

from core.data.product_catalogue import Catalogue
from core.graph.list_position_weights import Mentions
from core.graph.product_graph import Pairs, ProductGraph

TEST_SHARE = 0.33  # the study's
DEVELOPMENT_SHARE = 0.10
COLD_SHARE = 0.10


@dataclass(frozen=True)
class Split:
    """Training pairs and held-out pairs of a data set.

    Attributes
    ----------
    kind : str
        ``random``, ``given``, ``time`` or ``cold``; ``development`` for the split of the training
        pairs.
    n_products : int
    train, test : Pairs
        Training pairs and held-out pairs.
    development_mask : bool array, shape (len(train),)
        The development slice: 10 % of the training pairs.
    lists_relations : bool array, shape (n_products,)
        Products with a list of related products; every true pair has one.
    is_cold : bool array, shape (n_products,)
        Products without training pairs by design (cold split only).
    seed : int
        Seed of the split and of its negatives.
    catalogue : Catalogue
        Titles, brands and so on, in index order.
    mentions : Mentions or None
        The ordered lists of related products that mention the training pairs, if there are any.
    """

    kind: str
    n_products: int
    train: Pairs
    test: Pairs
    development_mask: np.ndarray
    lists_relations: np.ndarray
    is_cold: np.ndarray
    seed: int = 42
    _: KW_ONLY
    catalogue: Catalogue = field(repr=False)
    mentions: Mentions | None = field(default=None, repr=False)

    @cached_property
    def graph(self) -> ProductGraph:
        """The graph of the training pairs."""
        return ProductGraph.from_pairs(self.train, self.n_products)

    @cached_property
    def seen(self) -> np.ndarray:
        """Products with a training pair, bool, shape (n_products,)."""
        return self.graph.degree > 0

    @cached_property
    def known(self) -> ProductGraph:
        """The graph of all true pairs, training and held out, which cannot be negatives."""
        return ProductGraph.from_pairs(Pairs.concatenate(self.train, self.test), self.n_products)

    @cached_property
    def known_keys(self) -> np.ndarray:
        """`pair_keys` of all true pairs, sorted, int64, shape (n_pairs,)."""
        keys = [part.keys(self.n_products) for part in (self.train, self.test)]
        return np.sort(np.concatenate(keys))

    def both_seen(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return whether both ends have a training pair, bool, shape (len(u),)."""
        return self.seen[u] & self.seen[v]

    def development(self) -> Split:
        """Return the split for model selection, the same one each time.

        It holds the development slice out of the training pairs; held-out pairs are not in it.
        """
        return self._development

    @cached_property
    def _development(self) -> Split:
        return self.holding_out(self.development_mask, "development", self.seed + 1)

    def holding_out(self, out: np.ndarray, kind: str, seed: int) -> Split:
        """Return a split of the training pairs that holds out those in the mask `out`."""
        train = self.train[~out]
        return Split(
            kind=kind,
            n_products=self.n_products,
            train=train,
            test=self.train[out],
            development_mask=_draw(len(train), DEVELOPMENT_SHARE, seed),
            lists_relations=self.lists_relations,
            is_cold=np.zeros(self.n_products, bool),
            seed=seed,
            catalogue=self.catalogue,
            mentions=None if self.mentions is None else self.mentions.of(~out),
        )

    def by_nearness(self) -> Split:
        """Return the split with training pairs weighted by their positions in ordered lists.

        See `Mentions.nearness`; without ordered lists the weights stay as they are.
        """
        if self.mentions is None:
            return self
        weight = self.mentions.nearness(len(self.train))
        return replace(self, train=replace(self.train, weight=weight))


def _draw(n: int, share: float, seed: int) -> np.ndarray:
    """Return a mask of ``round(share * n)`` of `n` rows, drawn uniformly."""
    mask = np.zeros(n, bool)
    mask[np.random.default_rng(seed).permutation(n)[: round(share * n)]] = True
    return mask


def _divide(pairs: Pairs, test: np.ndarray, seed: int) -> tuple[Pairs, Pairs, np.ndarray]:
    """Return training pairs, held-out pairs (the mask `test`) and the development slice's mask."""
    train = pairs[~test]
    return train, pairs[test], _draw(len(train), DEVELOPMENT_SHARE, seed + 1)


def random_split(
    pairs: Pairs,
    n_products: int,
    lists_relations: np.ndarray,
    seed: int = 42,
    catalogue: Catalogue | None = None,
) -> Split:
    """Hold out 33 % of the pairs, uniformly (the study's split).

    Products that lose all their pairs stay in the held-out pairs: they are the unseen products.
    """
    parts = _divide(pairs, _draw(len(pairs), TEST_SHARE, seed), seed)
    cold = np.zeros(n_products, bool)
    if catalogue is None:
        catalogue = Catalogue.without_metadata(n_products)
    return Split("random", n_products, *parts, lists_relations, cold, seed, catalogue=catalogue)


def time_split(
    pairs: Pairs,
    late: np.ndarray,
    n_products: int,
    lists_relations: np.ndarray,
    seed: int = 42,
    catalogue: Catalogue | None = None,
) -> Split:
    """Hold out the pairs that first appear after a date (`late`, bool, shape (len(pairs),))."""
    split = given_split(pairs, late, n_products, lists_relations, seed, catalogue)
    return replace(split, kind="time")


def given_split(
    pairs: Pairs,
    held_out: np.ndarray,
    n_products: int,
    lists_relations: np.ndarray,
    seed: int = 42,
    catalogue: Catalogue | None = None,
) -> Split:
    """Hold out the pairs that were held out elsewhere (`held_out`, bool, shape (len(pairs),))."""
    parts = _divide(pairs, held_out, seed)
    cold = np.zeros(n_products, bool)
    if catalogue is None:
        catalogue = Catalogue.without_metadata(n_products)
    return Split("given", n_products, *parts, lists_relations, cold, seed, catalogue=catalogue)


def cold_split(
    pairs: Pairs,
    n_products: int,
    lists_relations: np.ndarray,
    has_metadata: np.ndarray,
    seed: int = 42,
    catalogue: Catalogue | None = None,
) -> Split:
    """Remove all training pairs of 10 % of the products with metadata: the cold products.

    The other training pairs are those of `random_split`. Held-out pairs have exactly one cold
    product; the other end still has a training pair.
    """
    random_test = _draw(len(pairs), TEST_SHARE, seed)
    candidates = np.flatnonzero(has_metadata)
    cold = np.zeros(n_products, bool)
    cold[candidates[_draw(len(candidates), COLD_SHARE, seed + 2)]] = True
    n_cold = cold[pairs.u].astype(int) + cold[pairs.v]  # cold products per pair
    train = ~random_test & (n_cold == 0)
    seen = np.zeros(n_products, bool)
    seen[pairs.u[train]] = seen[pairs.v[train]] = True
    other = np.where(cold[pairs.u], pairs.v, pairs.u)
    test = (n_cold == 1) & seen[other]
    used = train | test
    parts = _divide(pairs[used], test[used], seed)
    if catalogue is None:
        catalogue = Catalogue.without_metadata(n_products)
    return Split("cold", n_products, *parts, lists_relations, cold, seed, catalogue=catalogue)
