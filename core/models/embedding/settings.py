"""Settings of the trained embeddings; nothing here imports torch."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from core.config import Settings

FieldName = Literal[
    "brand", "category_1", "category_2", "category_3", "category_4", "price_bin", "text"
]
ALL_FIELDS: tuple[FieldName, ...] = get_args(FieldName)


class EmbeddingSettings(Settings):
    """Settings of all models that are trained with PyTorch."""

    trained_on: Literal["edges", "walks"] = Field(
        "walks", description="Train on the pairs themselves, or on random walks over them"
    )
    two_tables: bool = Field(
        True, description="A second vector of each product for its role as context (skip-gram)"
    )
    bias: bool = Field(False, description="Add a bias to each product and a global one")
    loss: Literal["bce", "mse", "sgns"] = Field(
        "sgns",
        description="bce: logistic loss, mean over positives and negatives; sgns: logistic loss, "
        "summed over a positive pair and its negatives (skip-gram); mse: squared error of the "
        "pair's weight",
    )
    score_limit: float = Field(
        0.0, ge=0, le=100, description="Clip scores to ± this in training; 0: no limit"
    )
    scoring: Literal["best", "cosine", "in-out"] = Field(
        "best",
        description="Cosine of the center vectors, or inner product of center and context; best: "
        "the better one on the development slice. With one table: always the inner product",
    )
    dim: int = Field(128, ge=1, le=2048, description="Dimension of the product vectors")
    epochs: int = Field(1, ge=1, le=1000, description="Passes over the training data")
    batch_size: int = Field(
        512, ge=1, le=1 << 20, description="Walks or pairs per step of the optimiser"
    )
    learning_rate: float = Field(0.2, gt=0, le=10, description="Initial learning rate")
    schedule: Literal["constant", "linear", "restarts"] = Field(
        "linear",
        description="Learning rate: constant, falling linearly to zero, or a cosine that restarts "
        "at every epoch (the study)",
    )
    optimiser: Literal["row-adagrad", "adam", "adam-batch-l2", "sparse-adam"] = Field(
        "row-adagrad",
        description="row-adagrad and sparse-adam (the study's for skip-gram) update only the rows "
        "of the batch; adam updates all rows at every step; adam-batch-l2 as well, but with l2 on "
        "the rows of the batch only",
    )
    l2: float = Field(
        0.0,
        ge=0,
        le=1,
        description="L2 regularisation: on the rows of every pair or, with the optimiser adam, on "
        "all rows at every step",
    )
    initial: Literal["normal", "word2vec"] = Field(
        "word2vec",
        description="Initial vectors. normal: N(0, scale²); word2vec: U(±scale / dim), contexts "
        "zero",
    )
    initial_scale: float = Field(0.5, gt=0, le=100, description="Scale of the initial vectors")
    negatives: int = Field(
        5, ge=1, le=1000, description="Negatives per pair, or their total weight if they are shared"
    )
    sampling: Literal["shared", "pair"] = Field(
        "shared",
        description="Draw negatives for a group of walks or pairs (fast), or for every pair",
    )
    shared_negatives: int = Field(
        40, ge=1, le=1 << 16, description="Negatives drawn for each group, if they are shared"
    )
    group_size: int = Field(
        16, ge=1, le=1 << 16, description="Walks or pairs that share their negatives"
    )
    negative_power: float = Field(
        0.75, ge=0, le=1, description="Negatives are drawn by frequency to this power"
    )
    walks_per_product: int = Field(10, ge=1, le=1000, description="Walks from each product")
    walk_length: int = Field(10, ge=2, le=1000, description="Products of a walk, first included")
    p: float = Field(1, gt=0, le=1000, description="node2vec: large values avoid going back")
    q: float = Field(1, gt=0, le=1000, description="node2vec: small values lead further away")
    window: int = Field(5, ge=1, le=1000, description="Largest distance of a pair on a walk")
    points_per_epoch: int = Field(
        20, ge=0, le=10_000, description="Points of the learning curve per epoch"
    )


class SideInfoSettings(EmbeddingSettings):
    """Settings of skip-gram with side information."""

    two_tables: Literal[True] = Field(
        True, description="Contexts have plain vectors in a separate table"
    )
    scoring: Literal["best", "cosine", "in-out", "likelihood"] = Field(  # type: ignore[assignment]
        "best",
        description="As for skip-gram, or likelihood: in-out plus the frequency of the products; "
        "best: the best one on the development slice",
    )
    fields: Literal["mean", "attention"] = Field(
        "mean",
        description="Equal weights of the fields, or weights learned for every product (EGES)",
    )
    fields_used: tuple[FieldName, ...] = Field(
        ALL_FIELDS, description="Fields; leave some out to measure their contribution"
    )
    rare: int = Field(
        1, ge=0, le=10**6, description="Field values of at most this many products are pooled"
    )
    text_dim: int = Field(
        128, ge=1, le=1024, description="Dimension of the text vectors (title and categories)"
    )
    field_rate: float = Field(
        5.0,
        gt=0,
        le=100,
        description="Learning rate of the fields' vectors, relative to that of the products' own; "
        "ignored if all rows are updated",
    )
    id_dropout: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Probability of dropping a product's own vector in training, so that its "
        "fields learn to represent it alone",
    )
