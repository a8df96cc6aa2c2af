"""The names of runs in tables, legends and menus.

A run is named after its model and what differs from the model's standard run. A person can give it
another name, which is saved in a separate file, because the results of a run are never rewritten.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from core.config import RunConfig, TrainRequest, UserError
from core.models.registry import MODELS, resolve_settings
from core.runs.atomic_files import replacing
from core.runs.run_folder import Run

NAME_FILE = "name.txt"
LONGEST_NAME = 60
# Changed settings beyond this number are counted instead of listed.
MAX_NAMED_CHANGES = 3


def run_names(runs: Sequence[Run]) -> dict[str, str]:
    """Return the name of each run, by its id; no two are equal.

    Seed and split are part of the name where these runs differ in them.
    """
    configs = [run.config for run in runs]

    def name(run: Run, config: RunConfig, most: int | None) -> str:
        return own_name(run) or ", ".join([*_parts(config, configs, most), *_end(run)])

    short = [name(run, config, MAX_NAMED_CHANGES) for run, config in zip(runs, configs)]
    # Runs with the same short name get one that lists all changed settings.
    names = [
        name(run, config, None) if short.count(brief) > 1 else brief
        for run, config, brief in zip(runs, configs, short)
    ]
    return dict(zip((run.id for run in runs), _distinct(names, [run.id for run in runs])))


def request_name(request: TrainRequest) -> str:
    """Return the name of a run that is requested, next to the model's standard run."""
    config = RunConfig(**request.model_dump(exclude={"changes"}), settings=request.changes)
    standard = RunConfig(dataset=request.dataset, model=request.model)
    return ", ".join(_parts(config, [config, standard]))


def own_name(run: Run) -> str:
    """Return the name that a person gave the run; "" if it has none."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return " ".join((run.folder / NAME_FILE).read_text().split())[:LONGEST_NAME]
    return ""


def rename(run: Run, name: str) -> None:
    """Give a run another name; an empty one restores the automatic name.

    Raises
    ------
    UserError
        If the name is too long, or there is no such run.
    """
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise UserError(f"A name has at most {LONGEST_NAME} characters; this has {len(name)}.")
    if not run.folder.is_dir():
        raise UserError(f"There is no run '{run.id}' to rename.")
    if not name:
        (run.folder / NAME_FILE).unlink(missing_ok=True)
        return
    with replacing(run.folder / NAME_FILE) as temporary:
        temporary.write_text(name + "\n")


def changed_settings(config: RunConfig) -> dict[str, JsonValue]:
    """Return the settings that differ from the defaults of the model under its preset.

    Empty if this version of the program has other settings for the model.
    """
    try:
        default = resolve_settings(config.model, config.preset).model_dump()
        now = resolve_settings(config.model, config.preset, config.settings).model_dump()
    except UserError:
        return {}
    return {name: value for name, value in now.items() if value != default[name]}


def describe_settings(changes: Mapping[str, JsonValue]) -> list[str]:
    """Return a few words for each setting: ``dim 32``, ``bias on``, ``fields used brand``."""
    return [f"{name.replace('_', ' ')} {setting_text(value)}" for name, value in changes.items()]


def setting_text(value: JsonValue) -> str:
    """Return the value of a setting as text."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return " + ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _parts(
    config: RunConfig, among: Sequence[RunConfig], most: int | None = MAX_NAMED_CHANGES
) -> list[str]:
    """Return the parts of a run's name: its model, and what differs from the standard run.

    At most `most` changed settings are listed, and the others counted; None lists all.
    """
    same_model = [other for other in among if other.model == config.model]
    entry = MODELS.get(config.model)
    parts = [entry.title if entry else config.model]
    if config.preset == "study":
        parts.append("study")
    changes = describe_settings(changed_settings(config))
    parts += changes[:most]
    if most is not None and len(changes) > most:
        parts.append(f"{len(changes) - most} more")
    if len({other.split for other in among}) > 1:
        parts.append(f"{config.split} split")
    if len({other.split_seed for other in among}) > 1:
        parts.append(f"split seed {config.split_seed}")
    if len({other.seed for other in same_model}) > 1:
        parts.append(f"seed {config.seed}")
    return parts


def _end(run: Run) -> list[str]:
    """Return the epoch up to which a stopped run was kept, for its name."""
    with contextlib.suppress(UserError, TypeError, KeyError):
        return [f"stopped after epoch {run.status['kept']['epoch']}"]
    return []


def _distinct(names: Sequence[str], run_ids: Sequence[str]) -> list[str]:
    """Return the names; duplicates are followed by the end of the run's id."""
    return [
        f"{name} ({run_id.rpartition('-')[2]})" if names.count(name) > 1 else name
        for name, run_id in zip(names, run_ids)
    ]
