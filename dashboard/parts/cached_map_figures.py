"""Map, figures: one run's map, or two runs' maps that lie side by side; cached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.explore.map_alignment import align
from core.explore.neighbours import describe
from core.explore.umap_projection import MapSettings
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups
from dashboard.charts import map_charts, map_colours, map_labels
from dashboard.charts.map_colours import Colours

# The name of a region in which nothing is more common than elsewhere.
MIXED = "mixed"


class Look(NamedTuple):
    """How the maps are drawn.

    Attributes
    ----------
    colour : str
        A column of the catalogue, ``degree``, ``seen`` or ``region``.
    names : bool
        Whether the regions are named on the map.
    settings : MapSettings
        Settings of the map itself.
    highlighted : tuple of str
        Values of `colour` that have a colour; the most common ones if empty.
    """

    colour: str
    names: bool
    settings: MapSettings
    highlighted: tuple[str, ...] = ()

    @property
    def is_flat(self) -> bool:
        return self.settings.dimensions == 2


@dataclass(frozen=True)
class Pair:
    """Two aligned maps in one figure.

    Attributes
    ----------
    points : tuple of two DataFrames
        Points of the left and of the right map.
    figure : Figure
    n_common : int
        Products on both maps.
    agreement : float
        From `core.explore.map_alignment.align`.
    """

    points: tuple[pd.DataFrame, pd.DataFrame]
    figure: go.Figure
    n_common: int
    agreement: float


class _MapKey(NamedTuple):
    """Names a map in the caches; `stamp` changes when it is made again."""

    folder: str
    stamp: int


def _key(run: Run, look: Look) -> _MapKey:
    return _MapKey(str(run.folder), run.map_stamp(look.settings.name))


def base_figure(
    run: Run, prepared: str, look: Look, regions_of: Run | None = None
) -> tuple[pd.DataFrame, go.Figure]:
    """Return the points of a map and its figure without a chosen product; the caller owns both.

    Parameters
    ----------
    regions_of : Run, optional
        The run whose regions colour the map; `run` by default.
    """
    points, figure = _base_figure(_key(run, look), _key(regions_of or run, look), prepared, look)
    return points, go.Figure(figure)


def pair_figure(first: Run, second: Run, prepared: str, look: Look) -> Pair:
    """Return two flat maps as one figure, the second aligned with the first; the caller owns it."""
    left, right, figure, n_common, agreement = _pair_figure(
        _key(first, look), _key(second, look), prepared, look
    )
    return Pair((left, right), go.Figure(figure), n_common, agreement)


# As data, so that every session gets a copy; copying a shared figure is not safe in threads.
@st.cache_data(max_entries=12, show_spinner="Drawing the map", hash_funcs={MapSettings: repr})
def _base_figure(
    key: _MapKey, regions: _MapKey, prepared: str, look: Look
) -> tuple[pd.DataFrame, dict[str, object]]:
    run = Run(Path(key.folder))
    points, figure = _draw(run, prepared, look, _table(run, look), Run(Path(regions.folder)))
    return points, figure.to_plotly_json()


@st.cache_data(max_entries=6, show_spinner="Drawing the maps", hash_funcs={MapSettings: repr})
def _pair_figure(
    first: _MapKey, second: _MapKey, prepared: str, look: Look
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, object], int, float]:
    one, other = Run(Path(first.folder)), Run(Path(second.folder))
    table = _table(one, look)
    turned = align(table, _table(other, look))
    left, figure = _draw(one, prepared, look, table, one)
    right, second_figure = _draw(other, prepared, look, turned.table, one)
    figure = map_charts.side_by_side(figure, second_figure)
    return left, right, figure.to_plotly_json(), turned.n_common, turned.agreement


def _table(run: Run, look: Look) -> pd.DataFrame:
    projection = cached_lookups.projection(run, look.settings)
    assert projection is not None  # the caller has checked this
    return projection.table


def _draw(
    run: Run, prepared: str, look: Look, table: pd.DataFrame, regions_of: Run
) -> tuple[pd.DataFrame, go.Figure]:
    split = cached_data.split(run.config.dataset, prepared)
    products = table["product"].to_numpy()
    points = table
    if len(table) <= map_labels.MAX_NAMED:
        points = table.assign(hover=hover_texts(split, products))
    figure = map_charts.points_of(points, colours(regions_of, prepared, look))
    if "hover" not in points and look.is_flat:
        known = np.argsort(-split.graph.degree[products], kind="stable")[: map_labels.NAMED]
        texts = hover_texts(split, products[known])
        map_labels.add_hover_texts(figure, points, known, pd.Series(texts))
    if look.names and look.is_flat:
        labels = cached_lookups.labels(run, prepared, look.settings)
        map_labels.with_labels(figure, table, labels)
    return points, figure


def hover_texts(split: Split, products: np.ndarray) -> np.ndarray:
    """Return what hovering over products shows."""
    return map_labels.hover_texts(describe(split, products)).to_numpy()


def colours(run: Run, prepared: str, look: Look) -> Colours:
    """Return the colours of all products."""
    split = cached_data.split(run.config.dataset, prepared)
    if look.colour == "price":
        price = split.catalogue.frame["price"].to_numpy(np.float64)
        return map_colours.by_number(price, "Price", log=True)
    if look.colour == "degree":
        degree = split.graph.degree.astype(np.float64)
        return map_colours.by_number(degree, "Training pairs", log=True)
    return map_colours.by_value(values_of(run, prepared, look), look.highlighted)


def values_of(run: Run, prepared: str, look: Look) -> pd.Series:
    """Return the value to colour each product by, "" for none; regions are those of `run`'s map."""
    split = cached_data.split(run.config.dataset, prepared)
    if look.colour == "seen":
        return pd.Series(np.where(split.seen, "seen", "unseen"))
    if look.colour != "region":
        return split.catalogue.frame[look.colour]
    names = np.full(split.n_products, "", object)
    projection = cached_lookups.projection(run, look.settings)
    if projection is not None:
        table = projection.table
        labels = cached_lookups.labels(run, prepared, look.settings) if look.is_flat else []
        region = table["region"].to_numpy()
        n_regions = int(region.max(initial=-1)) + 1
        labels = [*labels, *[""] * (n_regions - len(labels))]
        texts = [f"{number} {label or MIXED}" for number, label in enumerate(labels, 1)]
        # The last one stands for -1: no region.
        names[table["product"].to_numpy()] = np.array([*texts, ""], object)[region]
    return pd.Series(names)
