"""Which runs have default settings, and which of them are the baseline."""

from __future__ import annotations

from core.config import UserError
from core.models.registry import baseline, resolve_settings
from core.runs.run_folder import Run


def is_baseline(run: Run) -> bool:
    """Return whether `run` is of the baseline model with its default settings."""
    return run.config.model == baseline() and has_default_settings(run)


def is_default(run: Run) -> bool:
    """Return whether `run` has our preset and the default settings of its model."""
    return run.config.preset == "ours" and has_default_settings(run)


def has_default_settings(run: Run) -> bool:
    """Return whether a run has the default settings of its model under its preset."""
    config = run.config
    try:
        default = resolve_settings(config.model, config.preset)
        return resolve_settings(config.model, config.preset, config.settings) == default
    except UserError:  # made by a version with other models or settings
        return False
