"""Settings of the stack; apart from it, so that reading them imports neither LightGBM nor torch."""

from __future__ import annotations

from pydantic import Field

from core.config import Settings


class StackSettings(Settings):
    """Settings of the two stages; the defaults were chosen on development slices."""

    candidates: int = Field(150, ge=1, le=5000, description="Per query, by three-hop path counts")
    share: float = Field(0.2, gt=0, le=0.5, description="Share of training pairs to train trees on")
    queries: int = Field(6000, ge=1, description="Queries whose candidates the trees learn from")
    negatives: int = Field(50, ge=1, le=5000, description="Negatives among a query's candidates")
    drawn: int = Field(10, ge=0, le=1000, description="Random negatives; twice as many by degree")
    trees: int = Field(150, ge=1, le=5000, description="Trees in each model")
    leaves: int = Field(31, ge=2, le=1024, description="Leaves of a tree")
    learning_rate: float = Field(0.1, gt=0, le=1, description="Shrinkage of each tree")
    dim: int = Field(128, ge=1, le=2048, description="Dimensions of the embeddings")
    skipgram_epochs: int = Field(5, ge=1, le=100, description="Epochs of skip-gram")
    content: bool = Field(True, description="Compare brand, categories, text and price")
    ids: bool = Field(True, description="Compare products by order of ids")
