"""Settings of the stack; apart from it, so that reading them costs no LightGBM and no torch."""

from __future__ import annotations

from pydantic import Field

from core.config import Settings


class StackSettings(Settings):
    """Settings of the two stages."""

    candidates: int = Field(
        250,
        ge=1,
        le=5000,
        description="Products that the three-hop score retrieves for a query; Adamic-Adar "
        "retrieves half as many",
    )
    share: float = Field(
        0.2, gt=0, le=0.5, description="Training pairs taken out of the graph to learn from"
    )
    queries: int = Field(
        6000, ge=1, description="Products whose candidates the trees learn from, at most"
    )
    negatives: int = Field(
        40, ge=1, le=5000, description="Candidates of a query that are no pair to learn from"
    )
    drawn: int = Field(
        10,
        ge=0,
        le=1000,
        description="Products drawn for a query alike, and as many by their number of pairs, so "
        "that the trees know weak pairs and pairs without a path, too",
    )
    trees: int = Field(
        100, ge=1, le=5000, description="Trees in each of the models that are added up"
    )
    leaves: int = Field(31, ge=2, le=1024, description="Leaves of a tree")
    learning_rate: float = Field(0.15, gt=0, le=1, description="What each tree adds")
    dim: int = Field(128, ge=1, le=2048, description="Numbers in a vector of the embeddings")
    skipgram_epochs: int = Field(
        5, ge=0, le=100, description="Epochs of the skip-gram embedding; 0 leaves it out"
    )
    content: bool = Field(True, description="Compare brand, categories, text and price")
    ids: bool = Field(
        True,
        description="Compare the products' places in the order of their ids: these tell of the "
        "shop's habits of numbering, not of the products",
    )
