"""Settings of skip-gram with side information; nothing here imports torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.models.embedding.settings import EmbeddingSettings

FieldName = Literal[
    "brand", "category_1", "category_2", "category_3", "category_4", "price_bin", "text"
]
ALL_FIELDS = FieldName.__args__


class SideInfoSettings(EmbeddingSettings):
    """Skip-gram whose center vectors are made of fields as well; contexts stay plain vectors."""

    two_tables: Literal[True] = Field(
        True, description="Contexts have a table of their own, never made of fields"
    )
    scoring: Literal["best", "cosine", "in-out", "likelihood"] = Field(
        "best",
        description="As for skip-gram, or likelihood: in-out and how frequent the products are; "
        "best: whichever does best on the development slice",
    )
    fields: Literal["mean", "attention"] = Field(
        "mean", description="Fields count equally, or by weights learned for every product (EGES)"
    )
    fields_used: tuple[FieldName, ...] = Field(
        ALL_FIELDS, description="Fields beside the product itself; leave some out to see their part"
    )
    rare: int = Field(
        1, ge=0, le=10**6, description="Values that at most so many products have are pooled"
    )
    text_dim: int = Field(
        128, ge=1, le=1024, description="Numbers that title and categories are reduced to"
    )
    field_rate: float = Field(
        5.0,
        gt=0,
        le=100,
        description="How many times as far the vectors of fields go at a step as a product's own, "
        "which are in fewer batches; not under the adam optimisers of all rows",
    )
    id_dropout: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="How often a product's own vector is left out in training, so that its fields "
        "learn to stand alone; 0: never",
    )
