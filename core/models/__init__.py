"""The models; `create` makes one by its name."""

from __future__ import annotations

from core.config import Settings
from core.models.base import Model
from core.models.registry import model_entry


def create(
    name: str, settings: Settings | None = None, *, seed: int = 42, workers: int = 1
) -> Model:
    """Return an unfitted model called `name`; `settings` default to its class's own."""
    return model_entry(name).model_class(settings, seed=seed, workers=workers)
