"""Map, figure: one map, or two aligned ones, with the chosen product and the selection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import cached_lookups, page_frame
from dashboard.charts import map_charts, map_labels
from dashboard.parts import figures_and_tables, product_line
from dashboard.parts.cached_map_figures import Look, base_figure, hover_texts, pair_figure
from dashboard.parts.map_nearest import nearest_table
from dashboard.parts.map_selection import current_selection, selected
from dashboard.parts.map_slot import ITEM, K, MapSlot, map_quality, split_of
from dashboard.parts.map_twin_ring import mark_twins
from dashboard.parts.missing_map import offer_map

# The minimum height of a map, and the height of everything above it; see `window_frame`.
HEIGHTS, PRESENTER_HEIGHTS = (24, 20), (24, 9.5)
CARD = 6  # height of a product's card, in the same units
# The same of a map with its legend below, and of two maps with the line that names them.
LEGEND_BELOW, PAIR_HEIGHTS, PRESENTER_PAIR_HEIGHTS = (36, 20), (30, 22), (24, 11.5)
PHONE_WIDTH = 330  # pixels
PAIR = "map-pair"  # key of the figure with two maps


def one_map(slot: MapSlot, look: Look, item: int | None) -> None:
    """Draw one map and, next to it, the chosen product with its neighbours by vector."""
    if item is None:
        draw(slot, look, item)
        return
    left, right = st.columns([3, 1.3])
    with left, page_frame.boundary():
        draw(slot, look, item)
    with right:
        product_line.card(split_of(slot), item)
        # As high as the map, or the selection would be far below it.
        least, above = PRESENTER_HEIGHTS if page_frame.presenter() else HEIGHTS
        with figures_and_tables.window_frame("nearest-frame", least - CARD, above + CARD):
            nearest_table(slot, item, look.settings.metric)


def two_maps(slots: Sequence[MapSlot], look: Look, item: int | None) -> None:
    """Draw two maps side by side; what is chosen or selected on one is marked on both."""
    ready = [cached_lookups.projection(slot.run, look.settings) is not None for slot in slots]
    for column, slot in zip(st.columns(2), slots):
        with column:
            figures_and_tables.heading(slot.label, slot.run.config.model)
    if all(ready) and look.is_flat:
        with page_frame.boundary():
            _aligned(slots, look, item)
    else:
        for column, slot in zip(st.columns(2), slots):
            with column, page_frame.boundary():
                draw(slot, look, item)
    if item is not None:
        product_line.card(split_of(slots[0]), item)
        for column, slot in zip(st.columns(2), slots):
            with column:
                nearest_table(slot, item, look.settings.metric)


def draw(slot: MapSlot, look: Look, item: int | None) -> None:
    """Draw one run's map with the chosen product, and say how reliable it is.

    Parameters
    ----------
    slot : MapSlot
    look : Look
    item : int or None
        The chosen product.
    """
    projection = cached_lookups.projection(slot.run, look.settings)
    if projection is None:
        offer_map(slot.run, slot.label, look.settings)
        return
    points, figure = base_figure(slot.run, slot.prepared, look)
    marks = _marks(slot, look, points, item)
    map_charts.highlight(figure, points, *marks)
    chosen, near, _ = marks
    was_searched = st.session_state.get(f"{ITEM}-found-by-search", True)
    if chosen is not None and was_searched and look.is_flat:
        map_charts.zoom_to(figure, points, np.concatenate([[chosen], near]))
        figure.update_layout(uirevision=f"at-{item}")
        if "hover" not in points:
            shown = map_labels.in_view(figure, points)
            products = points["product"].to_numpy()[shown]
            texts = pd.Series(hover_texts(split_of(slot), products))
            map_labels.add_hover_texts(figure, points, shown, texts)
    is_below = slot.is_half or page_frame.on_phone()
    if is_below:
        map_charts.legend_below(figure)
    else:
        map_charts.legend_under_tool_bar(figure)
    if is_below or item is not None:
        map_charts.narrow_legend(figure)
    if look.is_flat:
        tidy(figure, slot.is_half or item is not None)
    usual = PRESENTER_HEIGHTS if page_frame.presenter() else HEIGHTS
    heights = LEGEND_BELOW if is_below else usual
    with figures_and_tables.window_frame(f"map-frame-{slot.place}", *heights):
        _plot(figure, f"map-{slot.place}", f"map-{slot.run.id}", slot.label, len(points))
    _captions(points, look)
    st.caption(page_frame.plain(map_quality(projection.facts, item is not None and chosen is None)))


def _aligned(slots: Sequence[MapSlot], look: Look, item: int | None) -> None:
    """Draw two flat maps as one figure, and say how reliable they are."""
    first, second = slots
    pair = pair_figure(first.run, second.run, first.prepared, look)
    for slot, points, is_second in zip(slots, pair.points, (False, True)):
        marks = _marks(slot, look, points, item)
        map_charts.highlight(pair.figure, points, *marks, is_second=is_second)
    map_charts.narrow_legend(map_charts.legend_below(pair.figure))
    tidy(pair.figure, True)
    heights = PRESENTER_PAIR_HEIGHTS if page_frame.presenter() else PAIR_HEIGHTS
    with figures_and_tables.window_frame("map-frame-pair", *heights):
        mark_twins(PAIR)
        name = f"map-{first.run.id}-{second.run.id}"
        _plot(pair.figure, PAIR, name, f"{first.label} and {second.label}", len(pair.points[0]))
    _captions(pair.points[0], look)
    st.caption(
        f"The second map is rotated and scaled to fit the first on their {pair.n_common:,} common "
        f"products (Procrustes): their positions agree with R² = {pair.agreement:.2f}."
    )
    for slot, column in zip(slots, st.columns(2)):
        projection = cached_lookups.projection(slot.run, look.settings)
        if projection is not None:
            column.caption(page_frame.plain(map_quality(projection.facts, missing=False)))


def _marks(
    slot: MapSlot, look: Look, points: pd.DataFrame, item: int | None
) -> tuple[int | None, np.ndarray, np.ndarray]:
    """Return the rows of the chosen product, of its nearest and of the selected products."""
    rows = pd.Series(np.arange(len(points)), index=points["product"])
    chosen, near = None, np.empty(0, np.int64)
    if item is not None and item in rows.index:
        chosen = int(rows[item])
        around = cached_lookups.nearest_vectors(
            slot.run, slot.prepared, item, K, look.settings.metric
        )["product"]
        near = rows.reindex(around).dropna().to_numpy(np.int64)
    selection = current_selection()
    marked = rows.reindex(selection.products).dropna().to_numpy(np.int64) if selection else ()
    return chosen, near, np.asarray(marked, np.int64)


def tidy(figure: go.Figure, shared: bool) -> None:
    """Leave the names of regions that can be read in this window, in the theme's colours.

    Parameters
    ----------
    figure : Figure
    shared : bool
        Whether the map shares the width with another one, or with a table.
    """
    map_labels.tidy_labels(figure, *plot_size(shared))
    map_labels.in_theme(figure, st.context.theme.type or "light")


def _plot(figure: go.Figure, key: str, name: str, label: str, n_points: int) -> None:
    sharpness = 1 if n_points > map_charts.MANY else 2
    figures_and_tables.plot(
        figure, key, name=name, on_select=lambda: selected(key),
        selection_mode=("points", "box", "lasso"), width="stretch", height="stretch",
        config={"scrollZoom": True, "plotGlPixelRatio": sharpness},
        alt=f"Map of the vectors of {label}", copy=False,
    )  # fmt: skip


def _captions(points: pd.DataFrame, look: Look) -> None:
    if not look.is_flat:
        st.caption("In three dimensions points cannot be clicked; hover over one for its title.")
    elif "hover" not in points:
        st.caption(
            f"Only the {map_labels.NAMED:,} products with the most pairs, or those around a "
            "product that was searched for, show their title. Click any point for its card."
        )


def plot_size(shared: bool) -> tuple[int, int, int]:
    """Return width and height of a map on a 1280-pixel screen, and the font size of its names."""
    if page_frame.on_phone():
        return PHONE_WIDTH, 420, 17 if page_frame.presenter() else 12
    if page_frame.presenter():
        return (460 if shared else 800), (390 if shared else 500), 17
    return (480 if shared else 690), 400, 12
