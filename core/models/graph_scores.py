"""Scores of the training graph: popularity and short paths; nothing is learned or random."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from core.config import Settings
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.explanation import Explanation
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.graph.path_sums import PathSums
    from core.graph.product_graph import ProductGraph


class Degree(Model):
    """log(1 + deg u) + log(1 + deg v): popularity alone, the lower bound for all models.

    A product without training pairs has degree 0.
    """

    fits_on_development = False
    scores_unseen = True

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self.log_degree_ = np.log1p(split.graph.degree).astype(np.float32)
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.log_degree_[u] + self.log_degree_[v]

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        return self.log_degree_[queries][:, None] + self.log_degree_[None, :]

    def explain(self, query: int, product: int) -> Explanation:
        parts = {"chosen product": self.log_degree_[query], "neighbour": self.log_degree_[product]}
        return Explanation(
            "The logarithm of each product's training pairs, plus one.",
            {"": {name: float(value) for name, value in parts.items()}},
        )

    def save(self, folder: Path) -> None:
        """Write nothing: the scores depend only on the training graph."""

    def load(self, folder: Path, split: Split) -> Self:
        return self.fit(split)


class PathSumModel(Model):
    """A sum over the short paths between two products."""

    fits_on_development = False
    no_path_score = 0.0

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

    def explain(self, query: int, product: int) -> Explanation | None:
        paths = self.paths_.strongest(query, product)
        about = f"The strongest paths of {self.paths_.hops} steps, with their shares of the score."
        return Explanation(about, paths=paths) if paths else None

    def save(self, folder: Path) -> None:
        """Write nothing: the scores depend only on the training graph."""

    def load(self, folder: Path, split: Split) -> Self:
        return self.fit(split)


class SharedNeighbours(PathSumModel):
    """The sum of f(deg w) over the shared neighbours w of u and v; edge weights are ignored."""

    @staticmethod
    @abstractmethod
    def weight_of(degree: np.ndarray) -> np.ndarray:
        """Return f of the degrees (float64, all > 0, shape (n_products,))."""

    def path_sums(self, graph: ProductGraph) -> PathSums:
        from core.graph.path_sums import PathSums

        # A product between two different ones has a degree of at least 2; the lower bound only
        # avoids a division by log(1).
        weight_of = self.weight_of(np.maximum(graph.degree, 2).astype(float))
        ones = np.ones(len(graph.indices), np.float32)
        return PathSums(graph.indptr, graph.indices, ones, weight_of, np.ones(graph.n_products), 2)


class CommonNeighbours(SharedNeighbours):
    """|N(u) ∩ N(v)| (Liben-Nowell & Kleinberg, 2007)."""

    @staticmethod
    def weight_of(degree: np.ndarray) -> np.ndarray:
        return np.ones_like(degree)


class AdamicAdar(SharedNeighbours):
    """Sum of 1 / log deg w over shared neighbours (Adamic & Adar, 2003)."""

    @staticmethod
    def weight_of(degree: np.ndarray) -> np.ndarray:
        return 1 / np.log(degree)


class ResourceAllocation(SharedNeighbours):
    """Sum of 1 / deg w over shared neighbours (Zhou, Lü & Zhang, 2009)."""

    @staticmethod
    def weight_of(degree: np.ndarray) -> np.ndarray:
        return 1 / degree


class ThreeHopSettings(Settings):
    """Settings of the three-hop score."""

    exponent: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a in D^-a A D^-a, the penalty on popular products",
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts as 1")
    places: bool = Field(
        False, description="Weight pairs by the positions of products in the source lists"
    )


class ThreeHop(PathSumModel):
    """(N³)[u, v] with N = D^-a A D^-a: walks of three steps, popular products penalised."""

    Settings = ThreeHopSettings
    settings: ThreeHopSettings

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        return super().fit(split.by_nearness() if self.settings.places else split)

    def path_sums(self, graph: ProductGraph) -> PathSums:
        from core.graph.path_sums import normalised_hops

        return normalised_hops(graph, 3, self.settings.exponent, self.settings.weighted)
