"""What the stack knows of the pairs it learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Taught:
    """The pairs of a lesson with all that is known of them, one row a pair.

    Attributes
    ----------
    u, v : int32 arrays, shape (n,)
    positive : bool array, shape (n,)
    reach : float32 array, shape (n,)
    seen : bool array, shape (n,)
        Both ends have a pair in the lesson's graph.
    of_pairs, gap, ends : float32 arrays, shapes (n, 6 or 17), (n, 5) and (n, 8)
        See `PairFeatures`.
    near : float32 array, shape (m, k)
        `PairFeatures.near` of those with some reach.
    """

    u: np.ndarray
    v: np.ndarray
    positive: np.ndarray
    reach: np.ndarray
    seen: np.ndarray
    of_pairs: np.ndarray
    gap: np.ndarray
    ends: np.ndarray
    near: np.ndarray

    @classmethod
    def joined(cls, lessons: list[Taught]) -> Taught:
        """Return all lessons as one."""
        return cls(
            **{
                name: np.concatenate([getattr(lesson, name) for lesson in lessons])
                for name in vars(lessons[0])
            }
        )
