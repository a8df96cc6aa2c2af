"""What the commands have in common: preparing what is named, and training several models."""

from __future__ import annotations

from core.cli.console import ConsoleProgress, say
from core.config import Preset, SplitKind, UserError, prepared_name
from core.runs.store import Store


def prepare_named(
    store: Store, dataset: str, split: SplitKind, preset: Preset, split_seed: int
) -> None:
    """Prepare what training needs where nothing has to be asked: data that is read or named."""
    from core.data.sources import SOURCES
    from core.prepare import prepare as prepare_data

    if prepared_name(split, preset, split_seed) in store.prepared(dataset):
        return
    if store.source(dataset) is None and dataset not in SOURCES:
        raise UserError(
            f"There is no data set '{dataset}'. Run first: python -m core prepare {dataset} "
            "--file PATH"
        )
    with ConsoleProgress(f"prepare {dataset}") as progress:
        prepare_data(
            store, dataset, split=split, preset=preset, split_seed=split_seed, progress=progress
        )


def train_named(
    store, dataset, of_each, preset, split, split_seed, seed, workers, again, jobs, with_map=None
) -> None:
    """Train the models that are the keys of `of_each`, each with its changes of settings."""
    from core.cli.report import one_line
    from core.jobs.parallel_runs import train_beside
    from core.pipeline import plan, train_many
    from core.torchrun_worker import has_helpers, help_train, is_helper, workers_each

    # All settings are checked before the first model trains.
    configs = [
        plan(
            store,
            dataset,
            name,
            preset=preset,
            split=split,
            split_seed=split_seed,
            seed=seed,
            changes=changes,
        )
        for name, changes in of_each.items()
    ]
    if jobs > 1 and has_helpers():
        raise UserError("Under torchrun all processes train one model: leave --jobs out.")
    workers = workers_each(workers)
    if is_helper():
        help_train(store, configs, workers=workers, again=again)
        return
    errors: list[str] = []

    def failed(config, error) -> None:
        errors.append(f"{config.model}: {error}")
        say(f"{config.model:22} failed: {error}")

    options = {"workers": workers, "again": again, "with_map": with_map}
    with ConsoleProgress(dataset) as progress:
        options |= {"progress": progress, "done": lambda finished: say(one_line(finished))}
        if jobs > 1 and len(configs) > 1:
            train_beside(store, configs, jobs=jobs, failed=failed, **options)
        else:
            train_many(store, configs, failed=failed if len(configs) > 1 else None, **options)
    if errors:
        raise UserError(f"{len(errors)} of {len(configs)} runs failed:\n  " + "\n  ".join(errors))
