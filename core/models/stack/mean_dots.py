"""The mean of the inner products of several embeddings of one kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from core.models.stack.exact_dots import ExactDots


class MeanDots:
    """The mean of `ExactDots`, which is the same to the last bit in whatever way it is asked for.

    Embeddings by other seeds agree on what the graph says and differ in what chance says.

    Parameters
    ----------
    each : list of ExactDots
        One at least, all of the same products.
    """

    def __init__(self, each: list[ExactDots]):
        self.each = each

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything as arrays by name, to be saved."""
        return {
            f"{name} {i}": array
            for i, dots in enumerate(self.each)
            for name, array in dots.arrays().items()
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> MeanDots:
        """Return what `arrays` came from."""
        parts: dict[int, dict[str, np.ndarray]] = {}
        for key, array in arrays.items():
            name, i = key.rsplit(" ", 1)
            parts.setdefault(int(i), {})[name] = array
        return cls([ExactDots.from_arrays(parts[i]) for i in sorted(parts)])

    @cached_property
    def turned(self) -> MeanDots:
        """The same with queries for keys and keys for queries, in the same memory."""
        return MeanDots([dots.turned for dots in self.each])

    def pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the means of the pairs (u[i], v[i]), float32, shape (len(u),)."""
        return self._mean(lambda dots: dots.pairs(u, v))

    def rows(self, queries: np.ndarray, first: int, last: int) -> np.ndarray:
        """Return the means of each query with the products ``first .. last - 1``, float32,
        shape (len(queries), last - first)."""
        return self._mean(lambda dots: dots.rows(queries, first, last))

    def _mean(self, ask: Callable[[ExactDots], np.ndarray]) -> np.ndarray:
        total = ask(self.each[0])
        for dots in self.each[1:]:
            total += ask(dots)
        if len(self.each) > 1:
            total *= np.float32(1 / len(self.each))
        return total
