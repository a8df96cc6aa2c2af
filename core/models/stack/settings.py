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
# long walks that seldom turn back what is far.
_SKIPGRAM = {"initial": "normal", "initial_scale": 0.1}
_LONG = {"walks_per_product": 20, "walk_length": 30, "q": 0.5}
BASES = {
    "far": Base("skipgram", _SKIPGRAM, 19, averaged=True),
    "near": Base("skipgram", {**_SKIPGRAM, "window": 2}, 5, averaged=True),
    "wide": Base("skipgram", {**_SKIPGRAM, **_LONG}, 19, added=True),
    "spectral": Base("spectral", {"power": 2}, 2),
    "mf": Base("mf-bias", {}, 1, averaged=True),
}
SEEDS = 3
# A lesson with fewer than this share of its pairs to learn from is not worth all its embeddings.
WORTHWHILE = 0.25


class StackSettings(Settings):
    """Settings of the learned combination."""

    share: float = Field(
        0.12, gt=0, le=0.5, description="Training pairs a lesson takes out of the graph"
    )
    positives: int = Field(
        150_000, ge=1, description="Pairs to learn from at most; more take longer"
    )
    lessons: int = Field(
        3,
        ge=1,
        le=20,
        description="Lessons at most, if one has fewer pairs than that; each fits the embeddings "
        "anew",
    )
    path_negatives: float = Field(
        2.0,
        ge=0,
        le=20,
        description="Non-pairs a pair that are drawn by their three-hop score: what a ranking "
        "must sort out",
    )
    strong: float = Field(
        3.0,
        ge=-50,
        le=50,
        description="Log-odds from which a pair counts as strong: stronger ones are compared with "
        "all products, weaker ones with products as popular",
    )
    trees: int = Field(300, ge=1, le=5000, description="Trees for pairs with a path of three steps")
    leaves: int = Field(31, ge=2, le=32, description="Leaves of a tree")
    learning_rate: float = Field(0.08, gt=0, le=1, description="What each tree adds")
    embeddings: Literal["auto", "few", "many"] = Field(
        "auto",
        description="few: one of each kind; many: the mean of three seeds, and one more of long "
        "walks, for several times the training; auto: many up to a million training pairs, which "
        "gain most",
    )
    dim: int = Field(128, ge=1, le=256, description="Numbers in a vector of each embedding")
    content: bool = Field(True, description="Compare brand, categories and text, where known")

    def lesson_sizes(self, n_pairs: int) -> tuple[int, list[int]]:
        """Return how many training pairs each lesson takes out, and its pairs to learn from."""
        size = max(min(round(self.share * n_pairs), n_pairs - 1), 1)
        sizes, missing = [], self.positives
        for _ in range(min(self.lessons, n_pairs // size)):
            if sizes and missing < WORTHWHILE * size:
                break
            sizes.append(min(missing, size))
            missing -= sizes[-1]
        return size, sizes

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
