"""Cached reads. Everything comes through `core.runs.store`; what changes on disk is read anew."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.config import UserError
from core.data.product_relations import RELATIONS
from core.explore.catalogue_search import ProductSearch, single_chunk
from core.graph.split import Split
from core.models.base import Model
from core.runs import compare, results
from core.runs.run_folder import Run
from core.runs.store import Store


def store() -> Store:
    """Return the artifacts folder that this app shows (``ARTIFACTS_DIR``)."""
    return Store()


def _stamp(path: Path) -> int:
    """Return what changes whenever the file does."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def split(dataset: str, prepared: str) -> Split:
    """Return a prepared split; the object is shared, so do not change it."""
    return _split(str(store().root), dataset, prepared, split_stamp(dataset, prepared))


def split_stamp(dataset: str, prepared: str) -> int:
    """Return what changes whenever a split is prepared anew."""
    return _stamp(store().prepared_folder(dataset, prepared) / "split.json")


@st.cache_resource(max_entries=3, show_spinner="Reading the products and pairs")
def _split(root: str, dataset: str, prepared: str, stamp: int) -> Split:
    whole = Store(root).load_split(dataset, prepared)
    return replace(whole, catalogue=single_chunk(whole.catalogue))


def search(dataset: str, prepared: str) -> ProductSearch:
    """Return the search index over the products of a split."""
    return _search(str(store().root), dataset, prepared, split_stamp(dataset, prepared))


@st.cache_resource(max_entries=3, show_spinner="Building the search index")
def _search(root: str, dataset: str, prepared: str, stamp: int) -> ProductSearch:
    whole = _split(root, dataset, prepared, stamp)
    return ProductSearch(whole.catalogue, whole.graph.degree)


def runs(dataset: str) -> list[Run]:
    """Return all runs of a data set, oldest first, damaged ones too."""
    return store().runs(dataset)


def finished(dataset: str, prepared: str) -> list[Run]:
    """Return the finished, undamaged runs on one prepared split as it is now, oldest first."""
    fingerprint = store().split_facts(dataset, prepared)["fingerprint"]
    return [run for run in runs(dataset) if _finished_on(run) == fingerprint]


def all_finished(dataset: str) -> list[Run]:
    """Return the finished, undamaged runs of a data set, whatever their split, oldest first."""
    return [run for run in runs(dataset) if _finished_on(run) is not None]


def _finished_on(run: Run) -> str | None:
    try:
        if run.has_finished() and metrics(run):
            return run.config.data
    except UserError:
        pass
    return None


def stopped_with_checkpoint(dataset: str, prepared: str) -> list[Run]:
    """Return the stopped runs on one prepared split that have a checkpoint, oldest first."""
    fingerprint = store().split_facts(dataset, prepared)["fingerprint"]
    found = []
    for run in runs(dataset):
        with suppress(UserError):
            if run.was_kept() and run.config.data == fingerprint:
                found.append(run)
    return found


def run_stamp(run: Run) -> int:
    """Return what changes whenever a run is trained anew, or stopped and kept."""
    return _stamp(run.folder / "metrics.json") or _stamp(run.folder / "status.json")


def damaged(dataset: str) -> list[str]:
    """Return what is wrong with each damaged run, as sentences to show."""
    found = []
    for run in runs(dataset):
        try:
            run.config  # noqa: B018 - reading it shows whether it is whole
            if run.status["state"] == "finished":
                metrics(run)
        except UserError as error:
            found.append(f"{run.id}: {error}")
    return found


def metrics(run: Run) -> dict[str, Any]:
    """Return the results of a finished run."""
    return _metrics(str(run.folder), _stamp(run.folder / "metrics.json"))


@st.cache_data(max_entries=500, show_spinner=False)
def _metrics(folder: str, stamp: int) -> dict[str, Any]:
    return results.figures(Run(Path(folder)))


def intervals(run: Run) -> dict[str, tuple[float, float, float]]:
    """Return the measures of a finished run, each with the ends of its 95 % interval."""
    return _intervals(str(run.folder), _stamp(run.folder / "metrics.json"))


@st.cache_data(max_entries=500, show_spinner="Drawing resamples for the intervals")
def _intervals(folder: str, stamp: int) -> dict[str, tuple[float, float, float]]:
    return {name: tuple(found) for name, found in results.own_intervals(Run(Path(folder))).items()}


def differences(
    run: Run, other: Run, measures: tuple[str, ...]
) -> dict[str, tuple[float, float, float]]:
    """Return `measures` of `run` minus those of `other`, with the ends of their 95 % intervals."""
    stamps = [_stamp(one.folder / "metrics.json") for one in (run, other)]
    return _differences(str(run.folder), str(other.folder), measures, *stamps)


@st.cache_data(max_entries=2000, show_spinner=False)
def _differences(
    folder: str, other: str, measures: tuple[str, ...], stamp: int, other_stamp: int
) -> dict[str, tuple[float, float, float]]:
    pair = (Run(Path(one)) for one in (folder, other))
    return {name: tuple(found) for name, found in compare.difference(*pair, measures).items()}


def table(run: Run, name: str) -> pd.DataFrame:
    """Return one of a run's tables: `thresholds`, `pr`, `roc`, `slices`."""
    return _table(str(run.folder), name, _stamp(run.folder / "metrics.json"))


@st.cache_data(max_entries=200, show_spinner=False)
def _table(folder: str, name: str, stamp: int) -> pd.DataFrame:
    return Run(Path(folder)).table(name)


def model(dataset: str, run_id: str, scoring: str = "own") -> Model:
    """Return the fitted model of a run; the object is shared, its arrays are memory-mapped.

    Parameters
    ----------
    scoring : str
        A score to ask it for in place of its own, if it can (`Model.neighbour_scores`).
    """
    run = store().run(dataset, run_id)
    return _model(str(store().root), dataset, run_id, scoring, run_stamp(run))


@st.cache_resource(max_entries=8, show_spinner="Loading the model")
def _model(root: str, dataset: str, run_id: str, scoring: str, stamp: int) -> Model:
    if scoring != "own":
        return _model(root, dataset, run_id, "own", stamp).scored_by(scoring)
    from core.runs.loading import load_model

    run = Store(root).run(dataset, run_id)
    facts = Store(root).prepared_folder(dataset, run.config.prepared) / "split.json"
    whole = _split(root, dataset, run.config.prepared, _stamp(facts))
    return load_model(Store(root), run, whole)[0]


def scoring(run: Run, asked: str = "own") -> str:
    """Return what a model's scores are, such as ``cosine``; "" where there is only one kind."""
    found = model(run.config.dataset, run.id, asked)
    return found.scoring if found.neighbour_scores else ""


def relation_counts(split: Split) -> dict[str, int]:
    """Return how many pairs, training and held out, each relation mentions."""
    return {
        name: sum(int((pairs.relations >> bit & 1).sum()) for pairs in (split.train, split.test))
        for bit, name in enumerate(RELATIONS)
    }
