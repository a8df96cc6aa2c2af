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
    """One point of the grid that all PyTorch models are points of."""

    trained_on: Literal["edges", "walks"] = Field(
        "walks", description="Learn from the pairs themselves, or from random walks over them"
    )
    two_tables: bool = Field(
        True, description="A second vector for a product in its role as context (skip-gram)"
    )
    bias: bool = Field(False, description="One more number a product for its popularity")
    loss: Literal["bce", "mse", "sgns"] = Field(
        "sgns",
        description="bce: is it a pair or not, mean over pairs and non-pairs; sgns: the same, "
        "summed over a pair and its non-pairs (skip-gram); mse: how heavy is the pair",
    )
    score_limit: float = Field(
        0.0, ge=0, le=100, description="Cut scores at ± this in training; 0 cuts nothing"
    )
    scoring: Literal["best", "cosine", "in-out"] = Field(
        "best",
        description="Compare center vectors by cosine, or center and context by inner product; "
        "best: whichever does better on the development slice. One table: always inner product",
    )
    dim: int = Field(128, ge=1, le=2048, description="Numbers in a product's vector")
    epochs: int = Field(1, ge=1, le=1000, description="Times the training data are gone through")
    batch_size: int = Field(
        512, ge=1, le=1 << 20, description="Walks or pairs behind one step of the optimiser"
    )
    learning_rate: float = Field(0.2, gt=0, le=10, description="Length of the first steps")
    schedule: Literal["constant", "linear", "restarts"] = Field(
        "linear",
        description="The learning rate stays, falls to zero once, or falls along a cosine and is "
        "restarted at every epoch (the study)",
    )
    optimiser: Literal["row-adagrad", "adam", "adam-batch-l2", "sparse-adam"] = Field(
        "row-adagrad",
        description="row-adagrad touches only the rows of the batch; adam moves every row at "
        "every step, adam-batch-l2 as well, but its l2 pulls the batch's rows alone; sparse-adam "
        "is skip-gram's in the study",
    )
    l2: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Pull of the vectors towards zero: on the rows of every pair, or on all rows "
        "at every step under the optimiser adam",
    )
    initial: Literal["normal", "word2vec"] = Field(
        "word2vec",
        description="normal: vectors start at N(0, scale²); word2vec: at U(±scale / dim), "
        "contexts at zero",
    )
    initial_scale: float = Field(0.5, gt=0, le=100, description="Scale of the starting vectors")
    negatives: int = Field(
        5, ge=1, le=1000, description="Weight of the non-pairs: as if so many were drawn a pair"
    )
    sampling: Literal["shared", "pair"] = Field(
        "shared",
        description="Non-pairs are drawn for a group of walks or pairs at once (fast), or for "
        "every pair on its own",
    )
    shared_negatives: int = Field(
        40, ge=1, le=1 << 16, description="Products drawn for one group, where they are shared"
    )
    group_size: int = Field(
        16, ge=1, le=1 << 16, description="Walks or pairs that share their non-pairs"
    )
    negative_power: float = Field(
        0.75, ge=0, le=1, description="Non-pairs are drawn by frequency to this power"
    )
    walks_per_product: int = Field(10, ge=1, le=1000, description="Walks that start at a product")
    walk_length: int = Field(10, ge=2, le=1000, description="Products in a walk, first included")
    p: float = Field(1, gt=0, le=1000, description="node2vec: high values avoid stepping back")
    q: float = Field(1, gt=0, le=1000, description="node2vec: low values explore further away")
    window: int = Field(
        5, ge=1, le=1000, description="Products of a walk at most so many steps apart are a pair"
    )
    points_per_epoch: int = Field(
        20, ge=0, le=10_000, description="Points of the learning curve an epoch"
    )


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
