"""What the processes that torchrun starts beside the first one do: train along, and say nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from core.config import RunConfig, UserError, available_cores
from core.models.registry import experiment, load_class, resolve_settings
from core.parallel import use_workers
from core.runs.store import Store


def is_helper() -> bool:
    """Return whether this process is one of torchrun's other than the first.

    The first one keeps the records, evaluates, saves and prints.
    """
    return has_helpers() and int(os.environ["RANK"]) > 0


def has_helpers() -> bool:
    """Return whether torchrun started this process, perhaps with others beside it."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def workers_each(workers: int | None) -> int | None:
    """Return the threads of this process: its share of the cores where nothing else is asked."""
    if workers is None and has_helpers():
        return max(1, available_cores() // int(os.environ["LOCAL_WORLD_SIZE"]))
    return workers


def help_train(
    store: Store, configs: Iterable[RunConfig], *, workers: int | None, again: bool
) -> None:
    """Train along with the first process, model after model; those it trains alone are left out.

    Parameters are those of `core.pipeline.train_many`.
    """
    from core.models.embedding.model import Embedding

    workers = use_workers(workers or available_cores())
    for config in configs:
        run = store.run(config.dataset, config.run_id)
        cls = load_class(experiment(config.model).model)
        if not issubclass(cls, Embedding) or (run.has_finished() and not again):
            continue
        split = store.load_split(config.dataset, config.prepared)
        settings = resolve_settings(config.model, config.preset, config.settings)
        # The two fits of `core.fitting.fit`; what cannot be trained so, the first process says.
        with contextlib.suppress(UserError):
            for part in (split.development(), split):
                cls(settings, seed=config.seed, workers=workers).fit(part)
