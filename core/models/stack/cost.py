"""What it takes to fit the stack."""

from __future__ import annotations

from core.config import available_cores
from core.models.base import Cost
from core.models.registry import experiment
from core.models.stack.settings import AT_ONCE, BASES, StackSettings


def stack_cost(settings: StackSettings, products: int, pairs: int) -> Cost:
    """Return the cost of fitting all its embeddings, once for every lesson and once at last.

    Half the work of training them apart: it has no fit on the development slice.
    """
    work, memory = 0.0, 0.0
    for name, seeds in settings.fits(pairs).items():
        entry, changes = experiment(BASES[name].model), BASES[name].changes
        own = entry.resolve("ours", {**changes, "dim": settings.dim})
        cost = entry.model_class.cost(own, products, pairs)
        work, memory = work + seeds * cost.work, max(memory, cost.bytes)
    fits = len(settings.lesson_sizes(pairs)[1]) + 1
    memory *= min(AT_ONCE, available_cores())
    return Cost(fits * work / 2, memory + products * bytes_per_product(settings, pairs))


def bytes_per_product(settings: StackSettings, pairs: int) -> int:
    """Return how many bytes a fitted stack keeps of its embeddings for every product."""
    fits = settings.fits(pairs).items()
    return settings.dim * sum(seeds * BASES[name].tables for name, seeds in fits)
