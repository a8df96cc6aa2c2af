"""A missing map: offer it, make it in the background, and show the progress."""

from __future__ import annotations

import shlex

import streamlit as st

from core.explore.map import is_being_made, map_arguments, map_stage
from core.explore.umap_projection import MapSettings
from core.jobs.app_jobs import map_job, start_map
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame


def offer_map(run: Run, label: str, settings: MapSettings) -> None:
    """Show that a map is missing and the button that makes it, or how far it is."""
    if is_under_way(run, settings):
        wait_for(run, settings)
        return
    if error := map_job(cached_data.store(), run, settings).error:
        st.error(page_frame.plain(error), icon=":material/build:")
    command = shlex.join(["python", "-m", "core", *map_arguments(run, settings)])
    st.info(
        "Making it takes about half a minute for 20,000 products, in the background. "
        f"From the command line: {page_frame.plain(command)}",
        title=f"No {settings.dimensions}-D map of {page_frame.plain(label)} with these settings",
        icon=":material/map:",
    )
    st.button(
        "Make the map", type="primary", icon=":material/play_arrow:", on_click=start_map,
        args=(cached_data.store(), run, settings), key=f"make-{run.id}-{settings.name}",
    )  # fmt: skip


def is_under_way(run: Run, settings: MapSettings) -> bool:
    """Return whether the map is being made, by its job or by the process that trained the run."""
    return map_job(cached_data.store(), run, settings).is_running() or is_being_made(run, settings)


@st.fragment(run_every="1s")
@page_frame.guarded
def wait_for(run: Run, settings: MapSettings) -> None:
    """Follow the process that makes a map; draw the page again when it is done."""
    if run.map(settings.name) is not None or not is_under_way(run, settings):
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top:", width="content")
        stage = map_stage(run, settings).removeprefix("map: ") or "starting"
        st.text(
            f"The map is being made: {stage}. This takes about half a minute for 20,000 products; "
            "the page shows the map as soon as it is ready."
        )
