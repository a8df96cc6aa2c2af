"""A fitted model asked by another score than the one that was chosen for it."""

from __future__ import annotations

import copy

from core.models.base import Model
from core.models.two_tables import SCORINGS, TwoTables


def scorings_of(model: Model) -> tuple[str, ...]:
    """Return the scores that `model` can be asked for beside its own; none for most."""
    if not isinstance(model, TwoTables):
        return ()
    # With one table for both, the product of center and context is just another scaling.
    return SCORINGS if model.context_ is not model.vectors_ else SCORINGS[:1]


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
