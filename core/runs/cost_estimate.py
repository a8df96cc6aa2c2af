"""What a run will cost, from what runs have cost on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from core.config import UserError, available_cores
from core.models.registry import resolve_settings
from core.models.stack.settings import AT_ONCE, BASES, StackSettings
from core.runs.store import Store

START_SECONDS = 4.0
# Until the machine has a run to go by: steps a second, a step being one number of one vector in
# one word or pair (measured on two cores); closed forms count a step a pair.
TYPICAL_STEPS = 1e8
TYPICAL_PAIRS = 5e4
MB_PER_NUMBER = 4 / 2**20


@dataclass(frozen=True)
class Estimate:
    """Cost of one run.

    Attributes
    ----------
    seconds : float
    memory_mb : float
        Of the vectors and the optimiser's state, on top of the data.
    basis : str
        What the time was reckoned from.
    """

    seconds: float
    memory_mb: float
    basis: str


def work(settings: dict[str, Any], products: int, pairs: int) -> float:
    """Return how much there is to do: numbers touched in training; pairs for closed forms."""
    dim = settings.get("dim")
    if dim is None:
        return pairs
    if "lessons" in settings:
        return _work_of_stack(StackSettings(**settings), products, pairs)
    if settings.get("trained_on", "walks") == "walks" and "walk_length" in settings:
        items = products * settings["walks_per_product"] * settings["walk_length"]
    else:
        items = pairs
    return items * dim * settings.get("epochs", 1)


def _work_of_stack(settings: StackSettings, products: int, pairs: int) -> float:
    each = 0.0
    for name, seeds in settings.fits(pairs).items():
        base = BASES[name]
        own = resolve_settings(base.model, "ours", {**base.changes, "dim": settings.dim})
        each += seeds * work(own.model_dump(), products, pairs)
    # Once for every lesson and once at last, but not on the development slice as other models.
    return (len(settings.lesson_sizes(pairs)[1]) + 1) * each / 2


def kept_by_stack(settings: StackSettings, pairs: int) -> int:
    """Return how many bytes a stack keeps of its embeddings for every product, scales aside."""
    fits = settings.fits(pairs).items()
    return settings.dim * sum(seeds * BASES[name].tables for name, seeds in fits)


def estimate(
    store: Store, model: str, settings: dict[str, Any], products: int, pairs: int
) -> Estimate:
    """Return the cost of training `model` on that many products and training pairs.

    The time is that of the newest finished run of the same model, whatever its data, in
    proportion to the work.
    """
    now = work(settings, products, pairs)
    numbers = 4 * settings.get("dim", 0)
    if "lessons" in settings:
        numbers *= min(AT_ONCE, available_cores())
        numbers += kept_by_stack(StackSettings(**settings), pairs) / 4
    memory = products * numbers * MB_PER_NUMBER
    then = _newest(store, model)
    if then is None:
        speed = TYPICAL_STEPS if "dim" in settings else TYPICAL_PAIRS
        return Estimate(START_SECONDS + 2 * now / speed, memory, "a typical machine: no run yet")
    seconds, done, dataset = then
    basis = f"the last run of the model, on {dataset}"
    return Estimate(START_SECONDS + seconds * now / done, memory, basis)


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
                done = work(config.settings, facts["products"], facts["training_pairs"])
            except (UserError, ValidationError):  # damaged, or of a version with other settings
                continue
            found = (metrics["finished"], metrics["total_seconds"], done, dataset)
            if newest is None or found[0] > newest[0]:
                newest = found
    return newest and newest[1:]
