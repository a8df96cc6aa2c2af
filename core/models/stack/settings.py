"""Settings of the stack; apart from it, so that reading them costs no torch and no sklearn."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field

from core.config import LARGE_PAIRS, Settings


class Base(NamedTuple):
    """An embedding that the stack asks: a model, and how its settings differ from our preset.

    `tables` says how many vectors of whole numbers are kept of it for every product.
    Where many embeddings are asked, one that is `averaged` is fitted by several seeds, whose mean
    errs less; one that is `added` is asked only there.
    """

    model: str
    changes: dict[str, Any]
    tables: int
    averaged: bool = False
    added: bool = False


# Vectors that start long find their places in fewer steps; a window of two knows what is near,
# long walks that seldom turn back what is far. Nobody sees their learning curves.
_SKIPGRAM = {"initial": "normal", "initial_scale": 0.1, "points_per_epoch": 1}
_LONG = {"walks_per_product": 20, "walk_length": 30, "q": 0.5}
# Against non-pairs as popular as the pairs' own ends, factors learn what popularity doesn't say.
_POPULAR = {"epochs": 20, "negative_power": 1.0, "points_per_epoch": 1}
# The longest first: some are fitted at the same time.
BASES = {
    "wide": Base("skipgram", {**_SKIPGRAM, **_LONG}, 13, added=True),
    "popular": Base("mf-bias", _POPULAR, 5, averaged=True, added=True),
    "far": Base("skipgram", _SKIPGRAM, 13, averaged=True),
    "near": Base("skipgram", {**_SKIPGRAM, "window": 2}, 3, averaged=True),
    "mf": Base("mf-bias", {"points_per_epoch": 1}, 1),
    "spectral": Base("spectral", {"power": 2}, 2),
}
SEEDS = 5
# Fits that go on at the same time, at most: each needs memory of its own.
AT_ONCE = 4


class StackSettings(Settings):
    """Settings of the learned combination."""

    share: float = Field(
        0.12, gt=0, le=0.5, description="Training pairs a lesson takes out of the graph"
    )
    positives: int = Field(
        150_000, ge=1, description="Pairs to learn from at most in a lesson; more take longer"
    )
    lessons: int = Field(
        3,
        ge=1,
        le=20,
        description="Lessons, where one has fewer pairs than that; each fits the embeddings anew",
    )
    path_negatives: float = Field(
        1.0,
        ge=0,
        le=20,
        description="Non-pairs a pair that are drawn by their three-hop score: what a ranking "
        "must sort out",
    )
    rivals: float = Field(
        160,
        ge=0,
        description="Non-partners that a product has, in the mean, among its strong pairs: strong "
        "ones are compared with all products, weaker ones with products as popular",
    )
    trees: int = Field(300, ge=1, le=5000, description="Trees for pairs with a path of three steps")
    leaves: int = Field(31, ge=2, le=32, description="Leaves of a tree")
    learning_rate: float = Field(0.08, gt=0, le=1, description="What each tree adds")
    embeddings: Literal["auto", "few", "many"] = Field(
        "auto",
        description="few: one of each kind; many: means of five seeds and two kinds more, of long "
        "walks and of factors that know popular non-pairs, for several times the training; auto: "
        "many up to a million training pairs, which gain most",
    )
    dim: int = Field(128, ge=1, le=256, description="Numbers in a vector of each embedding")
    content: bool = Field(True, description="Compare brand, categories and text, where known")

    def lesson_sizes(self, n_pairs: int) -> tuple[int, list[int]]:
        """Return how many training pairs each lesson takes out, and its pairs to learn from."""
        size = max(min(round(self.share * n_pairs), n_pairs - 1), 1)
        lessons = 1 if size >= self.positives else min(self.lessons, n_pairs // size)
        return size, [min(self.positives, size)] * lessons

    def fits(self, n_pairs: int) -> dict[str, int]:
        """Return which of `BASES` are asked, and by how many seeds each is fitted.

        Parameters
        ----------
        n_pairs : int
            Training pairs of the whole, not of a lesson.
        """
        many = self.embeddings == "many" or (self.embeddings == "auto" and n_pairs <= LARGE_PAIRS)
        return {
            name: SEEDS if many and base.averaged else 1
            for name, base in BASES.items()
            if many or not base.added
        }
