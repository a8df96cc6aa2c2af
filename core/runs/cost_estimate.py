"""Estimate the cost of a run from earlier runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from core.config import UserError
from core.models.base import Cost
from core.models.registry import model_entry
from core.runs.store import Store

START_SECONDS = 4.0
# `Cost.work` per second, used until this machine has a run (measured on two cores).
TYPICAL_SPEED = 1e8


@dataclass(frozen=True)
class Estimate:
    """Cost of one run.

    Attributes
    ----------
    seconds : float
    memory_mb : float
        Of the vectors and the optimiser's state, on top of the data.
    basis : str
        What the time is estimated from.
    """

    seconds: float
    memory_mb: float
    basis: str


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
        seconds = START_SECONDS + 2 * cost.work / TYPICAL_SPEED
        return Estimate(seconds, memory, "a typical machine (no run yet)")
    seconds, done, dataset = then
    basis = f"the last run of the model, on {dataset}"
    return Estimate(START_SECONDS + seconds * cost.work / done, memory, basis)


def _cost(model: str, settings: Mapping[str, object], products: int, pairs: int) -> Cost:
    entry = model_entry(model)
    return entry.model_class(entry.settings_class(**settings)).cost(products, pairs)


def _newest(store: Store, model: str) -> tuple[float, float, str] | None:
    """Return seconds, work and data set of the newest finished run of `model`, or None."""
    newest: tuple[str, float, float, str] | None = None
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
            found = (metrics["finished"], metrics["total_seconds"], done, dataset)
            if newest is None or found[0] > newest[0]:
                newest = found
    return newest and newest[1:]
