"""The four kinds of negative pairs that held-out pairs are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.graph.path_sums import normalised_hops
from core.graph.product_graph import pair_keys
from core.graph.split import Split

KINDS = ("uniform", "possible", "degree", "hard")
DEGREE_RANKS = 50
# Rounds of rejected draws before giving up, in graphs where nearly all pairs are true.
MAX_PASSES = 1000


@dataclass(frozen=True)
class Negatives:
    """Negative pairs: none is a true pair.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    u, v : int32 arrays
    skipped : int
        Positives that got no negative of this kind.
    """

    kind: str
    u: np.ndarray
    v: np.ndarray
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.u)


def sample_negatives(split: Split, kind: str) -> Negatives:
    """Draw a negative for each held-out pair of `split`; none is a true pair.

    - ``uniform``: two random products of the held-out pairs (the study's method: shuffle the
      products, take two at a time, and repeat until there are enough).
    - ``possible``: the same, at least one of the two being a source.
    - ``degree``: one end of each held-out pair stays, chosen by a coin flip; the other is
      replaced by a product within `DEGREE_RANKS` ranks of its training degree.
    - ``hard``: the same ends stay; the other is drawn from the 100 products with the best
      two-hop score N² with that end on the training graph. It penalises every two-hop-like model by
      construction. Ends without a new product within two hops are skipped and counted.

    The same split gives the same negatives.
    """
    rng = np.random.default_rng([split.seed, KINDS.index(kind)])
    if kind == "uniform":
        return _by_shuffling(split, kind, rng, None)
    if kind == "possible":
        return _by_shuffling(split, kind, rng, split.lists_relations)
    # A separate generator, so that `degree` and `hard` keep the same ends.
    choose_u = np.random.default_rng([split.seed, len(KINDS)]).random(len(split.test)) < 0.5
    anchor = np.where(choose_u, split.test.u, split.test.v)
    replaced = np.where(choose_u, split.test.v, split.test.u)
    if kind == "degree":
        other = _same_degree(split, anchor, replaced, rng)
    else:
        two_hop = normalised_hops(split.graph, hops=2)
        other = two_hop.draw_top(anchor, rng.random(len(anchor)), split.known)
    drawn = other >= 0
    return Negatives(kind, anchor[drawn], other[drawn], int((~drawn).sum()))


def _is_not_negative(split: Split, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return a mask of the pairs that are true or of a product with itself."""
    keys = split.known_keys
    candidates = pair_keys(u, v, split.n_products)
    position = np.minimum(np.searchsorted(keys, candidates), len(keys) - 1)
    return (keys[position] == candidates) | (u == v)


def _by_shuffling(
    split: Split, kind: str, rng: np.random.Generator, needed: np.ndarray | None
) -> Negatives:
    """Pair the products of the held-out pairs at random; at least one of each pair is `needed`."""
    held_out = np.zeros(split.n_products, bool)
    held_out[split.test.u] = held_out[split.test.v] = True
    products = np.flatnonzero(held_out).astype(np.int32)
    us, vs, missing = [], [], len(split.test)
    for _ in range(MAX_PASSES):
        if missing == 0:
            break
        shuffled = rng.permutation(products)
        half = len(shuffled) // 2
        u, v = shuffled[: 2 * half : 2], shuffled[1 : 2 * half : 2]
        good = ~_is_not_negative(split, u, v)
        if needed is not None:
            good &= needed[u] | needed[v]
        u, v = u[good][:missing], v[good][:missing]
        us.append(u)
        vs.append(v)
        missing -= len(u)
    # In a tiny or dense graph, nearly every pair of these products may be a true one.
    empty = [np.empty(0, np.int32)]
    return Negatives(kind, np.concatenate(us or empty), np.concatenate(vs or empty), missing)


def _same_degree(
    split: Split, anchor: np.ndarray, replaced: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return products of nearly the same degree as `replaced`; -1 where there are none."""
    # Random order among equal degrees: in the order of ids, products of neighbouring ranks would
    # have neighbouring ids.
    by_degree = np.lexsort((rng.random(split.n_products), split.graph.degree)).astype(np.int32)
    rank = np.empty(split.n_products, np.int64)
    rank[by_degree] = np.arange(split.n_products)
    other = np.full(len(anchor), -1, np.int32)
    open_rows = np.arange(len(anchor))
    for _ in range(MAX_PASSES):
        if len(open_rows) == 0:
            break
        step = rng.integers(1, DEGREE_RANKS + 1, len(open_rows))
        step *= rng.choice([-1, 1], len(open_rows))
        position = rank[replaced[open_rows]] + step
        inside = (position >= 0) & (position < split.n_products)
        drawn = by_degree[np.where(inside, position, 0)]
        good = inside & ~_is_not_negative(split, anchor[open_rows], drawn)
        other[open_rows[good]] = drawn[good]
        open_rows = open_rows[~good]
    return other
