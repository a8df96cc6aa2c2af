"""From settings to a fitted model: choices on the development slice first."""

from __future__ import annotations

from typing import Any

from core.config import RunConfig
from core.graph.split import Split
from core.models.base import Model
from core.models.registry import resolve_settings
from core.runs.recorder import Recorder
from core.torchrun_worker import has_helpers


def fit(
    config: RunConfig, split: Split, workers: int, recorder: Recorder
) -> tuple[Model, dict[str, Any]]:
    """Make the choices on the development slice, then fit on all training pairs.

    Returns
    -------
    model : Model
    choices : dict
        The scoring that was chosen, the development AUC of each one and, where it was not all
        of them, the walks a product that those were measured with.
    """
    from core.models import create

    settings = resolve_settings(config.model, config.preset, config.settings)
    model = create(config.model, settings, seed=config.seed, workers=workers)
    choices: dict[str, Any] = {"scoring": model.scoring}
    if model.learns:
        recorder.in_phase("development")
        choices = _choose(config, settings, split, workers, recorder)
        model.scoring = choices["scoring"]
        recorder.watch(model, split.seen)
    recorder.in_phase("final")
    recorder.stage("training")
    model.fit(split, recorder)
    return model, choices


def _choose(config, settings, split, workers, recorder) -> dict[str, Any]:
    from core.evaluation.development import (
        choose_scoring,
        development_monitor,
        development_passes,
        is_settled,
    )
    from core.models import create

    development = split.development()
    monitor = development_monitor(development)
    # Helpers go through all walks, whatever is found here.
    passes = [settings] if has_helpers() else development_passes(settings, len(split.train))
    for some in passes:
        model = create(config.model, some, seed=config.seed, workers=workers)
        recorder.begin_curve()
        recorder.watch(model, development.seen)
        model.fit(development, recorder, monitor)
        recorder.stage("scoring")
        found = choose_scoring(model, development)
        if is_settled(model):
            break
    choices = {"scoring": model.scoring, "development_auc": found}
    if some is not settings:
        choices["development_walks"] = some.walks_per_product
    return choices
