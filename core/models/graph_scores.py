"""Scores read off the training graph: nothing is learned, nothing is random."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from core.config import Settings
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.graph.path_scores import PathSums
    from core.graph.product_graph import ProductGraph


class Degree(Model):
    """log(1 + deg u) + log(1 + deg v): popularity alone, the honest floor.

    It scores products without training pairs, too: theirs is the lowest.
    """

    learns = False
    scores_unseen = True

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self.log_degree_ = np.log1p(split.graph.degree).astype(np.float32)
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.log_degree_[u] + self.log_degree_[v]

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        return self.log_degree_[queries][:, None] + self.log_degree_[None, :]

    def save(self, folder: Path) -> None:
        """Write nothing: the training graph is all there is."""

    def load(self, folder: Path, split: Split) -> Self:
        return self.fit(split)


class PathScore(Model):
    """A sum over the short paths between two products."""

    learns = False
    unrelated = 0.0

    @abstractmethod
    def path_sums(self, graph: ProductGraph) -> PathSums:
        """Return the path sums of this score on `graph`."""

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self.paths_ = self.path_sums(split.graph)
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.paths_.pairs(u, v)

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        return self.paths_.rows(queries)

    def save(self, folder: Path) -> None:
        """Write nothing: the training graph is all there is."""

    def load(self, folder: Path, split: Split) -> Self:
        return self.fit(split)


class SharedNeighbours(PathScore):
    """Every shared neighbour w of u and v counts f(deg w); edge weights play no part."""

    @staticmethod
    @abstractmethod
    def worth(degree: np.ndarray) -> np.ndarray:
        """Return f of the degrees (float64, all > 0, shape (n_products,))."""

    def path_sums(self, graph: ProductGraph) -> PathSums:
        from core.graph.path_scores import PathSums

        # A product in the middle of a path has two neighbours or a path returning to its start,
        # so the stand-in for smaller degrees reaches no score of two different products.
        worth = self.worth(np.maximum(graph.degree, 2).astype(float))
        ones = np.ones(len(graph.indices), np.float32)
        return PathSums(graph.indptr, graph.indices, ones, worth, np.ones(graph.n_products), 2)


class CommonNeighbours(SharedNeighbours):
    """|N(u) ∩ N(v)| (Liben-Nowell & Kleinberg, 2007)."""

    @staticmethod
    def worth(degree: np.ndarray) -> np.ndarray:
        return np.ones_like(degree)


class AdamicAdar(SharedNeighbours):
    """Sum of 1 / log deg w over shared neighbours (Adamic & Adar, 2003)."""

    @staticmethod
    def worth(degree: np.ndarray) -> np.ndarray:
        return 1 / np.log(degree)


class ResourceAllocation(SharedNeighbours):
    """Sum of 1 / deg w over shared neighbours (Zhou, Lü & Zhang, 2009)."""

    @staticmethod
    def worth(degree: np.ndarray) -> np.ndarray:
        return 1 / degree


class ThreeHopSettings(Settings):
    """Settings of the three-hop score."""

    exponent: float = Field(
        0.5, ge=0, le=1, description="a in D^-a A D^-a: how much popular products are held back"
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts 1")
    places: bool = Field(
        False, description="Weights in which the top of a list counts for more than its end"
    )


class ThreeHop(PathScore):
    """(N³)[u, v] with N = D^-a A D^-a: walks of three steps, popular products held back."""

    Settings = ThreeHopSettings

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        return super().fit(split.by_nearness() if self.settings.places else split)

    def path_sums(self, graph: ProductGraph) -> PathSums:
        from core.graph.path_scores import normalised_hops

        return normalised_hops(graph, 3, self.settings.exponent, self.settings.weighted)
