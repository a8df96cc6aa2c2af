"""Train one run: plan, choose on the development slice, fit, evaluate, save.

The Python API, the command line, the app's queue and the studies all train through it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from filelock import Timeout

from core.config import DEFAULT_EXECUTION, Execution, RunConfig, Settings, TrainRequest, UserError
from core.evaluation.measure_type import Metrics
from core.explore.example_product import save_example
from core.explore.map import is_made_by_default, make_map
from core.explore.model_agreement import save_lists
from core.graph.split import Split
from core.models import create
from core.models.base import Model
from core.models.registry import resolve_settings
from core.parallel import default_workers, is_distributed, use_workers
from core.progress import QUIET, Progress
from core.runs.atomic_files import replacing_folder, write_array, write_json
from core.runs.pair_products import save_pair_products
from core.runs.recorder import Recorder, peak_memory_mb, reset_peak_memory, save_traceback
from core.runs.run_folder import Run
from core.runs.store import Store
from core.runs.timestamp import now

LOCK_SECONDS = 5
# Takes config, split, workers and recorder; returns the fitted model and its choices.
FitModel = Callable[[RunConfig, Split, int, Recorder], tuple[Model, Metrics]]


def plan(store: Store, request: TrainRequest) -> RunConfig:
    """Return the complete, validated configuration of the run that is requested.

    Raises
    ------
    UserError
        If the data is not prepared, or a model or a setting is unknown or out of range.
    """
    dataset = request.dataset
    if request.prepared not in store.prepared(dataset):
        options = f" --split {request.split}" if request.split != "random" else ""
        raise UserError(
            f"'{dataset}' is not prepared with this split. Run: python -m core prepare "
            f"{dataset}{options}"
        )
    settings = resolve_settings(request.model, request.preset, request.changes)
    return RunConfig(
        **request.model_dump(exclude={"changes"}),
        data=store.split_facts(dataset, request.prepared)["fingerprint"],
        settings=settings.model_dump(),
    )


def train(
    store: Store,
    config: RunConfig,
    execution: Execution = DEFAULT_EXECUTION,
    progress: Progress = QUIET,
    split: Split | None = None,
    fit_model: FitModel | None = None,
) -> Run:
    """Train, evaluate and save one run; return it. A finished run is returned unchanged.

    Parameters
    ----------
    store : Store
    config : RunConfig
        From `plan`.
    execution : Execution
    progress : Progress
    split : Split, optional
        The prepared split, if the caller has it in memory already.
    fit_model : callable, optional
        Makes the fitted model and its choices; `fit` by default.

    Raises
    ------
    UserError
        If another process is training the same run.
    Stopped
        If it was asked to stop; the status of the run is then ``stopped``.
    """
    run = store.run(config.dataset, config.run_id)
    if not execution.again and run.has_finished():
        progress.log(f"{run.id}: already finished")
        return run
    workers = execution.workers or default_workers()
    run.folder.mkdir(parents=True, exist_ok=True)
    try:
        with run.lock().acquire(timeout=LOCK_SECONDS):
            write_json(run.folder / "config.json", config.model_dump(mode="json"))
            with Recorder(run, progress) as recorder:
                use_workers(workers)
                reset_peak_memory()
                if split is None:
                    split = store.load_split(config.dataset, config.prepared)
                model, choices = (fit_model or fit)(config, split, workers, recorder)
                _evaluate_and_save(config, model, choices, split, recorder)
    except Timeout:
        raise UserError(
            f"Run '{run.id}' is being trained by another process. Wait for it."
        ) from None
    wants_map = is_made_by_default(config.model, split) if execution.map is None else execution.map
    if wants_map and model.vectors is not None:
        _make_map(run, model, split, workers, progress)
    return run


def fit(config: RunConfig, split: Split, workers: int, recorder: Recorder) -> tuple[Model, Metrics]:
    """Make the choices on the development slice, then fit on all training pairs.

    Returns
    -------
    model : Model
    choices : dict
        The chosen scoring and the development AUC of each; also the number of walks per product,
        if fewer than in the final fit.
    """
    settings = resolve_settings(config.model, config.preset, config.settings)
    model = create(config.model, settings, seed=config.seed, workers=workers)
    choices: Metrics = {"scoring": model.scoring}
    if model.fits_on_development:
        recorder.set_phase("development")
        choices = _choose(config, settings, split, workers, recorder)
        model.scoring = choices["scoring"]
        recorder.watch(model, split.seen)
    recorder.set_phase("final")
    recorder.stage("training")
    model.fit(split, recorder)
    return model, choices


def _choose(
    config: RunConfig, settings: Settings, split: Split, workers: int, recorder: Recorder
) -> Metrics:
    """Return what `fit` chooses on the development slice."""
    # Imported where it is used, because the app reads this module and must not wait for numba.
    from core.evaluation.development import (
        choose_scoring,
        development_monitor,
        development_passes,
        is_settled,
    )

    development = split.development()
    monitor = development_monitor(development)
    # The other processes of torchrun use all walks, whatever is chosen here.
    passes = [settings] if is_distributed() else development_passes(settings, len(split.train))
    for pass_settings in passes:
        model = create(config.model, pass_settings, seed=config.seed, workers=workers)
        recorder.reset_curve()
        recorder.watch(model, development.seen)
        model.fit(development, recorder, monitor)
        recorder.stage("scoring")
        aucs = choose_scoring(model, development)
        if is_settled(model):
            break
    choices = {"scoring": model.scoring, "development_auc": aucs}
    if pass_settings is not settings:
        choices["development_walks"] = pass_settings.model_dump()["walks_per_product"]
    return choices


def _evaluate_and_save(
    config: RunConfig,
    model: Model,
    choices: Metrics,
    split: Split,
    recorder: Recorder,
) -> None:
    from core.evaluation.evaluation import evaluate

    run, workers = recorder.run, model.workers
    recorder.set_phase("evaluation")
    recorder.stage("evaluating")
    result = evaluate(model, split, recorder, workers=workers)
    recorder.stage("saving")
    run.save_evaluation(result)
    save_pair_products(run, split)
    if model.vectors is not None:
        write_array(run.vectors_path, np.asarray(model.vectors, np.float32))
    # A dashboard may be reading the model of an earlier training at this moment.
    with replacing_folder(run.model_folder) as folder:
        model.save(folder)
    save_example(run, model, split)
    save_lists(run, model, result.ranking)
    recorder.set_phase("")
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
        f"{model.rate_unit or 'words'}_per_second": model.rate_,
        "train_seconds": recorder.seconds_in(["final"]),
        "total_seconds": sum(recorder.seconds.values()),
        "stage_seconds": recorder.seconds,
        "peak_memory_mb": peak_memory_mb(),
        "finished": now(),
    }
    write_json(run.folder / "metrics.json", metrics)


def _make_map(run: Run, model: Model, split: Split, workers: int, progress: Progress) -> None:
    """Make the map; a failure does not fail the run."""
    try:
        make_map(run, lambda: (model, split), workers=workers, progress=progress)
    except Exception as error:
        save_traceback(run)
        progress.log(f"{run.id} is finished, but has no map: {error}")
