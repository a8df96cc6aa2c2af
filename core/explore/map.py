"""Make the map of a run, in the process that trained it or in a separate one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from filelock import Timeout

from core.config import UserError, available_cores
from core.explore.umap_projection import DEFAULTS, MapFacts, MapSettings, Projection, project
from core.graph.split import Split
from core.models.base import Model
from core.models.registry import default_model
from core.parallel import use_workers
from core.progress import QUIET, Progress
from core.runs.run_folder import Run

# On fewer products the compiler takes longer than training and map together.
WORTH_WAITING = 1000


def make_map(
    run: Run,
    load: Callable[[], tuple[Model, Split]],
    settings: MapSettings = DEFAULTS,
    *,
    workers: int | None = None,
    progress: Progress = QUIET,
    again: bool = False,
) -> MapFacts:
    """Make and save the map of a run; return its facts. An existing map is reused.

    A run can have several maps with different settings.

    Parameters
    ----------
    run : Run
        A finished run, or a stopped one whose checkpoint was kept.
    load : callable
        Returns the fitted model of this run and its split.
    settings : MapSettings
    workers : int, optional
        Threads; all cores by default.
    progress : Progress
    again : bool
        Make an existing map again.

    Raises
    ------
    UserError
        If the model has no vectors, or another process is making this map.
    """
    try:
        with run.map_lock(settings.name).acquire(timeout=0):
            existing = None if again else read_map(run, settings)
            if existing is not None:
                return existing.facts
            model, split = load()
            if model.vectors is None:
                raise UserError(
                    f"'{run.config.model}' has no vectors to map. Choose a model that learns an "
                    f"embedding, such as {default_model()}."
                )
            with _StageFile(run.map_stage_path(settings.name), progress) as stages:
                projection = project(
                    model.vectors,
                    split,
                    settings,
                    include_unseen=model.scores_unseen,
                    workers=use_workers(workers or available_cores()),
                    progress=stages,
                )
            run.save_map(settings.name, projection.table, projection.facts)
            return projection.facts
    except Timeout:
        raise UserError(f"The map of '{run.id}' is already being made. Wait for it.") from None


def read_map(run: Run, settings: MapSettings) -> Projection | None:
    """Return the map of a run's current vectors with these settings, or None."""
    existing = run.map(settings.name)
    if existing is None:
        return None
    table, facts = existing
    # Earlier versions used one number of neighbours for the layout and for its quality.
    return Projection(table, {"preserved_neighbours": facts["n_neighbors"], **facts})


def is_made_by_default(name: str, split: Split) -> bool:
    """Return whether the map of model `name` is made right after training by default.

    A map takes longer than training most models on the demo, so only the default model's is.
    """
    return name == default_model() and split.n_products >= WORTH_WAITING


def is_being_made(run: Run, settings: MapSettings) -> bool:
    """Return whether a process is making this map now."""
    lock = run.map_lock(settings.name)
    with contextlib.suppress(Timeout), lock.acquire(timeout=0):
        return False
    return True


def map_stage(run: Run, settings: MapSettings) -> str:
    """Return what the process that makes the map is doing now, or ""."""
    with contextlib.suppress(FileNotFoundError):
        return run.map_stage_path(settings.name).read_text()
    return ""


class _StageFile(Progress):
    """Forwards progress, and writes the stage to a file that the app reads."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path, self.progress = path, progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.path.write_text(name)
        self.progress.stage(name, total, unit)

    def advance(self, done: int) -> None:
        self.progress.advance(done)

    def log(self, message: str) -> None:
        self.progress.log(message)


def map_arguments(run: Run, settings: MapSettings) -> list[str]:
    """Return the arguments of `python -m core` that make the map."""
    return ["map", run.config.dataset, "--run", run.id, *_options(settings)]


def all_maps_arguments(dataset: str, settings: MapSettings) -> list[str]:
    """Return the arguments of `python -m core` that make a map of every run with vectors."""
    return ["map", dataset, "--all", *_options(settings)]


def _options(settings: MapSettings) -> list[str]:
    changed = {
        "--dimensions": (settings.dimensions, DEFAULTS.dimensions),
        "--neighbours": (settings.n_neighbors, DEFAULTS.n_neighbors),
        "--min-dist": (settings.min_dist, DEFAULTS.min_dist),
        "--metric": (settings.metric, DEFAULTS.metric),
        "--seed": (settings.seed, DEFAULTS.seed),
    }
    return [text for name, (value, default) in changed.items() if value != default
            for text in (name, str(value))]  # fmt: skip


def runs_with_vectors(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that can have a map."""
    return [run for run in runs if run.vectors_path.exists()]
