"""The one way through: prepare -> train -> evaluate -> save. Every door goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from filelock import Timeout

from core.config import (
    Preset,
    RunConfig,
    SplitKind,
    UserError,
    available_cores,
    check_name,
    prepared_name,
)
from core.explore.make_map import by_default, make_map
from core.fitting import fit
from core.graph.split import Split
from core.models.base import Model
from core.models.registry import EXPERIMENTS, resolve_settings
from core.parallel import use_workers
from core.progress import QUIET, Progress, Stopped
from core.runs import compare
from core.runs.checkpoint import drop_checkpoint
from core.runs.compare import BASELINE
from core.runs.files import reason, replacing_folder, write_array, write_json, write_table
from core.runs.recorder import Recorder, keep_trace, now, peak_memory_mb, reset_peak_memory
from core.runs.run_folder import Run
from core.runs.store import Store

LOCK_SECONDS = 5


def plan(
    store: Store,
    dataset: str,
    model: str,
    *,
    preset: Preset = "ours",
    split: SplitKind = "random",
    split_seed: int = 42,
    seed: int = 42,
    changes: dict[str, Any] | None = None,
) -> RunConfig:
    """Return the validated configuration of a run on prepared data.

    Raises
    ------
    UserError
        If the data is not prepared, or a name or a setting is wrong.
    """
    check_name(dataset)
    name = prepared_name(split, preset, split_seed)
    if name not in store.prepared(dataset):
        options = f" --split {split}" if split != "random" else ""
        raise UserError(
            f"'{dataset}' is not prepared for this. Run: python -m core prepare {dataset}{options}"
        )
    return RunConfig(
        dataset=dataset,
        model=model,
        preset=preset,
        split=split,
        split_seed=split_seed,
        data=store.split_facts(dataset, name)["fingerprint"],
        seed=seed,
        settings=resolve_settings(model, preset, changes).model_dump(),
    )


def models_of(preset: Preset) -> list[str]:
    """Return the names of all models that have settings under `preset`, in table order."""
    return [
        name
        for name, entry in EXPERIMENTS.items()
        if (entry.study if preset == "study" else entry.ours) is not None
    ]


def train(
    store: Store,
    config: RunConfig,
    *,
    workers: int | None = None,
    progress: Progress = QUIET,
    split: Split | None = None,
    again: bool = False,
    with_map: bool | None = None,
) -> Run:
    """Train, evaluate and save one run; return it. A finished run is returned as it is.

    Parameters
    ----------
    store : Store
    config : RunConfig
        From `plan`.
    workers : int, optional
        Threads; all cores by default.
    progress : Progress
    split : Split, optional
        The prepared split, if the caller has it in memory already.
    again : bool
        Train even if the run has finished before.
    with_map : bool, optional
        Make the map of its vectors, too, once the run is finished; by default as
        `core.explore.make_map.by_default` says.

    Raises
    ------
    UserError
        If another process is training the same run.
    Stopped
        If it was asked to stop; the run folder then says `stopped`.
    """
    workers = workers or available_cores()
    run = store.run(config.dataset, config.run_id)
    if not again and run.has_finished():
        progress.log(f"{run.id}: already there")
        return run
    run.folder.mkdir(parents=True, exist_ok=True)
    try:
        with run.lock().acquire(timeout=LOCK_SECONDS):
            model, split = _train_locked(store, config, run, workers, progress, split)
    except Timeout:
        raise UserError(
            f"Run '{run.id}' is being trained by another process. Wait for it."
        ) from None
    if with_map is None:
        with_map = by_default(config.model, split)
    if with_map and model.vectors is not None:
        _map(run, model, split, workers, progress)
    return run


def _map(run, model, split, workers, progress) -> None:
    """Make the map; the run is finished with or without it."""
    try:
        make_map(run, lambda: (model, split), workers=workers, progress=progress)
    except Exception as error:
        keep_trace(run)
        progress.log(f"{run.id} is finished, but has no map: {error}")


def _train_locked(store, config, run, workers, progress, split) -> tuple[Model, Split]:
    write_json(run.folder / "config.json", config.model_dump(mode="json"))
    recorder = Recorder(run, progress)
    try:
        use_workers(workers)
        reset_peak_memory()
        if split is None:
            split = store.load_split(config.dataset, config.prepared)
        model, choices = fit(config, split, workers, recorder)
        _evaluate_and_save(store, run, config, model, choices, split, workers, recorder)
    except (Stopped, KeyboardInterrupt):
        recorder.finish("stopped")
        raise
    except BaseException as error:
        keep_trace(run)
        recorder.finish("failed", str(error) or type(error).__name__)
        raise
    drop_checkpoint(run)
    recorder.finish("finished")
    if compare.is_baseline(run):
        compare.fill_in(store, run, workers)
    return model, split


def _evaluate_and_save(store, run, config, model, choices, split, workers, recorder) -> None:
    from core.evaluation.evaluate import evaluate

    recorder.in_phase("evaluation")
    recorder.stage("evaluating")
    result = evaluate(model, split, recorder, workers=workers)
    recorder.stage("saving")
    (run.folder / "scores").mkdir(exist_ok=True)
    for name, scores in result.scores.items():
        write_array(run.folder / "scores" / f"{name}.npy", scores)
    for name, table in result.tables().items():
        ending = "parquet" if name == "ranking" else "csv"
        write_table(run.folder / f"{name}.{ending}", table)
    if model.vectors is not None:
        write_array(run.folder / "vectors.npy", np.asarray(model.vectors, np.float32))
    # What is there may be read by a dashboard at this moment.
    with replacing_folder(run.folder / "model") as folder:
        model.save(folder)
    recorder.in_phase("")
    metrics = {
        "model": config.model,
        "run": run.id,
        "preset": config.preset,
        "split": config.split,
        "seed": config.seed,
        "workers": workers,
        "epochs": config.settings.get("epochs"),
        **choices,
        "link": model.link,
        **result.metrics,
        compare.KEY: compare.gain(store, run, result, workers),
        f"{model.rate_unit or 'words'}_per_second": model.rate_,
        "train_seconds": recorder.seconds_in(["final"]),
        "total_seconds": sum(recorder.seconds.values()),
        "stage_seconds": recorder.seconds,
        "peak_memory_mb": peak_memory_mb(),
        "finished": now(),
    }
    write_json(run.folder / "metrics.json", metrics)


def train_many(
    store: Store,
    configs: Iterable[RunConfig],
    *,
    workers: int | None = None,
    progress: Progress = QUIET,
    again: bool = False,
    with_map: bool | None = None,
    mine: Callable[[RunConfig], bool] = lambda config: True,
    done: Callable[[Run], None] = lambda run: None,
    failed: Callable[[RunConfig, Exception], None] | None = None,
) -> list[Run]:
    """Train several runs, loading each split once; `done` hears of every run as it ends.

    Three-hop goes first: the others' gains are measured against it. Those that `mine` says no to,
    when their turn has come, are left out.
    A run that fails is reported to `failed` and the others go on; without `failed` it raises.
    """
    loaded: dict[tuple[str, str], Split] = {}
    runs = []
    for config in sorted(configs, key=lambda config: config.model != BASELINE):
        if not mine(config):
            continue
        key = (config.dataset, config.prepared)
        if key not in loaded:
            # One split in memory at a time.
            loaded = {key: store.load_split(*key)}
        try:
            run = train(
                store,
                config,
                workers=workers,
                progress=progress,
                split=loaded[key],
                again=again,
                with_map=with_map,
            )
        except (Stopped, KeyboardInterrupt):
            raise
        except Exception as error:
            if failed is None:
                raise
            failed(config, error)
            continue
        runs.append(run)
        done(run)
    return runs


def load_model(store: Store, run: Run, split: Split | None = None) -> tuple[Model, Split]:
    """Return the fitted model of a finished run, or of a stopped one that was kept, and its split.

    Raises
    ------
    UserError
        If the run has kept no model, a file of it is damaged, or this version has other settings
        for it.
    """
    from core.models import create

    config = run.config
    if split is None:
        split = store.load_split(config.dataset, config.prepared)
    try:
        settings = resolve_settings(config.model, config.preset, config.settings)
    except UserError as error:
        raise UserError(
            f"The run '{run.id}' was made by another version. Train it again. ({error})"
        ) from None
    model = create(config.model, settings, seed=config.seed, workers=available_cores())
    try:
        model.load(run.folder / "model", split)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"The model of run '{run.id}' cannot be read ({reason(error)}). Train it again."
        ) from None
    kept = run.status.get("kept")
    model.scoring = kept["scoring"] if kept else run.metrics["scoring"]
    return model, split
