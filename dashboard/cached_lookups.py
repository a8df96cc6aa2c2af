"""Cached look-ups of products, maps and figures of the data, on top of `dashboard.cached_data`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore import model_agreement, new_product
from core.explore.basket import basket_table
from core.explore.example_product import example_product, saved_example
from core.explore.map import read_map
from core.explore.map_regions import region_labels
from core.explore.model_agreement import TopLists
from core.explore.nearest_vectors import Metric, nearest
from core.explore.neighbour_drift import Drift, neighbour_drift
from core.explore.neighbour_filters import Filters
from core.explore.neighbours import describe, neighbour_table, with_relations
from core.explore.new_product import nearest_by_cosine
from core.explore.true_pairs import TruePairs
from core.explore.umap_projection import MapSettings, Projection
from core.models.inner_product_model import unit_rows
from core.runs.run_folder import Run
from dashboard import cached_data
from dashboard.cached_data import OWN_SCORING, RunKey, SplitKey
from dashboard.charts import data_charts, map_colours

# Entropy in bits below which a category level is not worth colouring; four equal groups have two.
MIN_INFORMATION = 2.0


@dataclass(frozen=True)
class NeighbourQuery:
    """A neighbour query.

    Attributes
    ----------
    product : int
    k : int
        Number of neighbours.
    filters : Filters
        Conditions on the neighbours.
    scoring : str
        The score to rank by, one of the model's `neighbour_scorings`.
    """

    product: int
    k: int
    filters: Filters = field(default_factory=Filters)
    scoring: str = OWN_SCORING


@dataclass(frozen=True)
class BasketQuery:
    """A query for what goes with several products; see `core.explore.basket.basket_table`.

    Attributes
    ----------
    products : tuple of int
    k : int
    hide_known : bool
    scoring : str
        As in `NeighbourQuery`.
    """

    products: tuple[int, ...]
    k: int
    hide_known: bool = True
    scoring: str = OWN_SCORING


def true_pairs(dataset: str, prepared: str) -> TruePairs:
    """Return the true pairs of a split, indexed by product; shared."""
    return _true_pairs(cached_data.split_key(dataset, prepared))


@st.cache_resource(max_entries=3, show_spinner=False)
def _true_pairs(key: SplitKey) -> TruePairs:
    return TruePairs(cached_data.split(key.dataset, key.prepared))


def default_product(dataset: str, prepared: str) -> int:
    """Return the product that pages open with: that of `core.explore.example_product`."""
    return _default_product(cached_data.split_key(dataset, prepared))


@st.cache_data(max_entries=10, show_spinner=False)
def _default_product(key: SplitKey) -> int:
    return example_product(cached_data.split(key.dataset, key.prepared))


def neighbours(run: Run, prepared: str, query: NeighbourQuery) -> pd.DataFrame:
    """Return `core.explore.neighbours.neighbour_table` of a run."""
    return _neighbours(cached_data.run_key(run), prepared, query)


@st.cache_data(max_entries=500, show_spinner=False, hash_funcs={NeighbourQuery: repr})
def _neighbours(key: RunKey, prepared: str, query: NeighbourQuery) -> pd.DataFrame:
    dataset = key.run.config.dataset
    split, pairs = cached_data.split(dataset, prepared), true_pairs(dataset, prepared)
    if query.scoring == OWN_SCORING and query.filters in (Filters(), Filters("new")):
        # Loads no model, and compiles nothing in a fresh checkout.
        saved = saved_example(key.run, query.product, pairs, query.k, query.filters.truth == "new")
        if saved is not None:
            products, scores = saved["product"].to_numpy(), saved["score"].to_numpy()
            return with_relations(split, query.product, products, scores, pairs)
    model = cached_data.model(key.run, query.scoring)
    return neighbour_table(model, split, query.product, query.k, query.filters, pairs)


def basket(run: Run, prepared: str, query: BasketQuery) -> pd.DataFrame:
    """Return `core.explore.basket.basket_table` of a run."""
    return _basket(cached_data.run_key(run), prepared, query)


@st.cache_data(max_entries=200, show_spinner=False, hash_funcs={BasketQuery: repr})
def _basket(key: RunKey, prepared: str, query: BasketQuery) -> pd.DataFrame:
    dataset = key.run.config.dataset
    split, pairs = cached_data.split(dataset, prepared), true_pairs(dataset, prepared)
    model = cached_data.model(key.run, query.scoring)
    return basket_table(model, split, query.products, query.k, query.hide_known, pairs)


def brands_and_categories(dataset: str, prepared: str) -> tuple[list[str], list[str]]:
    """Return `core.explore.new_product.brands_and_categories` of a split."""
    return _brands_and_categories(cached_data.split_key(dataset, prepared))


@st.cache_data(max_entries=5, show_spinner=False)
def _brands_and_categories(key: SplitKey) -> tuple[list[str], list[str]]:
    return new_product.brands_and_categories(cached_data.split(key.dataset, key.prepared))


def treemap(dataset: str, prepared: str) -> go.Figure:
    """Return `dashboard.charts.data_charts.category_treemap` of a split's products."""
    return _treemap(cached_data.split_key(dataset, prepared))


# A figure is cached as data, so that every session gets its own copy. Copying a shared one is
# not safe in threads: plotly takes the type out of each trace while it copies it.
@st.cache_data(max_entries=5, show_spinner=False)
def _treemap(key: SplitKey) -> go.Figure:
    catalogue = cached_data.split(key.dataset, key.prepared).catalogue
    return data_charts.category_treemap(catalogue.frame[["category_1", "category_2"]])


