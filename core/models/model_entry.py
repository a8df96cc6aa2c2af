"""The registry entry of a model, one row of the results table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from pydantic import JsonValue, ValidationError

from core.config import Preset, Settings, UserError

if TYPE_CHECKING:
    from core.models.base import Model

Family = Literal["graph", "spectral", "factorisation", "word2vec", "side-info", "combination"]
Role = Literal["baseline", "default", "popularity", "suggested", "compared"]


@dataclass(frozen=True)
class ModelEntry:
    """A named model with its settings under each preset and its descriptions for the app.

    Attributes
    ----------
    name : str
        Its name in commands, settings and run names.
    model : str
        Import path of the class, ``package.module:Class``. Imported on use.
    title : str
        The name in tables and legends.
    about : str
        One sentence that describes it.
    formula : str
        Its score or its loss in LaTeX.
    family : str
        Models of a family are explained together and share a hue in figures.
    ours, study : dict
        Differences from the defaults of the class's settings under each preset; `study` is None
        if the study has no such row.
    published : str or None
        The row of `core.evaluation.published` that it reproduces.
    roles : tuple of str
        ``baseline``: the other models are compared with it. ``default``: neighbours and maps use it
        if no model is named, and its map is made right after training.
        ``popularity``: scores by popularity alone, the floor that every model must clear.
        ``suggested``: selected in a new training form.
        ``compared``: compared by default, with the best run: baselines and models of the study.
    prominence : int
        If only a few models can be shown, those with the largest values are.
    """

    name: str
    model: str
    title: str
    about: str
    formula: str
    family: Family
    ours: Mapping[str, object] = field(default_factory=dict)
    study: Mapping[str, object] | None = None
    published: str | None = None
    roles: tuple[Role, ...] = ()
    prominence: int = 0

    @property
    def model_class(self) -> type[Model]:
        return load_class(self.model)

    @property
    def settings_class(self) -> type[Settings]:
        return self.model_class.Settings

    def preset(self, name: Preset) -> Mapping[str, object] | None:
        """Return the differences from the default settings; None if there is no such preset."""
        return self.study if name == "study" else self.ours

    def resolve(
        self, preset: Preset = "ours", changes: Mapping[str, object] | None = None
    ) -> Settings:
        """Return the validated settings under `preset` with `changes` applied.

        Raises
        ------
        UserError
            If the preset or a setting is unknown, or a value is out of range.
        """
        base = self.preset(preset)
        if base is None:
            raise UserError(f"The study has no '{self.name}': use the preset 'ours' for it.")
        cls, changes = self.settings_class, changes or {}
        unknown = [key for key in changes if key not in cls.model_fields]
        if unknown:
            known = ", ".join(cls.model_fields) or "none"
            raise UserError(f"'{self.name}' has no setting '{unknown[0]}'. Its settings: {known}.")
        try:
            return cls(**{**base, **changes})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "settings"
            raise UserError(f"Setting '{where}' of '{self.name}': {first['msg']}.") from None


def load_class(path: str) -> Any:
    """Import ``package.module:Name``."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def changes_of_each(
    entries: Iterable[ModelEntry], changes: Mapping[str, JsonValue]
) -> dict[str, dict[str, JsonValue]]:
    """Return the applicable `changes` of each model, by its name: those it has a setting for.

    Raises
    ------
    UserError
        If none of them has a setting of that name.
    """
    known = {entry.name: entry.settings_class.model_fields for entry in entries}
    for key in changes:
        if not any(key in fields for fields in known.values()):
            every = ", ".join(sorted({field for fields in known.values() for field in fields}))
            raise UserError(f"No model has a setting '{key}'. Settings: {every}.")
    return {
        name: {key: value for key, value in changes.items() if key in fields}
        for name, fields in known.items()
    }
