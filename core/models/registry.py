"""The named experiments: every row of the results table, one entry each.

Classes are named by their import path and imported on use, so that listing the experiments costs
no torch and no gensim.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from core.config import Preset, Settings, UserError


@dataclass(frozen=True)
class Experiment:
    """A named model with its settings under each preset.

    Attributes
    ----------
    model : str
        Import path of the class, ``package.module:Class``.
    settings : str
        Import path of its `Settings` class; the module must not import torch or gensim.
    title : str
        What people read in tables and legends.
    about : str
        One sentence: what it is.
    ours, study : dict
        What differs from the defaults of the settings class under each preset; `study` is None
        where the study has no such row.
    published : str or None
        Row of `core.evaluation.published` that it reproduces.
    """

    model: str
    settings: str
    title: str
    about: str
    ours: dict[str, Any] = field(default_factory=dict)
    study: dict[str, Any] | None = None
    published: str | None = None


EMBEDDING = {
    "model": "core.models.embedding.model:Embedding",
    "settings": "core.models.embedding.settings:EmbeddingSettings",
}
# Section 5 of the study's method: what its matrix factorisations, and all its torch models, share.
STUDY_TORCH = {"epochs": 5, "batch_size": 128, "sampling": "pair", "schedule": "restarts"}
STUDY_MF = {
    **STUDY_TORCH,
    "optimiser": "adam",
    "learning_rate": 0.01,
    "l2": 1e-6,
    "initial": "normal",
    "initial_scale": 1.0,
}
STUDY_SKIPGRAM = {
    **STUDY_TORCH,
    "optimiser": "sparse-adam",
    "learning_rate": 0.025,
    "score_limit": 10.0,
    "scoring": "cosine",
}
# Chosen on Beauty's development slice; the pull towards zero (l2) matters most.
OURS_MF = {"initial": "normal", "initial_scale": 0.1}
OURS_L2 = {"bce": 0.06, "mse": 0.15}
ON_EDGES = {"epochs": 5, "batch_size": 2048, "group_size": 64}


def _mf(title: str, about: str, published: str, **switches: Any) -> Experiment:
    """Return one of the matrix factorisations, which differ in three switches."""
    point = {"trained_on": "edges", "two_tables": False, "loss": "bce", **switches}
    ours = {**point, **OURS_MF, "l2": OURS_L2[point["loss"]]}
    if point["trained_on"] == "edges":
        ours |= ON_EDGES
    study = {**point, **STUDY_MF}
    return Experiment(
        **EMBEDDING, title=title, about=about, ours=ours, study=study, published=published
    )


def _side_info(title: str, about: str, fields: str) -> Experiment:
    """Return skip-gram with side information; the study had brand and category level 3."""
    study = {
        "fields_used": ("brand", "category_3"),
        "rare": 100,
        "field_rate": 1.0,
        "id_dropout": 0.0,
    }
    return Experiment(
        model="core.models.embedding.side_info:SideInfo",
        settings="core.models.embedding.side_info_settings:SideInfoSettings",
        title=title,
        about=about,
        # By development slices, cold and time splits of training pairs: longer steps of own vectors
        # and wider windows bring a product nearer to its neighbours' neighbours, which most often
        # do not belong with it.
        ours={
            "fields": fields,
            "epochs": 3,
            "window": 3,
            "learning_rate": 0.12,
            "points_per_epoch": 7,
        },
        study={**STUDY_SKIPGRAM, **study, "fields": fields},
        published="side-info",
    )


GRAPH = "core.models.graph_scores:"
NO_SETTINGS = "core.config:Settings"
WORD2VEC = {
    "model": "core.models.word2vec:GensimWord2Vec",
    "settings": "core.models.word2vec_settings:Word2VecSettings",
}
# The study left gensim's other settings as they are: shrinking windows, thinning at 1e-3.
STUDY_WORD2VEC = {"shrink_window": True, "scoring": "cosine"}

EXPERIMENTS: dict[str, Experiment] = {
    "degree": Experiment(
        model=GRAPH + "Degree",
        settings=NO_SETTINGS,
        title="Degree",
        about="Popularity alone: the floor that every model must clear.",
    ),
    "common-neighbours": Experiment(
        model=GRAPH + "CommonNeighbours",
        settings=NO_SETTINGS,
        title="Common neighbours",
        about="How many products are related to both.",
    ),
    "adamic-adar": Experiment(
        model=GRAPH + "AdamicAdar",
        settings=NO_SETTINGS,
        title="Adamic-Adar",
        about="Common neighbours, the popular ones counting less: 1 / log degree.",
    ),
    "resource-allocation": Experiment(
        model=GRAPH + "ResourceAllocation",
        settings=NO_SETTINGS,
        title="Resource allocation",
        about="Common neighbours, the popular ones counting much less: 1 / degree.",
    ),
    "three-hop": Experiment(
        model=GRAPH + "ThreeHop",
        settings=GRAPH + "ThreeHopSettings",
        title="Three-hop",
        about="Walks of three steps, popular products held back; nothing is trained.",
    ),
    "spectral": Experiment(
        model="core.models.spectral:Spectral",
        settings="core.models.spectral_settings:SpectralSettings",
        title="Spectral",
        about="Eigenvectors of the normalised graph; nothing is sampled.",
    ),
    "mf": _mf("MF", "Inner product of two vectors, learned from the pairs.", "mf"),
    "mf-bias": _mf("MF + bias", "MF with a popularity number a product.", "mf-bias", bias=True),
    "mf-continuous": _mf(
        "MF continuous",
        "MF that predicts how heavy a pair is.",
        "mf-continuous",
        loss="mse",
    ),
    "mf-bias-continuous": _mf(
        "MF + bias continuous",
        "MF with biases that predicts how heavy a pair is.",
        "mf-bias-continuous",
        loss="mse",
        bias=True,
    ),
    "mf-walks": _mf("MF on walks", "MF on the windows of walks.", "mf-walks", trained_on="walks"),
    "mf-bias-walks": _mf(
        "MF + bias on walks",
        "MF with biases on the windows of walks.",
        "mf-bias-walks",
        trained_on="walks",
        bias=True,
    ),
    "gensim-cbow": Experiment(
        **WORD2VEC,
        title="word2vec CBOW (gensim)",
        about="The study's gensim row: a product from the mean of its walk's window.",
        ours={"algorithm": "cbow", **STUDY_WORD2VEC},
        study={"algorithm": "cbow", **STUDY_WORD2VEC},
        published="gensim-cbow",
    ),
    "gensim-skipgram": Experiment(
        **WORD2VEC,
        title="word2vec skip-gram (gensim)",
        about="gensim's skip-gram on the same walks, with a fixed window.",
        # Better than five on the demo's development slice (in-out 0.896 against 0.887), and faster.
        ours={"epochs": 2},
    ),
    "node2vec": Experiment(
        **EMBEDDING,
        title="node2vec",
        about="Second-order walks of 30 products, then the same skip-gram.",
        # Twice as many walks are better on the demo's development slice (mean of both AUCs 0.884
        # against 0.875).
        ours={"p": 1, "q": 0.5, "walk_length": 30, "walks_per_product": 20},
        # Of the study's, which never finished, no more is known.
        study={"p": 1, "q": 1, "walk_length": 30, "scoring": "cosine"},
        published="node2vec",
    ),
    "skipgram": Experiment(
        **EMBEDDING,
        title="Skip-gram (PyTorch)",
        about="Skip-gram with negative sampling on walks, its row work compiled.",
        study=STUDY_SKIPGRAM,
        published="skipgram",
    ),
    "skipgram-side-info": _side_info(
        "Skip-gram + side information",
        "A product is the mean of its own vector and those of its brand, categories and text.",
        "mean",
    ),
    "eges": _side_info(
        "EGES",
        "Side information by weights learned for every product (Alibaba, 2018).",
        "attention",
    ),
    "stack": Experiment(
        model="core.models.stack.model:Stack",
        settings="core.models.stack.settings:StackSettings",
        title="Stack",
        about="A learned combination of graph scores, embeddings, degrees and content.",
    ),
}


def load_class(path: str) -> type:
    """Import ``package.module:Name``."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def experiment(name: str) -> Experiment:
    """Return the experiment called `name`, or raise a `UserError` that lists the names."""
    if name not in EXPERIMENTS:
        raise UserError(f"There is no model '{name}'. Models: {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]


def resolve_settings(name: str, preset: Preset = "ours", changes: dict[str, Any] | None = None):
    """Return the validated settings of experiment `name` under `preset` with `changes` applied.

    Raises
    ------
    UserError
        If the name, the preset or a setting is unknown, or a value is out of range.
    """
    entry = experiment(name)
    base = entry.study if preset == "study" else entry.ours
    if base is None:
        raise UserError(f"The study has no '{name}': use the preset 'ours' for it.")
    cls: type[Settings] = load_class(entry.settings)
    changes = changes or {}
    unknown = [key for key in changes if key not in cls.model_fields]
    if unknown:
        known = ", ".join(cls.model_fields) or "none"
        raise UserError(f"'{name}' has no setting '{unknown[0]}'. Its settings: {known}.")
    try:
        return cls(**{**base, **changes})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise UserError(f"Setting '{where}' of '{name}': {first['msg']}.") from None


def changes_of_each(names: Iterable[str], changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return, for each experiment, those of `changes` that it has a setting for.

    Raises
    ------
    UserError
        If none of them has a setting of that name.
    """
    known = {name: load_class(experiment(name).settings).model_fields for name in names}
    for key in changes:
        if not any(key in fields for fields in known.values()):
            every = ", ".join(sorted({field for fields in known.values() for field in fields}))
            raise UserError(f"No model has a setting '{key}'. Settings: {every}.")
    return {
        name: {key: value for key, value in changes.items() if key in fields}
        for name, fields in known.items()
    }
