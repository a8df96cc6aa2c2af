"""Directed mentions between products, and the weights of the relations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

# The position is the code stored in files and the bit in `Pairs.relations`.
RELATIONS = ("bought_together", "also_bought", "also_viewed", "linked")
# The study's weight of one directed mention; `linked`, the relation of edge lists, is ours.
WEIGHTS = np.array([1.2, 1.0, 0.5, 1.0], np.float32)
LAST_PLACE = 255  # the largest uint8


@dataclass(frozen=True)
class Relations:
    """Directed mentions as parallel arrays: `source` names `target` under `relation`.

    Attributes
    ----------
    source, target : int32 arrays
        Row numbers in the catalogue that belongs to these relations.
    relation : uint8 array
        Position in `RELATIONS`.
    weight : float32 array
        Weight of the mention.
    place : uint8 array
        Position of the target in the source's list of that relation, from 0, the nearest, to
        `LAST_PLACE` (or beyond). 0 throughout if lists have no order.
    """

    source: np.ndarray
    target: np.ndarray
    relation: np.ndarray
    weight: np.ndarray
    place: np.ndarray

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: np.ndarray) -> Relations:
        """Return the mentions at `rows` (a mask or an index array)."""
        return Relations(*(values[rows] for values in vars(self).values()))

    @classmethod
    def concatenate(cls, parts: Sequence[Relations]) -> Relations:
        """Return the mentions of all parts (at least one), in order."""
        return cls(*map(np.concatenate, zip(*(vars(part).values() for part in parts))))


def distinct_relations(
    source: np.ndarray,
    target: np.ndarray,
    relation: np.ndarray,
    place: np.ndarray,
    n_products: int,
) -> Relations:
    """Return the distinct mentions with the study's weights, sorted by source, target, relation.

    If a list repeats a target, its first place counts.
    """
    key = source.astype(np.int64)
    key *= n_products
    key += target
    key *= len(WEIGHTS)
    key += relation
    key *= LAST_PLACE + 1
    key += np.minimum(place, LAST_PLACE)
    key.sort()
    place = (key % (LAST_PLACE + 1)).astype(np.uint8)
    key //= LAST_PLACE + 1
    first = np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]
    key, place = key[first], place[first]
    relation = (key % len(WEIGHTS)).astype(np.uint8)
    key //= len(WEIGHTS)
    return Relations(
        (key // n_products).astype(np.int32),
        (key % n_products).astype(np.int32),
        relation,
        WEIGHTS[relation],
        place,
    )


def reweigh(relations: Relations, weights: Mapping[str, float]) -> Relations:
    """Return the mentions with other weights of the relations; those of weight 0 are left out.

    Parameters
    ----------
    relations : Relations
    weights : mapping
        Weight of a mention by the name of its relation, if different from `WEIGHTS`. Weights
        from an edge list are scaled by the same ratio.
    """
    if not weights:
        return relations
    scale = np.ones(len(RELATIONS), np.float32)
    for name, weight in weights.items():
        code = RELATIONS.index(name)
        scale[code] = weight / WEIGHTS[code]
    changed = replace(relations, weight=relations.weight * scale[relations.relation])
    return changed[changed.weight > 0]


def places(sizes: np.ndarray) -> np.ndarray:
    """Return the position of every element in its list, for consecutive lists of `sizes`.

    >>> places(np.array([2, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    starts = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) - np.repeat(starts, sizes)
