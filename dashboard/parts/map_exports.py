"""Map, download: the map as it is drawn, and its coordinates."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.graph.split import Split
from core.runs.run_folder import Run
from dashboard import cached_lookups
from dashboard.parts import figures_and_tables
from dashboard.parts.cached_map_figures import Look, base_figure


def exports(split: Split, run: Run, prepared: str, look: Look) -> None:
    """Draw the buttons that download the map."""
    ids = split.catalogue.frame["id"]
    projection = cached_lookups.projection(run, look.settings)
    with st.container(horizontal=True):
        if projection is not None:
            table, name = projection.table, f"{run.id}-{look.settings.name}"

            def csv() -> bytes:
                own = ids.iloc[table["product"]].to_numpy()
                return table.assign(id=own).to_csv(index=False).encode()

            _download("Map as CSV", csv, f"{name}.csv", key="map-csv")
            # A copy of the figure takes long, so it is made on request.
            figures_and_tables.download_html(
                lambda: base_figure(run, prepared, look)[1], name, "map-html"
            )


def _download(label: str, data: Callable[[], bytes], file_name: str, key: str) -> None:
    st.download_button(
        label, data, file_name=file_name, key=key, on_click="ignore", icon=":material/download:"
    )
