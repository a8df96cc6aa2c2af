"""Cached look-ups of the Neighbours and Map pages, on top of `dashboard.cached_data`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.cold_start import nearest_by_cosine
from core.explore.example_product import saved_example
from core.explore.map import read_map
from core.explore.map_regions import region_labels
from core.explore.model_agreement import Disagreement, disagreement
from core.explore.neighbour_filters import Filters
from core.explore.neighbours import describe, neighbour_table, with_relations
from core.explore.true_pairs import TruePairs
from core.explore.umap_projection import MapSettings, Projection
from core.models.base import unit_rows
from core.runs.run_folder import Run
from dashboard import cached_data
from dashboard.charts import data_charts

# The similarity of a model's own choice.
OWN = "own"
# Fewer categories than this colour a map in hardly more than one colour.
FEW = 3


def truth(dataset: str, prepared: str) -> TruePairs:
    """Return the true pairs of a split, indexed by product."""
    root = str(cached_data.store().root)
    return _truth(root, dataset, prepared, cached_data.split_stamp(dataset, prepared))


@st.cache_resource(max_entries=3, show_spinner=False)
def _truth(root: str, dataset: str, prepared: str, stamp: int) -> TruePairs:
    return TruePairs(cached_data.split(dataset, prepared))


def neighbours(
    run: Run, prepared: str, product: int, k: int, filters: Filters, similarity: str
) -> pd.DataFrame:
    """Return `core.explore.neighbours.neighbour_table` of one run by a score of `load.model`."""
    stamp = cached_data.run_stamp(run)
    return _neighbours(str(run.folder), prepared, product, k, filters, similarity, stamp)


@st.cache_data(
    max_entries=500, show_spinner=False, hash_funcs={Filters: lambda filters: repr(filters)}
)
def _neighbours(
    folder: str, prepared: str, product: int, k: int, filters: Filters, similarity: str, stamp: int
) -> pd.DataFrame:
    run = Run(Path(folder))
    dataset = run.config.dataset
    split, pairs = cached_data.split(dataset, prepared), truth(dataset, prepared)
    if similarity == OWN and filters == Filters():
        saved = saved_example(run, product, k)
        if saved is not None:
            products, scores = saved["product"].to_numpy(), saved["score"].to_numpy()
            return with_relations(split, product, products, scores, pairs)
    model = cached_data.model(dataset, run.id, similarity)
    return neighbour_table(model, split, product, k, filters, pairs)


def treemap(dataset: str, prepared: str) -> go.Figure:
    """Return `dashboard.charts.data_charts.category_treemap` of a split's products."""
    root = str(cached_data.store().root)
    return _treemap(root, dataset, prepared, cached_data.split_stamp(dataset, prepared))


# A figure is cached as data, so that every session gets a copy of its own. Copying a shared one is
# not safe in threads: plotly takes the type out of each trace while it copies it.
@st.cache_data(max_entries=5, show_spinner=False)
def _treemap(root: str, dataset: str, prepared: str, stamp: int) -> go.Figure:
    catalogue = cached_data.split(dataset, prepared).catalogue
    return data_charts.category_treemap(catalogue.frame[["category_1", "category_2"]])


def telling_level(dataset: str, prepared: str) -> str:
    """Return the broadest category level that tells products apart: a column's name."""
    root = str(cached_data.store().root)
    return _telling_level(root, dataset, prepared, cached_data.split_stamp(dataset, prepared))


@st.cache_data(max_entries=10, show_spinner=False)
def _telling_level(root: str, dataset: str, prepared: str, stamp: int) -> str:
    frame = cached_data.split(dataset, prepared).catalogue.frame
    levels = CATEGORY_LEVELS[:-1]
    known = (level for level in levels if (frame[level].unique() != "").sum() >= FEW)
    return next(known, levels[0])


def least_agreement(first: Run, second: Run, prepared: str, k: int, seed: int) -> Disagreement:
    """Return `core.explore.model_agreement.disagreement` of two runs."""
    stamps = (cached_data.run_stamp(first), cached_data.run_stamp(second))
    return _disagreement(str(first.folder), str(second.folder), prepared, k, seed, stamps)


@st.cache_data(max_entries=20, show_spinner="Comparing the two models product by product")
def _disagreement(
    first: str, second: str, prepared: str, k: int, seed: int, stamps: tuple[int, int]
) -> Disagreement:
    runs = [Run(Path(folder)) for folder in (first, second)]
    dataset = runs[0].config.dataset
    models = [cached_data.model(dataset, run.id) for run in runs]
    return disagreement(*models, cached_data.split(dataset, prepared), k=k, seed=seed)


def nearest_vectors(run: Run, prepared: str, product: int, k: int) -> pd.DataFrame:
    """Return the products with the closest vectors by cosine, what a map tries to keep.

    A model may rank by another score; `neighbours` asks for that one.
    """
    unit, has_vector = _unit(str(run.folder), prepared, cached_data.run_stamp(run))
    split = cached_data.split(run.config.dataset, prepared)
    if not has_vector[product]:
        return describe(split, np.empty(0, np.int64)).assign(score=[])
    hidden = ~has_vector
    hidden[product] = True
    products, cosine = nearest_by_cosine(unit, unit[product], k, hidden)
    return describe(split, products).assign(score=cosine)


@st.cache_resource(max_entries=3, show_spinner=False)
def _unit(folder: str, prepared: str, stamp: int) -> tuple[np.ndarray, np.ndarray]:
    run = Run(Path(folder))
    model = cached_data.model(run.config.dataset, run.id)
    unit = unit_rows(np.asarray(model.vectors))
    seen = cached_data.split(run.config.dataset, prepared).seen
    has_vector = unit.any(axis=1) & (seen | model.scores_unseen)
    # All sessions share these.
    unit.flags.writeable = has_vector.flags.writeable = False
    return unit, has_vector


def projection(run: Run, settings: MapSettings) -> Projection | None:
    """Return the map of a run with these settings, or None."""
    stamp = run.map_stamp(settings.name)
    return _projection(str(run.folder), settings, stamp, cached_data.run_stamp(run))


@st.cache_data(max_entries=6, show_spinner=False, hash_funcs={MapSettings: repr})
def _projection(
    folder: str, settings: MapSettings, map_stamp: int, run_stamp: int
) -> Projection | None:
    return read_map(Run(Path(folder)), settings)


def labels(run: Run, prepared: str, settings: MapSettings) -> list[str]:
    """Return a label for each region of a run's flat map."""
    stamp = run.map_stamp(settings.name)
    return _labels(str(run.folder), prepared, settings, stamp, cached_data.run_stamp(run))


@st.cache_data(max_entries=10, show_spinner=False, hash_funcs={MapSettings: repr})
def _labels(
    folder: str, prepared: str, settings: MapSettings, map_stamp: int, run_stamp: int
) -> list[str]:
    run = Run(Path(folder))
    found = _projection(folder, settings, map_stamp, run_stamp)
    if found is None:
        return []
    table = found.table
    catalogue = cached_data.split(run.config.dataset, prepared).catalogue
    return region_labels(catalogue, table["product"].to_numpy(), table["region"].to_numpy())
