"""Train several runs one after the other, and report how each ended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from core.config import DEFAULT_EXECUTION, Execution, RunConfig, UserError
from core.graph.split import Split
from core.models import create
from core.models.registry import model_entry, resolve_settings
from core.parallel import default_workers, is_first_process, use_workers
from core.pipeline.train_run import train
from core.progress import QUIET, Progress, Stopped
from core.runs.run_folder import Run
from core.runs.store import Store


class RunListener:
    """Receives the outcome of each run; this base class raises the error of a failed one."""

    def claim(self, config: RunConfig) -> bool:
        """Return whether to train `config`; called just before its turn."""
        return True

    def finished(self, run: Run) -> None:
        """Receive a run that has finished."""

    def failed(self, config: RunConfig, error: Exception) -> None:
        """Receive the error of a failed run; the others continue unless this raises."""
        raise error


RAISE_ERRORS = RunListener()


def train_many(
    store: Store,
    configs: Iterable[RunConfig],
    execution: Execution = DEFAULT_EXECUTION,
    progress: Progress = QUIET,
    listener: RunListener = RAISE_ERRORS,
) -> list[Run]:
    """Train several runs one after the other, loading each split once; return the finished ones.

    Under torchrun, the first process does all of this; the others only take part in the training.

    Parameters
    ----------
    store : Store
    configs : iterable of RunConfig
        From `plan`.
    execution : Execution
        `jobs` is ignored: see `core.jobs.parallel_runs`.
    progress : Progress
    listener : RunListener
    """
    if not is_first_process():
        _join_distributed_training(store, configs, execution)
        return []
    loaded: dict[tuple[str, str], Split] = {}
    runs = []
    for config in configs:
        if not listener.claim(config):
            continue
        key = (config.dataset, config.prepared)
        if key not in loaded:
            # One split in memory at a time.
            loaded = {key: store.load_split(*key)}
        try:
            run = train(store, config, execution, progress, loaded[key])
        except (Stopped, KeyboardInterrupt):
            raise
        except Exception as error:
            listener.failed(config, error)
            continue
        runs.append(run)
        listener.finished(run)
    return runs


def _join_distributed_training(
    store: Store, configs: Iterable[RunConfig], execution: Execution
) -> None:
    """Take part in distributed training as a process of torchrun other than the first.

    Nothing is recorded or evaluated here, and errors are left for the first process to report.
    """
    workers = use_workers(execution.workers or default_workers())
    for config in configs:
        run = store.run(config.dataset, config.run_id)
        shared = model_entry(config.model).model_class.supports_distributed
        if not shared or (run.has_finished() and not execution.again):
            continue
        split = store.load_split(config.dataset, config.prepared)
        settings = resolve_settings(config.model, config.preset, config.settings)
        # The two fits of `train_run.fit`.
        with contextlib.suppress(UserError):
            for part in (split.development(), split):
                create(config.model, settings, seed=config.seed, workers=workers).fit(part)
