"""A fitted model asked for one product's neighbours, and by which of its scores."""

from __future__ import annotations

import copy

import numpy as np

from core.models.base import Model
from core.models.center_context import SCORINGS, TwoTables


def scorings_of(model: Model) -> tuple[str, ...]:
    """Return the scores that `model` can be asked for beside its own; none for most."""
    if not isinstance(model, TwoTables):
        return ()
    # With one table for both, the product of center and context is just another scaling.
    shared = np.may_share_memory(model.context_, model.vectors_)
    return SCORINGS[:1] if shared else SCORINGS


def with_scoring(model: Model, scoring: str) -> Model:
    """Return `model` scoring by `scoring`; itself if it cannot, or does so already.

    The copy shares the vectors, not what is derived from them.
    """
    if scoring == model.scoring or scoring not in scorings_of(model):
        return model
    other = copy.copy(model)
    other.forget_tables()
    other.scoring = scoring
    return other


def scores_with_all(model: Model, query: int) -> np.ndarray:
    """Return the score of `query` with every product, float32, shape (n_products,).

    The same as `Model.score_all` up to rounding, but straight from the vectors: for a single
    query, the tables that many are scored by would take longer to build than to use, and twice
    the memory of the vectors.
    """
    if not isinstance(model, TwoTables) or model.scores_unseen:
        return model.score_all(np.array([query]))[0].copy()
    center, context = model.vectors_, model.context_
    if model.scoring == "cosine":
        lengths = _lengths(model)
        return (center @ (center[query] / lengths[query])) / lengths
    if model.scoring == "in-out":
        return (context @ center[query] + center @ context[query]) / 2
    scores = center @ center[query]
    if model.bias_ is not None:
        scores += model.bias_ + np.float32(model.bias_[query] + model.offset_)
    return scores


def _lengths(model: TwoTables) -> np.ndarray:
    """Return the lengths of the centers, 1 for a vector of zeros; kept with the model."""
    kept = getattr(model, "_center_lengths", None)
    if kept is None or len(kept) != len(model.vectors_):
        # einsum makes no copy of the vectors.
        lengths = np.sqrt(np.einsum("ij,ij->i", model.vectors_, model.vectors_))
        kept = model._center_lengths = np.where(lengths > 0, lengths, np.float32(1))
    return kept
