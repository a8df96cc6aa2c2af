"""The named experiments: every row of the results table, one entry each.

Classes are named by their import path and imported on use, so that listing the experiments costs
no torch and no gensim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from pydantic import ValidationError

from core.config import Preset, Settings, UserError


@dataclass(frozen=True)
class Experiment:
    """A named model with its settings under each preset.

    Attributes
    ----------
    model : str
        Import path of the class, ``package.module:Class``.
    settings : str
        Import path of its `Settings` class; the module must not import torch or gensim.
    title : str
        What people read in tables and legends.
    about : str
        One sentence: what it is.
    ours, study : dict
        What differs from the defaults of the settings class under each preset; `study` is None
        where the study has no such row.
    published : str or None
        Row of `core.published` that it reproduces.
    """

    model: str
    settings: str
    title: str
    about: str
    ours: dict[str, Any] = field(default_factory=dict)
    study: dict[str, Any] | None = None
    published: str | None = None


GRAPH = "core.models.graph_scores"
EXPERIMENTS: dict[str, Experiment] = {}


def load_class(path: str) -> type:
    """Import ``package.module:Name``."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def experiment(name: str) -> Experiment:
    """Return the experiment called `name`, or raise a `UserError` that lists the names."""
    if name not in EXPERIMENTS:
        raise UserError(f"There is no model '{name}'. Models: {', '.join(EXPERIMENTS)}.")
    return EXPERIMENTS[name]


def resolve_settings(name: str, preset: Preset = "ours", changes: dict[str, Any] | None = None):
    """Return the validated settings of experiment `name` under `preset` with `changes` applied.

    Raises
    ------
    UserError
        If the name, the preset or a setting is unknown, or a value is out of range.
    """
    entry = experiment(name)
    base = entry.study if preset == "study" else entry.ours
    if base is None:
        raise UserError(f"The study has no '{name}': use the preset 'ours' for it.")
    cls: type[Settings] = load_class(entry.settings)
    changes = changes or {}
    unknown = [key for key in changes if key not in cls.model_fields]
    if unknown:
        known = ", ".join(cls.model_fields) or "none"
        raise UserError(f"'{name}' has no setting '{unknown[0]}'. Its settings: {known}.")
    try:
        return cls(**{**base, **changes})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise UserError(f"Setting '{where}' of '{name}': {first['msg']}.") from None
