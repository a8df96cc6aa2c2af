"""Settings of the stack; apart from it, so that reading them imports neither LightGBM nor torch."""

from __future__ import annotations

from pydantic import Field

from core.config import Settings


class StackSettings(Settings):
    """Settings of the two stages; the defaults were chosen on development slices."""

    candidates: int = Field(
        250, ge=1, le=5000, description="Candidates by three-hop; Adamic-Adar adds half as many"
    )
    share: float = Field(
        0.2, gt=0, le=0.5, description="Share of training pairs that are removed to train on"
    )
    queries: int = Field(
        6000, ge=1, description="Products whose candidates the trees learn from, at most"
    )
    negatives: int = Field(
        40, ge=1, le=5000, description="Candidates of a query that are sampled as negatives"
    )
    drawn: int = Field(
        10,
        ge=0,
        le=1000,
        description="Random negatives of a query, and twice as many by popularity, to train on "
        "weak paths and on pairs without a path",
    )
    trees: int = Field(100, ge=1, le=5000, description="Trees in each model")
    leaves: int = Field(31, ge=2, le=1024, description="Leaves of a tree")
    learning_rate: float = Field(0.15, gt=0, le=1, description="What each tree adds")
    dim: int = Field(128, ge=1, le=2048, description="Numbers in a vector of the embeddings")
    skipgram_epochs: int = Field(
        5, ge=0, le=100, description="Epochs of the skip-gram embedding; 0 leaves it out"
    )
    content: bool = Field(True, description="Compare brand, categories, text and price")
    ids: bool = Field(
        True, description="Compare ids: their order tells of the shop's numbering, not of products"
    )
