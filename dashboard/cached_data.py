"""Cached reads through `core` and its store; what changes on disk is read again.

What `st.cache_data` returns is a copy of the session's own. What `st.cache_resource` returns is
shared by all sessions, and nobody may change it: splits, models, indexes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

import core
from core.config import UserError
from core.data.product_relations import RELATIONS
from core.evaluation.measure_type import Metrics
from core.evaluation.significance import Interval
from core.explore.catalogue_search import ProductSearch, single_chunk
from core.graph.split import Split
from core.models.base import Model
from core.runs.differences import difference
from core.runs.run_folder import Run
from core.runs.saved_evaluation import all_metrics
from core.runs.store import Store


class SplitKey(NamedTuple):
    """Names a prepared split in the caches; `stamp` changes when it is prepared again."""

    root: str
    dataset: str
    prepared: str
    stamp: int


class RunKey(NamedTuple):
    """Names a run in the caches; `stamp` changes when it is trained again."""

    folder: str
    stamp: int

    @property
    def run(self) -> Run:
        return Run(Path(self.folder))


# The way of scoring that was chosen in training (`Model.scoring`).
OWN_SCORING = "own"


def store() -> Store:
    """Return the artifacts folder that this app shows (``ARTIFACTS_DIR``)."""
    return Store()


def split_key(dataset: str, prepared: str) -> SplitKey:
    """Return the key of a prepared split."""
    return SplitKey(str(store().root), dataset, prepared, store().split_stamp(dataset, prepared))


def run_key(run: Run) -> RunKey:
    """Return the key of a finished run, or of a stopped one that has a checkpoint."""
    return RunKey(str(run.folder), run.stamp)


def split(dataset: str, prepared: str) -> Split:
    """Return a prepared split; shared."""
    return _split(split_key(dataset, prepared))


@st.cache_resource(max_entries=3, show_spinner="Reading the products and pairs")
def _split(key: SplitKey) -> Split:
    whole = Store(key.root).load_split(key.dataset, key.prepared)
    return replace(whole, catalogue=single_chunk(whole.catalogue))


def search(dataset: str, prepared: str) -> ProductSearch:
    """Return the search index over the products of a split; shared."""
    return _search(split_key(dataset, prepared))


@st.cache_resource(max_entries=3, show_spinner="Building the search index")
def _search(key: SplitKey) -> ProductSearch:
    split = _split(key)
    return ProductSearch(split.catalogue, split.graph.degree)


def runs(dataset: str) -> list[Run]:
    """Return all runs of a data set, oldest first, damaged ones too."""
    return store().runs(dataset)


def finished(dataset: str, prepared: str) -> list[Run]:
    """Return the finished, undamaged runs on a prepared split as it is now, oldest first."""
    fingerprint = store().split_facts(dataset, prepared)["fingerprint"]
    return [run for run in runs(dataset) if _finished_on(run) == fingerprint]


def all_finished(dataset: str) -> list[Run]:
    """Return the finished, undamaged runs of a data set, on any split, oldest first."""
    return [run for run in runs(dataset) if _finished_on(run) is not None]


def _finished_on(run: Run) -> str | None:
    try:
        if run.has_finished() and metrics(run):
            return run.config.data
    except UserError:
        pass
    return None


def stopped_with_checkpoint(dataset: str, prepared: str) -> list[Run]:
    """Return the stopped runs on a prepared split that have a checkpoint, oldest first."""
    fingerprint = store().split_facts(dataset, prepared)["fingerprint"]
    stopped = []
    for run in runs(dataset):
        with suppress(UserError):
            if run.has_kept_checkpoint() and run.config.data == fingerprint:
                stopped.append(run)
    return stopped


def damaged(dataset: str) -> list[str]:
    """Return a message for each damaged run."""
    messages = []
    for run in runs(dataset):
        try:
            run.config  # noqa: B018 - reading it raises if it is damaged
            if run.status["state"] == "finished":
                metrics(run)
        except UserError as error:
            messages.append(f"{run.id}: {error}")
    return messages


def metrics(run: Run) -> Metrics:
    """Return the results of a finished run."""
    return _metrics(run_key(run))


@st.cache_data(max_entries=500, show_spinner=False)
def _metrics(key: RunKey) -> Metrics:
    return all_metrics(key.run)


def intervals(run: Run) -> dict[str, Interval]:
    """Return the measures of a finished run, each with the ends of its 95 % interval."""
    return _intervals(run_key(run))


@st.cache_data(max_entries=500, show_spinner="Computing the intervals")
def _intervals(key: RunKey) -> dict[str, Interval]:
    rows = core.evaluate(key.run).to_dict("records")
    return {row["measure"]: Interval(row["value"], row["low"], row["high"]) for row in rows}


def differences(run: Run, other: Run, measures: tuple[str, ...]) -> dict[str, Interval]:
    """Return `measures` of `run` minus those of `other`, with the ends of their 95 % intervals."""
    return _differences(run_key(run), run_key(other), measures)


@st.cache_data(max_entries=2000, show_spinner=False)
def _differences(key: RunKey, other: RunKey, measures: tuple[str, ...]) -> dict[str, Interval]:
    return dict(difference(key.run, other.run, measures))


def table(run: Run, name: str) -> pd.DataFrame:
    """Return one of a run's tables: `thresholds`, `pr`, `roc`, `slices`."""
    return _table(run_key(run), name)


@st.cache_data(max_entries=200, show_spinner=False)
def _table(key: RunKey, name: str) -> pd.DataFrame:
    return key.run.table(name)


def model(run: Run, scoring: str = OWN_SCORING) -> Model:
    """Return the fitted model of a run; shared, and its arrays are memory-mapped.

    Parameters
    ----------
    run : Run
    scoring : str
        One of the model's `neighbour_scorings` to rank by.
    """
    config = run.config
    return _model(run_key(run), split_key(config.dataset, config.prepared), scoring)


@st.cache_resource(max_entries=8, show_spinner="Loading the model")
def _model(key: RunKey, split: SplitKey, scoring: str) -> Model:
    if scoring != OWN_SCORING:
        return _model(key, split, OWN_SCORING).scored_by(scoring)
    return core.load(key.run, _split(split))[0]


def scoring(run: Run, scoring: str = OWN_SCORING) -> str:
    """Return the way a model scores, such as ``cosine``; "" if it has only one."""
    fitted = model(run, scoring)
    return fitted.scoring if fitted.neighbour_scorings else ""


def relation_counts(split: Split) -> dict[str, int]:
    """Return how many pairs, training and held out, each relation has."""
    return {
        name: sum(int((pairs.relations >> bit & 1).sum()) for pairs in (split.train, split.test))
        for bit, name in enumerate(RELATIONS)
    }
