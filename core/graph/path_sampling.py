"""Draws pairs of products in proportion to their three-hop score, without computing any score."""

from __future__ import annotations

import numpy as np

from core.graph.path_scores import PathSums


class PathDraw:
    """Ends of random three-step paths: (u, v) comes with probability score(u, v) / `total`.

    The score of a path u - w - x - v is a product, so its middle edge is drawn by the sum over
    all the paths through it, and then both ends by their own factors.

    Parameters
    ----------
    paths : PathSums
        Of a three-hop score.

    Attributes
    ----------
    total : float
        Sum of the scores of all ordered pairs, a product with itself included; 0 without pairs.
    """

    def __init__(self, paths: PathSums):
        self.indptr, self.indices = paths.indptr, paths.indices
        self._rows = np.repeat(np.arange(len(paths.end)), np.diff(paths.indptr))
        value = paths.values.astype(np.float64)
        to_end = value * paths.end[self.indices]
        self._ends = np.cumsum(to_end)
        reach = np.bincount(self._rows, to_end, minlength=len(paths.end)) * paths.middle
        self._edges = np.cumsum(reach[self._rows] * value * reach[self.indices])
        self.total = float(self._edges[-1]) if len(self._edges) else 0.0

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of `n` paths, int32 arrays; none if the graph has no pair."""
        if self.total == 0:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        edge = np.searchsorted(self._edges, rng.random(n) * self.total, side="right")
        edge = np.minimum(edge, len(self._edges) - 1)
        return self._neighbour(self._rows[edge], rng), self._neighbour(self.indices[edge], rng)

    def _neighbour(self, nodes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        begin, end = self.indptr[nodes], self.indptr[nodes + 1]
        low = np.where(begin > 0, self._ends[begin - 1], 0.0)
        wanted = low + rng.random(len(nodes)) * (self._ends[end - 1] - low)
        at = np.searchsorted(self._ends, wanted, side="right")
        return self.indices[np.clip(at, begin, end - 1)]
