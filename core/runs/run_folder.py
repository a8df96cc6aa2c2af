"""The folder of a run: a training process writes it, everything else reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from core.config import RunConfig, UserError
from core.evaluation.measure_type import Metrics
from core.runs.atomic_files import (
    modified_ns,
    naming_file,
    read_array,
    read_json,
    read_table,
    write_array,
    write_json,
    write_table,
)
from core.runs.saved_facts import RunStatus

if TYPE_CHECKING:
    from core.evaluation.evaluation import Evaluation


# A column that each table of an evaluation has.
FIRST_COLUMNS = {"thresholds": "threshold", "pr": "recall", "roc": "fpr", "slices": "slice"}


@dataclass(frozen=True)
class Run:
    """The folder of a run: its configuration, status, results, vectors and maps.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    @property
    def id(self) -> str:
        """Name of the run, which is that of its folder."""
        return self.folder.name

    @property
    def config(self) -> RunConfig:
        """The configuration that made the run."""
        content = read_json(self.folder / "config.json")
        try:
            return RunConfig(**content)
        except (TypeError, ValueError) as error:
            raise UserError(f"{self.folder / 'config.json'} is damaged: {error}") from None

    @property
    def status(self) -> RunStatus:
        """The last status that was written; `interrupted` if the process that wrote it died."""
        status = read_json(self.folder / "status.json")
        if status["state"] == "running" and not self.is_locked():
            # It may have ended after the status was read.
            status = read_json(self.folder / "status.json")
            if status["state"] == "running":
                status = {**status, "state": "interrupted"}
        return status

    @property
    def model_folder(self) -> Path:
        """Where the model saves what it has learned."""
        return self.folder / "model"

    @property
    def vectors_path(self) -> Path:
        """File of the vectors, float32, shape (n_products, dim), if the model has any."""
        return self.folder / "vectors.npy"

    @property
    def stamp(self) -> int:
        """A number that changes whenever the run is trained again."""
        return modified_ns(self.folder / "metrics.json") or modified_ns(self.folder / "status.json")

    def has_started(self) -> bool:
        """Return whether the run has written a status yet."""
        return (self.folder / "status.json").exists()

    def has_finished(self) -> bool:
        """Return whether the run has been trained and evaluated completely.

        A run with a damaged status has not: training it again writes all its files again.
        """
        return (status := self._known_status()) is not None and status["state"] == "finished"

    def has_kept_checkpoint(self) -> bool:
        """Return whether the run was stopped and its last checkpoint became its model."""
        status = self._known_status()
        return status is not None and status["state"] == "stopped" and bool(status.get("kept"))

    def _known_status(self) -> RunStatus | None:
        """Return the status; None if there is none or it is damaged."""
        try:
            return self.status if self.has_started() else None
        except (UserError, TypeError, KeyError):
            return None

    @property
    def made(self) -> str:
        """When the vectors were made: when the run finished, or was stopped if it was kept."""
        if (self.folder / "metrics.json").exists():
            return self.metrics["finished"]
        status = self.status
        return status.get("ended") or status["started"]

    @property
    def metrics(self) -> Metrics:
        """The results of a finished run."""
        return read_json(self.folder / "metrics.json")

    def save_evaluation(self, evaluation: Evaluation) -> None:
        """Write the scores and the tables of an evaluation."""
        (self.folder / "scores").mkdir(exist_ok=True)
        for name, scores in evaluation.scores.items():
            write_array(self._scores_path(name), scores)
        for name, table in evaluation.tables().items():
            write_table(self._table_path(name), table)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the run's tables: `thresholds`, `pr`, `roc`, `slices`, `ranking`."""
        path = self._table_path(name)
        table = read_table(path)
        with naming_file(path):
            if (column := FIRST_COLUMNS.get(name)) and column not in table:
                # For instance a file cut off in its first line.
                raise ValueError(f"no column '{column}'")
        return table

    def _table_path(self, name: str) -> Path:
        return self.folder / f"{name}.{'parquet' if name == 'ranking' else 'csv'}"

    def scores(self, name: str) -> np.ndarray:
        """Return the scores of the held-out pairs (`positive`) or of a kind of negatives."""
        return read_array(self._scores_path(name))

    def _scores_path(self, name: str) -> Path:
        return self.folder / "scores" / f"{name}.npy"

    def curve(self) -> pd.DataFrame:
        """Return the learning curve so far; no rows if there is none."""
        path = self.folder / "curve.csv"
        try:
            # A running process may be writing the last line.
            return pd.read_csv(path, on_bad_lines="skip")
        except (FileNotFoundError, pd.errors.EmptyDataError):
            return pd.DataFrame(columns=["phase", "step", "epoch", "loss", "learning_rate"])

    def save_map(self, name: str, table: pd.DataFrame, facts: Mapping[str, object]) -> None:
        """Save a map of the run's vectors under `name`, such as ``map-2d``."""
        write_table(self.folder / f"{name}.parquet", table)
        # Written last: it marks the table as complete, and says which training it is from.
        write_json(self.folder / f"{name}.json", {**facts, "of": self.made})

    def map(self, name: str = "map-2d") -> tuple[pd.DataFrame, Any] | None:
        """Return a map and its facts; None if there is no map of the current vectors."""
        if not self.map_stamp(name):
            return None
        facts = read_json(self.folder / f"{name}.json")
        if facts.get("of") != self.made:
            return None
        return read_table(self.folder / f"{name}.parquet"), facts

    def map_stamp(self, name: str = "map-2d") -> int:
        """Return a number that changes whenever the map changes; 0 if there is no map."""
        return modified_ns(self.folder / f"{name}.json")

    def map_lock(self, name: str = "map-2d") -> FileLock:
        """Return the lock that a process holds while it makes the map."""
        return FileLock(self.folder / f".{name}.lock")

    def map_stage_path(self, name: str = "map-2d") -> Path:
        """Return the file to which the process that makes the map writes its stage."""
        return self.folder / f".{name}.stage"

    def log(self) -> str:
        """Return the log so far."""
        path = self.folder / "log.txt"
        return path.read_text() if path.exists() else ""

    def lock(self) -> FileLock:
        """Return the lock that the training process holds while it runs."""
        return FileLock(self.folder / ".lock")

    def is_locked(self) -> bool:
        """Return whether a process is training this run now."""
        lock = self.lock()
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True
