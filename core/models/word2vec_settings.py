"""Settings of gensim's word2vec; apart from it, so that reading them costs no gensim."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.config import Settings


class Word2VecSettings(Settings):
    """Settings of gensim's word2vec on random walks."""

    algorithm: Literal["skip-gram", "cbow"] = Field(
        "skip-gram", description="Predict the neighbours from the product, or it from them"
    )
    dim: int = Field(128, ge=2, le=2048, description="Length of a product's vector")
    epochs: int = Field(5, ge=1, le=100, description="Passes over the walks")
    window: int = Field(5, ge=1, le=100, description="Steps on each side that count as context")
    shrink_window: bool = Field(
        False, description="Draw a window of 1 to `window` for every word, gensim's default"
    )
    negatives: int = Field(5, ge=1, le=100, description="Random products against each true one")
    negative_power: float = Field(
        0.75, ge=-2, le=2, description="Random products are drawn by their frequency to this power"
    )
    sample: float = Field(
        1e-3, ge=0, le=1, description="Frequent products are thinned above this share; 0: never"
    )
    learning_rate: float = Field(0.025, gt=0, le=1, description="It falls linearly to almost 0")
    walks_per_product: int = Field(10, ge=1, le=1000, description="Walks that start at a product")
    walk_length: int = Field(10, ge=2, le=1000, description="Products in a walk, first included")
    p: float = Field(1, gt=0, le=1000, description="node2vec: high values avoid stepping back")
    q: float = Field(1, gt=0, le=1000, description="node2vec: low values explore further away")
    scoring: Literal["best", "cosine", "in-out"] = Field(
        "best", description="`best` is chosen on the development slice"
    )
