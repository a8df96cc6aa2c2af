"""Which runs have default settings, and which of them are the baseline."""

from __future__ import annotations

from collections.abc import Iterable

from core.config import RunConfig, UserError
from core.models.registry import baseline, resolve_settings
from core.runs.run_folder import Run

_DEFAULTS = {name: RunConfig.model_fields[name].default for name in ("split", "split_seed", "seed")}


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


def closeness_to_standard(run: Run) -> tuple[bool, ...]:
    """Return a sort key: the larger, the closer a run is to the standard one of its model."""
    config = run.config
    return is_default(run), *(getattr(config, name) == _DEFAULTS[name] for name in _DEFAULTS)


def standard_runs(runs: Iterable[Run]) -> dict[str, Run]:
    """Return the run that stands for each model, by its name.

    If several are equally close to the standard one, it is the newest, so neither a sweep nor
    another seed changes what pages show by default.

    Parameters
    ----------
    runs : iterable of Run
        Oldest first.
    """
    return {run.config.model: run for run in sorted(runs, key=closeness_to_standard)}
