"""Make the map of a run, in the process that trained it or in one of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from filelock import Timeout

from core.config import UserError, available_cores
from core.graph.split import Split
from core.models.base import Model
from core.models.registry import default_model
from core.parallel import use_workers
from core.progress import QUIET, Progress
from core.runs.run_folder import Run
from core.runs.store import HOME, Store

# On fewer products the compiler takes longer than training and map together.
WORTH_WAITING = 1000


def make_map(
    run: Run,
    load: Callable[[], tuple[Model, Split]],
    *,
    dimensions: int = 2,
    workers: int | None = None,
    progress: Progress = QUIET,
    again: bool = False,
) -> dict[str, Any]:
    """Make and keep the map of a run, finished or kept; return its facts. What is there is kept.

    Parameters
    ----------
    run : Run
    load : callable
        Returns the fitted model of this run and its split.
    dimensions : int
        2 or 3.
    again : bool
        Make it even if it is there.

    Raises
    ------
    UserError
        If the model has no vectors, or another process is making this map.
    """
    from core.explore.umap_projection import project

    try:
        with run.map_lock(dimensions).acquire(timeout=0):
            there = None if again else run.map(dimensions)
            if there is not None:
                return there[1]
            model, split = load()
            if model.vectors is None:
                raise UserError(
                    f"'{run.config.model}' has no vectors to map. Choose a model that learns an "
                    f"embedding, such as {default_model()}."
                )
            use_workers(workers or available_cores())
            found = project(
                model.vectors,
                split,
                dimensions=dimensions,
                include_unseen=model.scores_unseen,
                seed=run.config.seed,
                progress=progress,
            )
            run.save_map(found.table, found.facts)
            return found.facts
    except Timeout:
        raise UserError(f"The map of '{run.id}' is being made already. Wait for it.") from None


def by_default(name: str, split: Split) -> bool:
    """Return whether the map of model `name` is made right after training, unasked.

    A map takes longer than training most models on the demo, so only the default model's is.
    """
    return name == default_model() and split.n_products >= WORTH_WAITING


def being_made(run: Run, dimensions: int = 2) -> bool:
    """Return whether a process is making this map now."""
    lock = run.map_lock(dimensions)
    with contextlib.suppress(Timeout), lock.acquire(timeout=0):
        return False
    return True


def start_map(store: Store, run: Run, dimensions: int = 2) -> None:
    """Make the map in a process of its own, which outlives this one."""
    command = [
        sys.executable, "-m", "core", "map", run.config.dataset, "--run", run.id,
        "--dimensions", str(dimensions), "--artifacts", str(store.root.resolve()),
    ]  # fmt: skip
    with open(run.map_log(dimensions), "w") as log:
        subprocess.Popen(
            command,
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