def default_colour(dataset: str, prepared: str) -> str:
    """Return the most informative category level to colour by, or ``region`` if none is."""
    return _default_colour(cached_data.split_key(dataset, prepared))


@st.cache_data(max_entries=10, show_spinner=False)
def _default_colour(key: SplitKey) -> str:
    frame = cached_data.split(key.dataset, key.prepared).catalogue.frame
    bits = {level: map_colours.information(frame[level]) for level in CATEGORY_LEVELS}
    best = max(bits, key=lambda level: bits[level])
    return best if bits[best] >= MIN_INFORMATION else "region"


def saved_lists(run: Run, k: int) -> TopLists | None:
    """Return `core.explore.model_agreement.saved_lists` of a run."""
    return _saved_lists(cached_data.run_key(run), k)


@st.cache_data(max_entries=20, show_spinner=False)
def _saved_lists(key: RunKey, k: int) -> TopLists | None:
    return model_agreement.saved_lists(key.run, k)


def sampled_lists(run: Run, prepared: str, chunk: int, k: int) -> TopLists:
    """Return `core.explore.model_agreement.sample_chunk` of a run."""
    return _sampled_lists(cached_data.run_key(run), prepared, chunk, k)


@st.cache_data(max_entries=1000, show_spinner=False)
def _sampled_lists(key: RunKey, prepared: str, chunk: int, k: int) -> TopLists:
    split = cached_data.split(key.run.config.dataset, prepared)
    return model_agreement.sample_chunk(cached_data.model(key.run), split, chunk, k)


def nearest_vectors(
    run: Run, prepared: str, product: int, k: int, metric: Metric = "cosine"
) -> pd.DataFrame:
    """Return the products with the closest vectors, which a map tries to keep close.

    The model may rank neighbours by another score; see `neighbours` for that.

    Returns
    -------
    DataFrame
        As from `core.explore.neighbours.describe`, with ``score``: the cosine, or the Euclidean
        distance; empty if the product has no vector.
    """
    key = cached_data.run_key(run)
    unit, has_vector = _unit_vectors(key, prepared)
    split = cached_data.split(run.config.dataset, prepared)
    if not has_vector[product]:
        return describe(split, np.empty(0, np.int64)).assign(score=[])
    if metric == "euclidean":
        rows = np.flatnonzero(has_vector)
        vectors = np.asarray(cached_data.model(key.run).vectors)[rows]
        own = np.flatnonzero(rows == product)
        near, distance = nearest(vectors, min(k, len(rows) - 1), metric, queries=own)
        return describe(split, rows[near[0]]).assign(score=distance[0])
    hidden = ~has_vector
    hidden[product] = True
    products, cosine = nearest_by_cosine(unit, unit[product], k, hidden)
    return describe(split, products).assign(score=cosine)


@st.cache_resource(max_entries=3, show_spinner=False)
def _unit_vectors(key: RunKey, prepared: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a run's vectors at unit length, and which products have one."""
    model = cached_data.model(key.run)
    unit = unit_rows(np.asarray(model.vectors))
    seen = cached_data.split(key.run.config.dataset, prepared).seen
    has_vector = unit.any(axis=1) & model.can_score(seen)
    # All sessions share these.
    unit.flags.writeable = has_vector.flags.writeable = False
    return unit, has_vector


def drift(first: Run, second: Run, prepared: str) -> Drift:
    """Return `core.explore.neighbour_drift.neighbour_drift` of two runs with vectors."""
    # The order of the runs makes no difference.
    one, other = sorted((cached_data.run_key(first), cached_data.run_key(second)))
    return _drift(one, other, prepared)


@st.cache_data(max_entries=20, show_spinner="Comparing the nearest products of the two runs")
def _drift(first: RunKey, second: RunKey, prepared: str) -> Drift:
    split = cached_data.split(first.run.config.dataset, prepared)
    (ours, has_ours), (theirs, has_theirs) = (
        _unit_vectors(key, prepared) for key in (first, second)
    )
    return neighbour_drift((ours, theirs), has_ours & has_theirs, split, seed=model_agreement.SEED)


def projection(run: Run, settings: MapSettings) -> Projection | None:
    """Return the map of a run with these settings; None if it has not been made."""
    return _projection(cached_data.run_key(run), settings, run.map_stamp(settings.name))


@st.cache_data(max_entries=6, show_spinner=False, hash_funcs={MapSettings: repr})
def _projection(key: RunKey, settings: MapSettings, map_stamp: int) -> Projection | None:
    return read_map(key.run, settings)


def labels(run: Run, prepared: str, settings: MapSettings) -> list[str]:
    """Return a label for each region of a run's flat map."""
    return _labels(cached_data.run_key(run), prepared, settings, run.map_stamp(settings.name))


@st.cache_data(max_entries=10, show_spinner=False, hash_funcs={MapSettings: repr})
def _labels(key: RunKey, prepared: str, settings: MapSettings, map_stamp: int) -> list[str]:
    projection = _projection(key, settings, map_stamp)
    if projection is None:
        return []
    table = projection.table
    catalogue = cached_data.split(key.run.config.dataset, prepared).catalogue
    return region_labels(catalogue, table["product"].to_numpy(), table["region"].to_numpy())
