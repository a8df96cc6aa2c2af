"""Map, figure: a run's map with the chosen product, and how reliable it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.explore.true_pairs import HELD_OUT, NONE, TRAINING
from core.explore.umap_projection import MapFacts, MapSettings
from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.charts import map_charts, map_labels
from dashboard.parts import figures_and_tables, product_search
from dashboard.parts.map_selection import current_selection, selected
from dashboard.parts.missing_map import offer_map

ITEM = "at"  # key of the chosen product, in the address and in the session
K = 15
SIGNS = {TRAINING: "✓", HELD_OUT: "★ hit", NONE: "–"}


class Look(NamedTuple):
    """How the maps are drawn.

    Attributes
    ----------
    colour : str
        A column of the catalogue, ``degree``, ``seen`` or ``region``.
    names : bool
        Whether the regions are named on the map.
    settings : MapSettings
        Of the map itself.
    """

    colour: str
    names: bool
    settings: MapSettings

    @property
    def is_flat(self) -> bool:
        return self.settings.dimensions == 2


def base_figure(run: Run, prepared: str, look: Look) -> tuple[pd.DataFrame, go.Figure]:
    """Return the points of a map and its figure without a chosen product; the caller owns both."""
    stamp = run.map_stamp(look.settings.name)
    points, figure = _base_figure(str(run.folder), prepared, look, stamp)
    return points, go.Figure(figure)


# As data, so that every session gets a copy; copying a shared figure is not safe in threads.
@st.cache_data(max_entries=12, show_spinner="Drawing the map", hash_funcs={MapSettings: repr})
def _base_figure(
    folder: str, prepared: str, look: Look, stamp: int
) -> tuple[pd.DataFrame, dict[str, Any]]:
    run = Run(Path(folder))
    projection = cached_lookups.projection(run, look.settings)
    assert projection is not None  # the caller has seen it
    table = projection.table
    split = cached_data.split(run.config.dataset, prepared)
    products = table["product"].to_numpy()
    catalogue = split.catalogue.frame.iloc[products].reset_index(drop=True)
    title = titles_of(run, prepared, table, np.arange(len(table)))
    points = map_labels.with_titles(table, title)
    labels = cached_lookups.labels(run, prepared, look.settings) if look.is_flat else []
    if look.colour == "price":
        values = catalogue["price"].to_numpy(float)
        figure = map_charts.by_number(points, values, "Price", log=True)
    elif look.colour == "degree":
        degree = split.graph.degree[products].astype(float)
        figure = map_charts.by_number(points, degree, "Training pairs", log=True)
    else:
        if look.colour == "seen":
            values = pd.Series(np.where(split.seen[products], "seen", "unseen"))
        elif look.colour == "region":
            texts = {number: f"{number + 1} {text}".strip() for number, text in enumerate(labels)}
            values = table["region"].map(
                lambda number: texts.get(number, f"{number + 1}") if number >= 0 else ""
            )
        else:
            values = catalogue[look.colour]
        figure = map_charts.by_group(points, *map_charts.top_groups(values))
    if "title" not in points and look.is_flat:
        known = np.argsort(-split.graph.degree[products], kind="stable")[: map_labels.NAMED]
        map_labels.add_hover_titles(figure, points, known, title.iloc[known])
    if look.names and look.is_flat:
        map_labels.with_labels(figure, table, labels)
    return points, figure.to_plotly_json()


@dataclass(frozen=True)
class Panel:
    """One of the maps on the page.

    Attributes
    ----------
    run : Run
    label : str
        What the run is called.
    prepared : str
        Name of the prepared split.
    place : str
        ``a`` for the first map, ``b`` for the second.
    is_half : bool
        Whether two maps share the width.
    """

    run: Run
    label: str
    prepared: str
    place: str = "a"
    is_half: bool = False


def one_map(panel: Panel, look: Look, item: int | None) -> None:
    """Draw one map and, next to it, the chosen product with its neighbours by vector."""
    if item is None:
        draw(panel, look, item)
        return
    left, right = st.columns([3, 1.3])
    with left, page_frame.boundary():
        draw(panel, look, item)
    with right:
        product_search.card(_split_of(panel), item)
        nearest_table(panel, item)


def two_maps(panels: Sequence[Panel], look: Look, item: int | None) -> None:
    """Draw two maps side by side; what is chosen or selected on one is marked on both."""
    if item is not None:
        product_search.card(_split_of(panels[0]), item)
    for column, panel in zip(st.columns(2), panels):
        with column, page_frame.boundary():
            figures_and_tables.heading(panel.label, panel.run.config.model)
            draw(panel, look, item)
            if item is not None:
                nearest_table(panel, item)


def draw(panel: Panel, look: Look, item: int | None) -> None:
    """Draw one run's map with the chosen product, and say how reliable it is.

    Parameters
    ----------
    panel : Panel
    look : Look
    item : int or None
        The chosen product.
    """
    projection = cached_lookups.projection(panel.run, look.settings)
    if projection is None:
        offer_map(panel.run, panel.label, look.settings)
        return
    table = projection.table
    points, figure = base_figure(panel.run, panel.prepared, look)
    rows = pd.Series(np.arange(len(table)), index=table["product"])
    chosen, near = None, np.empty(0, np.int64)
    if item is not None and item in rows.index:
        chosen = int(rows[item])
        around = cached_lookups.nearest_vectors(panel.run, panel.prepared, item, K)["product"]
        near = rows.reindex(around).dropna().to_numpy(np.int64)
    marked = np.empty(0, np.int64)
    if (selection := current_selection()) and selection[1] != panel.place:
        marked = rows.reindex(selection[0]).dropna().to_numpy(np.int64)
    figure = map_charts.highlight(figure, points, chosen, near, marked)
    was_searched = st.session_state.get(f"{ITEM}-found-by-search", True)
    if chosen is not None and was_searched and look.is_flat:
        map_charts.fly_to(figure, points, np.concatenate([[chosen], near]))
        figure.update_layout(uirevision=f"at-{item}")
        if "title" not in points:
            shown = map_labels.in_view(figure, points)
            titles = titles_of(panel.run, panel.prepared, table, shown)
            map_labels.add_hover_titles(figure, points, shown, titles)
    if panel.is_half:
        map_charts.legend_below(figure)
    if look.is_flat:
        map_labels.tidy_labels(figure, *plot_size(panel.is_half or item is not None))
    _plot(figure, panel, table, len(points))
    _captions(points, look, len(marked))
    st.caption(page_frame.plain(map_quality(projection.facts, item is not None and chosen is None)))


def _split_of(panel: Panel) -> Split:
    return cached_data.split(panel.run.config.dataset, panel.prepared)


def _plot(figure: go.Figure, panel: Panel, table: pd.DataFrame, n_points: int) -> None:
    st.session_state[f"_rows-{panel.place}"] = table["product"].to_numpy()
    sharpness = 1 if n_points > map_charts.MANY else 2
    figures_and_tables.plot(
        figure, f"map-{panel.place}", name=f"map-{panel.run.id}",
        on_select=lambda: selected(panel.place, ITEM),
        selection_mode=("points", "box", "lasso"), width="stretch",
        config={"scrollZoom": True, "plotGlPixelRatio": sharpness},
        alt=f"Map of the vectors of {panel.label}", copy=False,
    )  # fmt: skip


def _captions(points: pd.DataFrame, look: Look, n_marked: int) -> None:
    if not look.is_flat:
        st.caption("In three dimensions points cannot be clicked; hover over one for its title.")
    elif "title" not in points:
        st.caption(
            f"Only the {map_labels.NAMED:,} products with the most pairs, or those around a "
            "product that was searched for, show their title. Click any point for its card."
        )
    if n_marked:
        st.caption(f"Magenta: {n_marked:,} products selected on the other map.")


def plot_size(shared: bool) -> tuple[int, int]:
    """Return the width of a map on a 1440-pixel screen, and the font size of its names."""
    if page_frame.presenter():
        return (460 if shared else 800), 17
    return (560 if shared else 920), 12


def titles_of(run: Run, prepared: str, table: pd.DataFrame, rows: np.ndarray) -> pd.Series:
    """Return the titles, or else the ids, of the products at some rows of a map."""
    frame_ = cached_data.split(run.config.dataset, prepared).catalogue.frame
    frame_ = frame_[["title", "id"]].iloc[table["product"].to_numpy()[rows]]
    return frame_["title"].where(frame_["title"] != "", frame_["id"])


def nearest_table(panel: Panel, item: int) -> None:
    """Draw the closest products by vector, which the lines on the map lead to."""
    run, prepared = panel.run, panel.prepared
    width = 556 if panel.is_half else 324
    table = cached_lookups.nearest_vectors(run, prepared, item, K)
    if table.empty:
        st.caption("It has no training pair, so this model has learned no vector for it.")
        product_search.offer_another(_split_of(panel), ITEM, f"-{run.id}")
        return
    known = cached_lookups.true_pairs(run.config.dataset, prepared).named(
        item, table["product"].to_numpy()
    )
    table["pair"] = [SIGNS[known.get(other, (NONE, []))[0]] for other in table["product"]]
    table["product"] = table["title"].where(table["title"] != "", table["id"])
    cosine, pair = (78, 82) if page_frame.presenter() else (64, 68)
    figures_and_tables.table(
        table.rename(columns={"score": "cosine"})[
            ["product", "cosine", "pair", "category", "brand"]
        ],
        height="content", key=f"nearest-{run.id}",
        row_height=figures_and_tables.row_height(2),
        alt="Nearest products by vector",
        column_config={
            "product": st.column_config.TextColumn(width=width - cosine - pair),
            "cosine": st.column_config.NumberColumn(format="%.3f", width=cosine),
            "pair": st.column_config.TextColumn(
                width=pair, help="★ hit: a held-out pair; ✓: a training pair; – none"
            ),
            # Hidden at first; the table's menu shows them, and they are in its CSV.
            "category": None,
            "brand": None,
        },
    )  # fmt: skip


def map_quality(facts: MapFacts, missing: bool) -> str:
    """Return what the map shows, how it was sampled and how many neighbours it preserves."""
    text = f"{facts['points']:,} products"
    if facts["points"] < facts["candidates"]:
        text += f", a sample by category of {facts['candidates']:,}"
    if facts["left_out"]:
        text += f"; {facts['left_out']:,} without a learned vector are left out"
    is_cosine = facts.get("metric", "cosine") == "cosine"
    distance = "cosine" if is_cosine else "Euclidean distance"
    text += (
        f". Of the {facts['preserved_neighbours']} nearest by {distance}, {facts['preserved']:.0%} "
        f"are also nearest on the map (on {facts['preserved_checked']:,} products): trust the "
        "lines, not the distances."
    )
    if not is_cosine:
        text += " The lines lead to the nearest by cosine."
    return text + (" The chosen product is not on this map." if missing else "")
