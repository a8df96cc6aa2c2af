"""Estimate the cost of a run from earlier runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from core.config import UserError
from core.models.cost import Cost
from core.models.registry import model_entry
from core.runs.store import Store

START_SECONDS = 4.0
# `Cost.work` per second, used until this machine has a run (measured on two cores).
TYPICAL_SPEED = 1e8
# Shares of the time that the stages of a trained model take, until there is a run.
TYPICAL_SHARES = {"development: training": 0.4, "final: training": 0.4, "evaluation: Rank": 0.2}


@dataclass(frozen=True)
class Estimate:
    """Cost of one run.

    Attributes
    ----------
    seconds : float
    memory_mb : float
        Memory of the vectors and the optimiser's state, on top of the data.
    basis : str
        What the time is estimated from.
    stages : dict
        Seconds of each stage once the process has started, in their order.
    items : float
        Words or pairs that one fit trains on, all epochs together; 0 if it has no vectors.
    unit : str
        ``words`` or ``pairs``.
    """

    seconds: float
    memory_mb: float
    basis: str
    stages: dict[str, float]
    items: float = 0.0
    unit: str = ""


def estimate(
    store: Store, model: str, settings: Mapping[str, object], products: int, pairs: int
) -> Estimate:
    """Return the cost of training `model` on that many products and training pairs.

    The time is that of the newest finished run of the same model, whatever its data, in
    proportion to the work.
    """
    cost = _cost(model, settings, products, pairs)
    memory = cost.bytes / 2**20
    then = _newest(store, model)
    if then is None:
        basis = "a typical machine (no run yet)"
        typical = 2 * cost.work / TYPICAL_SPEED
        stages = {stage: share * typical for stage, share in TYPICAL_SHARES.items()}
    else:
        of_then, done, dataset = then
        basis = f"the last run of the model, on {dataset}"
        stages = {stage: seconds * cost.work / done for stage, seconds in of_then.items()}
    entry = model_entry(model)
    unit = entry.model_class(entry.settings_class(**settings)).rate_unit
    dim = settings.get("dim")
    items = cost.work / dim if unit and isinstance(dim, int) else 0.0
    seconds = START_SECONDS + sum(stages.values())
    return Estimate(seconds, memory, basis, stages, items, unit)


def _cost(model: str, settings: Mapping[str, object], products: int, pairs: int) -> Cost:
    entry = model_entry(model)
    return entry.model_class(entry.settings_class(**settings)).cost(products, pairs)


def _newest(store: Store, model: str) -> tuple[dict[str, float], float, str] | None:
    """Return stages, work and data set of the newest finished run of `model`, or None."""
    newest: tuple[str, dict[str, float], float, str] | None = None
    for dataset in store.datasets():
        for run in store.runs(dataset):
            try:
                config = run.config
                if config.model != model or run.status["state"] != "finished":
                    continue
                facts, metrics = store.split_facts(dataset, config.prepared), run.metrics
                size = facts["products"], facts["training_pairs"]
                done = _cost(model, config.settings, *size).work
            except (
                UserError,
                ValidationError,
            ):  # damaged, or made by a version with other settings
                continue
            stages = metrics.get("stage_seconds") or {"final: training": metrics["total_seconds"]}
            timing = (metrics["finished"], stages, done, dataset)
            if newest is None or timing[0] > newest[0]:
                newest = timing
    return newest and newest[1:]
