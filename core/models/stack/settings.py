"""Settings of the stack; apart from it, so that reading them costs no torch and no sklearn."""

from __future__ import annotations

from pydantic import Field

from core.config import Settings


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
    dim: int = Field(128, ge=1, le=256, description="Numbers in a vector of each embedding")
    content: bool = Field(True, description="Compare brand, categories and text, where known")
