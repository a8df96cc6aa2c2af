"""The registry entry of an export format, and what a format writes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.config import UserError
from core.explore.exports.export_options import ExportOptions
from core.graph.split import Split
from core.models.base import Model
from core.models.model_entry import load_class
from core.models.registry import default_model
from core.progress import Progress
from core.runs.load_run import load_model
from core.runs.run_folder import Run
from core.runs.store import Store

# What a format reports about what it wrote: shown to the user in this order.
Facts = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A trained run and how many threads may read it; the model is loaded when it is asked for."""

    run: Run
    workers: int = 1

    @cached_property
    def _loaded(self) -> tuple[Model, Split]:
        return load_model(Store.of(self.run), self.run)

    @property
    def model(self) -> Model:
        """The fitted model."""
        return self._loaded[0]

    @property
    def split(self) -> Split:
        """The split on which it was fitted."""
        return self._loaded[1]

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the products with a learned vector, and the vectors of all products.

        Returns
        -------
        products : int64 array, shape (n,)
            Without those that the model has learned nothing about.
        vectors : float32 array, shape (n_products, dim)

        Raises
        ------
        UserError
            If the model has no vectors.
        """
        vectors = self.model.vectors
        if vectors is None:
            raise UserError(
                f"'{self.run.config.model}' has no vectors. Choose a model that learns an "
                f"embedding, such as {default_model()}."
            )
        learned = self.model.can_score(self.split.seen) & np.any(vectors, axis=1)
        return np.flatnonzero(learned), np.asarray(vectors, np.float32)


class Write(Protocol):
    """The function of a format: writes to `out` (files to be renamed by the caller)."""

    def __call__(
        self, source: Source, out: OutputFiles, options: ExportOptions, progress: Progress
    ) -> Facts: ...


@dataclass(frozen=True)
class OutputFiles:
    """Where a format writes: temporary files, renamed once all of them are complete.

    Attributes
    ----------
    ending : str
        Ending of the file that the user named.
    path : Path
        Temporary file for it.
    companions : dict of str to Path
        Temporary file for each further ending of the format, such as ``.ids.txt``.
    """

    ending: str
    path: Path
    companions: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportFormat:
    """A format.

    Attributes
    ----------
    name : str
        Its name in commands.
    title : str
        Its name in the app.
    about : str
        What it is for, in one sentence.
    function : str
        Import path of its `Write` function, ``package.module:function``. Imported on use.
    endings : dict of str to str
        What is written by the ending of the file; the first one is the app's default.
    companions : dict of str to tuple of str
        For an ending, those of the further files that are written next to the main one.
    options : tuple of str
        The options that have an effect; the app's form shows these.
    needs_vectors : bool
        Whether only models with vectors can be exported.
    """

    name: str
    title: str
    about: str
    function: str
    endings: Mapping[str, str]
    companions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    needs_vectors: bool = False

    @property
    def write(self) -> Write:
        return load_class(self.function)
