"""The models; `create` makes one by the name of its experiment."""

from __future__ import annotations

from core.config import Settings
from core.models.base import Model
from core.models.registry import experiment


def create(
    name: str, settings: Settings | None = None, *, seed: int = 42, workers: int = 1
) -> Model:
    """Return an unfitted model of experiment `name`; `settings` default to its class's own."""
    return experiment(name).model_class(settings, seed=seed, workers=workers)
