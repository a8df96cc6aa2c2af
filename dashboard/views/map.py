"""Map: a run's vectors, coloured, searched and selected, next to another run's."""

from __future__ import annotations

import streamlit as st

from core.explore.map import runs_with_vectors
from core.models.registry import default_model
from dashboard import cached_data, cached_lookups, page_frame
from dashboard.parts import map_selection, product_line, product_search, run_tables
from dashboard.parts.draw_maps import one_map, two_maps
from dashboard.parts.export_panel import export_panel
from dashboard.parts.map_controls import choose_look, choose_runs
from dashboard.parts.map_drift import drift_list
from dashboard.parts.map_exports import exports
from dashboard.parts.map_select_by_filter import select_by_filter
from dashboard.parts.map_slot import ITEM, MapSlot
from dashboard.parts.selection_view import selection_view

with page_frame.page_body() as page:
    runs = runs_with_vectors(page.need_runs(with_stopped=True))
    dataset, prepared = page.need_split()
    split = cached_data.split(dataset, prepared)
    st.session_state["_split"] = (dataset, prepared)
    if not runs:
        st.info(
            "None of the trained models has vectors. Train one that learns an embedding.",
            title="No model with vectors yet",
            icon=":material/model_training:",
        )
        page_frame.go_to("train", "Train skip-gram", primary=True, models=[default_model()])
        page_frame.end_page()
    if page.presenter:
        row = st.container(horizontal=True, vertical_alignment="bottom")
        with row, product_line.folded(ITEM):
            item = product_search.choose(dataset, prepared, ITEM)
    else:
        item = product_search.choose(dataset, prepared, ITEM)
        row = st.container(horizontal=True, vertical_alignment="bottom")
    names = run_tables.names_of(runs)
    by_id = {run.id: run for run in runs}
    with row:
        first, second = choose_runs(by_id, names)
        look = choose_look(page, by_id[first])
        if not page.presenter:
            projection = cached_lookups.projection(by_id[first], look.settings)
            shown = None if projection is None else projection.table["product"].to_numpy()
            select_by_filter(dataset, prepared, shown)
    map_selection.restore()
    if second is None:
        one_map(MapSlot(by_id[first], names[first], prepared), look, item)
    else:
        chosen = {"a": first, "b": second}
        slots = [
            MapSlot(by_id[run_id], names[run_id], prepared, place, is_half=True)
            for place, run_id in chosen.items()
        ]
        two_maps(slots, look, item)
        drift_list(*slots)
    if selection := map_selection.current_selection():
        selection_view(split, selection)
    if not page.presenter:
        with st.expander("Download", icon=":material/download:"):
            exports(split, by_id[first], prepared, look)
        export_panel({first: by_id[first], **by_id}, names, "vectors")
