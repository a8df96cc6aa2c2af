"""The artifacts folder: what lies where.

artifacts/<dataset>/
    source.json  read-report.json  catalogue*.parquet  relations*.parquet  what was read
    prepared/<split>/   split.json  products, pairs, mentions.parquet      what models train on
                        evaluation.parquet   the pairs they are evaluated on, a cache
    runs/<run>/         config.json  status.json  metrics.json  curve.csv  a folder for each run
    comparisons/        <first>--<second>.json   differences of two runs, a cache
    studies/            <study>.json   results of a study; parts/   intermediate results, a cache

This module knows the paths in a data set's folder and `run_folder` what others read in a run's. The
modules that write a run name their files themselves: `train_run`, `recorder` and `checkpoint`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from filelock import FileLock
from pydantic import JsonValue

from core.config import UserError, check_name
from core.data.product_catalogue import Catalogue
from core.data.product_relations import Relations
from core.data.read_result import SavedReport
from core.graph.split import Split
from core.runs.atomic_files import (
    modified_ns,
    read_json,
    read_table,
    replacing_folder,
    temporary_folder,
    write_json,
    write_table,
)
from core.runs.run_folder import Run
from core.runs.saved_facts import SourceFacts, SplitFacts
from core.runs.saved_split import columns_of, made_earlier, read_split, write_split

# `python -m core` is run from here.
PROJECT_FOLDER = Path(__file__).resolve().parents[2]


def default_root() -> Path:
    """Return the artifacts folder: ``ARTIFACTS_DIR``, or `artifacts` next to this package."""
    named = os.environ.get("ARTIFACTS_DIR")
    return Path(named) if named else PROJECT_FOLDER / "artifacts"


class Store:
    """The artifacts folder.

    Parameters
    ----------
    root : path, optional
        By default ``ARTIFACTS_DIR``, or `artifacts` next to the package.
    """

    def __init__(self, root: Path | str | None = None):
        self.root = Path(root) if root is not None else default_root()

    @classmethod
    def of(cls, run: Run) -> Store:
        """Return the store that holds `run`."""
        return cls(run.folder.parents[2])

    def dataset_folder(self, dataset: str) -> Path:
        """Return the folder of a data set; its name is checked."""
        return self.root / check_name(dataset)

    def datasets(self) -> list[str]:
        """Return the names of the data sets that have been read, sorted."""
        if not self.root.is_dir():
            return []
        names = (path.parent.name for path in self.root.glob("*/source.json"))
        return sorted(name for name in names if not name.startswith("."))

    def lock(self, dataset: str) -> FileLock:
        """Return the lock under which a data set is read and prepared."""
        folder = self.dataset_folder(dataset)
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / ".lock")

    # What was read

    def has_dataset(self, dataset: str) -> bool:
        """Return whether a data set has been read under this name."""
        return (self.dataset_folder(dataset) / "source.json").exists()

    def check_dataset(self, dataset: str) -> None:
        """Raise a `UserError` that lists the data sets if none has this name."""
        if not self.has_dataset(dataset):
            known = ", ".join(self.datasets()) or "none; run: python -m core prepare demo"
            raise UserError(f"There is no data set '{dataset}'. Prepared: {known}.")

    def source(self, dataset: str) -> SourceFacts:
        """Return what a data set was read from; `UserError` if none has this name."""
        self.check_dataset(dataset)
        return read_json(self.dataset_folder(dataset) / "source.json")

    def save_source(
        self,
        dataset: str,
        catalogue: Catalogue,
        relations: dict[str, Relations],
        report: SavedReport,
        source: SourceFacts,
        early_catalogue: Catalogue | None = None,
    ) -> None:
        """Save what was read: `relations` by name (`all`, and `before` and `after` of a log).

        `early_catalogue` is that of the result (`ReadResult`).

        It replaces everything that the name held, runs included, once it is completely written.
        """
        folder = self.dataset_folder(dataset)
        with temporary_folder(folder / "source") as fresh:
            write_table(fresh / "catalogue.parquet", catalogue.frame)
            if "before" in relations:
                early = catalogue if early_catalogue is None else early_catalogue
                write_table(fresh / "catalogue-before.parquet", early.frame)
            for name, mentions in relations.items():
                write_table(fresh / f"relations-{name}.parquet", pd.DataFrame(mentions.__dict__))
            write_json(fresh / "read-report.json", report)
            write_json(fresh / "source.json", source)
            self.remove(dataset, keep=fresh.name)
            # The source is written last: it marks the rest as complete.
            for path in sorted(fresh.iterdir(), key=lambda path: path.name == "source.json"):
                os.replace(path, folder / path.name)

    def read_report(self, dataset: str) -> SavedReport:
        """Return the report on the rows of a data set, written when it was read."""
        return read_json(self.dataset_folder(dataset) / "read-report.json")

    def load_source(
        self, dataset: str, early: bool = False
    ) -> tuple[Catalogue, dict[str, Relations]]:
        """Return the catalogue and the relations by name.

        With `early`, the products are as they were described before the date that divides a log.

        Raises
        ------
        UserError
            If they were read by an earlier version that did not save everything.
        """
        folder = self.dataset_folder(dataset)
        relations = {}
        for path in sorted(folder.glob("relations-*.parquet")):
            table = read_table(path)
            if "place" not in table:
                raise made_earlier(dataset, "list positions")
            relations[path.stem.removeprefix("relations-")] = Relations(**columns_of(table))
        early = early and "before" in relations
        path = folder / ("catalogue-before.parquet" if early else "catalogue.parquet")
        if early and not path.exists():
            raise made_earlier(dataset, "how the products were described before the date")
        return Catalogue(read_table(path)), relations

    def remove(self, dataset: str, keep: str = "") -> None:
        """Remove everything that belongs to a data set, except for the file `keep`."""
        folder = self.dataset_folder(dataset)
        # First, so that an interrupted removal leaves no data set.
        (folder / "source.json").unlink(missing_ok=True)
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in (".lock", keep):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    # What models train on

    def prepared(self, dataset: str) -> list[str]:
        """Return the names of the prepared splits of a data set, sorted, `random` first."""
        paths = self.dataset_folder(dataset).glob("prepared/*/split.json")
        names = (path.parent.name for path in paths if not path.parent.name.startswith("."))
        return sorted(names, key=lambda name: (name != "random", name))

    def prepared_folder(self, dataset: str, name: str) -> Path:
        """Return the folder of one prepared split."""
        return self.dataset_folder(dataset) / "prepared" / name

    def split_facts(self, dataset: str, name: str) -> SplitFacts:
        """Return the counts and the fingerprint of a prepared split."""
        return read_json(self.prepared_folder(dataset, name) / "split.json")

    def split_stamp(self, dataset: str, name: str) -> int:
        """Return a number that changes whenever the split is prepared again; 0 if there is none."""
        return modified_ns(self.prepared_folder(dataset, name) / "split.json")

    def save_split(self, dataset: str, name: str, split: Split, facts: SplitFacts) -> None:
        """Save a split with its products."""
        with replacing_folder(self.prepared_folder(dataset, name)) as folder:
            write_split(folder, split, facts)

    def load_split(self, dataset: str, name: str) -> Split:
        """Return a prepared split.

        Raises
        ------
        UserError
            If it was made by an earlier version that did not save everything.
        """
        return read_split(self.prepared_folder(dataset, name), dataset)

    # Runs

    def run(self, dataset: str, run_id: str) -> Run:
        """Return the run called `run_id`, existing or not; its name is checked."""
        return Run(self.dataset_folder(dataset) / "runs" / check_name(run_id, "run name"))

    def runs(self, dataset: str) -> list[Run]:
        """Return all runs of a data set, oldest first."""
        paths = self.dataset_folder(dataset).glob("runs/*/config.json")
        dated = [(path.stat().st_mtime_ns, path.parent) for path in paths]
        return [Run(folder) for _, folder in sorted(dated)]

    def finished_runs(self, dataset: str) -> list[Run]:
        """Return the finished runs of a data set, oldest first, without damaged ones."""
        finished = []
        for run in self.runs(dataset):
            # Reading its files shows whether they are damaged.
            with contextlib.suppress(UserError):
                if run.has_finished() and run.metrics and run.config:
                    finished.append(run)
        return finished

    # Studies

    def studies(self, dataset: str) -> list[str]:
        """Return the names of the studies that have been run on a data set, sorted."""
        return sorted(path.stem for path in self.dataset_folder(dataset).glob("studies/*.json"))

    def study(self, dataset: str, name: str) -> dict[str, JsonValue] | None:
        """Return the result of a study (`core.studies.study_result`), or None if it was not run."""
        path = self._study_path(dataset, name)
        return read_json(path) if path.exists() else None

    def save_study(self, dataset: str, name: str, content: Mapping[str, object]) -> None:
        """Save the result of a study, replacing the previous one."""
        path = self._study_path(dataset, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, content)

    def has_times(self, dataset: str) -> bool:
        """Return whether a data set has time stamps, so that it can be split by time."""
        return (self.dataset_folder(dataset) / "relations-before.parquet").exists()

    def study_part(self, dataset: str, key: str) -> dict[str, JsonValue] | None:
        """Return the part of a study that was saved under `key`, or None."""
        return self.study(dataset, f"parts/{check_name(key)}")

    def save_study_part(self, dataset: str, key: str, content: Mapping[str, object]) -> None:
        """Save a part of a study, so that it need not be computed again."""
        self.save_study(dataset, f"parts/{check_name(key)}", content)

    def _study_path(self, dataset: str, name: str) -> Path:
        return self.dataset_folder(dataset) / "studies" / f"{name}.json"
