"""Find a run on disk, and load its fitted model."""

from __future__ import annotations

from core.config import RunConfig, UserError, available_cores
from core.graph.split import Split
from core.models import create
from core.models.base import Model
from core.models.given_models import GivenVectors, is_imported
from core.models.registry import MODELS, resolve_settings
from core.runs.atomic_files import describe_damage
from core.runs.run_folder import Run
from core.runs.run_names import own_name
from core.runs.runs_with_default_settings import standard_runs
from core.runs.store import Store


def find_run(store: Store, dataset: str, name: str) -> Run:
    """Return the run with that id or name, or the standard run of the model with that name.

    If the model has no finished run with default settings, that is its newest one. A stopped run
    whose checkpoint was kept is found by its own id or name only.

    Raises
    ------
    UserError
        If there is none; the message lists the runs that exist.
    """
    store.check_dataset(dataset)
    finished = store.finished_runs(dataset)
    stopped = [run for run in store.runs(dataset) if run.has_kept_checkpoint()]
    named = [run for run in finished + stopped if name in (run.id, own_name(run))]
    standard = standard_runs(run for run in finished if run.config.model == name)
    if runs := named or list(standard.values()):
        return runs[-1]
    if name not in MODELS:
        known = ", ".join(run.id for run in finished + stopped) or "none"
        raise UserError(f"'{name}' is neither a model nor a run of '{dataset}'. Runs: {known}.")
    raise UserError(
        f"'{dataset}' has no finished run of '{name}'. Run: python -m core train {dataset} {name}"
    )


def load_model(store: Store, run: Run, split: Split | None = None) -> tuple[Model, Split]:
    """Return the fitted model of a run and the split that it was fitted on.

    Parameters
    ----------
    store : Store
    run : Run
        A finished run, or a stopped one whose checkpoint was kept.
    split : Split, optional
        The prepared split, if the caller has it in memory already.

    Raises
    ------
    UserError
        If the run has no model, one of its files is damaged, or this version of the program has
        other settings for the model.
    """
    config = run.config
    if split is None:
        split = store.load_split(config.dataset, config.prepared)
    try:
        model = _unfitted(config)
    except UserError as error:
        raise UserError(
            f"The run '{run.id}' was made by another version. Train it again. ({error})"
        ) from None
    try:
        model.load(run.model_folder, split)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"The model of run '{run.id}' cannot be read ({describe_damage(error)}). Train "
            "it again."
        ) from None
    checkpoint = run.status.get("kept")
    model.scoring = checkpoint["scoring"] if checkpoint else run.metrics["scoring"]
    return model, split


def _unfitted(config: RunConfig) -> Model:
    """Return the model of a run before its state is loaded."""
    if is_imported(config):
        return GivenVectors(workers=available_cores())
    settings = resolve_settings(config.model, config.preset, config.settings)
    return create(config.model, settings, seed=config.seed, workers=available_cores())
