"""The published study's settings, row by row.

They are those of its readme and source, not read from our code.
"""

from __future__ import annotations

import pytest

from core.models.registry import models_of, resolve_settings

# Walks of first order: 10 from every product, of 10 products.
WALKS = {"walks_per_product": 10, "walk_length": 10, "p": 1, "q": 1, "window": 5}
# All its PyTorch models: 5 epochs of 128 edges or walks, 5 negatives for every pair.
TORCH = {
    "dim": 128, "epochs": 5, "batch_size": 128, "schedule": "restarts", "sampling": "pair",
    "negatives": 5, "negative_power": 0.75,
}  # fmt: skip
MF = {
    **TORCH, "trained_on": "edges", "two_tables": False, "bias": False, "loss": "bce",
    "initial": "normal", "initial_scale": 1.0, "optimiser": "adam", "learning_rate": 0.01,
    "l2": 1e-6, "score_limit": 0.0,
}  # fmt: skip
SKIPGRAM = {
    **TORCH, **WALKS, "trained_on": "walks", "two_tables": True, "bias": False, "loss": "sgns",
    "initial": "word2vec", "initial_scale": 0.5, "optimiser": "sparse-adam",
    "learning_rate": 0.025, "l2": 0.0, "score_limit": 10.0, "scoring": "cosine",
}  # fmt: skip
SIDE_INFO = {**SKIPGRAM, "fields_used": ("brand", "category_3"), "rare": 100, "id_dropout": 0.0}
STUDY = {
    "mf": MF,
    "mf-bias": {**MF, "bias": True},
    "mf-continuous": {**MF, "loss": "mse"},
    "mf-bias-continuous": {**MF, "loss": "mse", "bias": True},
    "mf-walks": {**MF, **WALKS, "trained_on": "walks"},
    "mf-bias-walks": {**MF, **WALKS, "trained_on": "walks", "bias": True},
    "gensim-cbow": {
        **WALKS, "algorithm": "cbow", "dim": 128, "epochs": 5, "negatives": 5,
        "negative_power": 0.75, "sample": 1e-3, "shrink_window": True, "learning_rate": 0.025,
        "scoring": "cosine",
    },
    "node2vec": {**WALKS, "walk_length": 30, "dim": 128, "scoring": "cosine"},
    "skipgram": SKIPGRAM,
    "skipgram-side-info": {**SIDE_INFO, "fields": "mean"},
    "eges": {**SIDE_INFO, "fields": "attention"},
}  # fmt: skip


def test_every_row_of_the_study_is_tested():
    assert set(models_of("study")) == set(STUDY)


@pytest.mark.parametrize("name", STUDY)
def test_the_study_preset_has_the_study_s_settings(name):
    resolved = resolve_settings(name, "study")
    assert {key: getattr(resolved, key) for key in STUDY[name]} == STUDY[name]
