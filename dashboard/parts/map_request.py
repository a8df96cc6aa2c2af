"""A map that does not exist yet: offered, made in a process of its own, and followed."""

from __future__ import annotations

import shlex
import time

import streamlit as st

from core.explore.map import being_made, map_arguments, start_map
from core.explore.umap_projection import MapSettings
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame

# Seconds that a new process may take before it holds the lock.
STARTING = 20


def offer_map(run: Run, label: str, settings: MapSettings) -> None:
    """Show that a map is missing and the button that makes it, or how far it is."""
    if under_way(run, settings):
        wait_for(run, settings)
        return
    if error := error_of(run, settings):
        st.error(page_frame.plain(error), icon=":material/build:")
    command = shlex.join(["python", "-m", "core", *map_arguments(run, settings)])
    st.info(
        "Making it takes about half a minute for 20,000 products, in the background. "
        f"From the command line: {page_frame.plain(command)}",
        title=f"No {settings.dimensions}-D map of {page_frame.plain(label)} with these settings",
        icon=":material/map:",
    )
    st.button(
        "Make the map", type="primary", icon=":material/play_arrow:", on_click=_start,
        args=(run, settings), key=f"make-{run.id}-{settings.name}",
    )  # fmt: skip


def _start(run: Run, settings: MapSettings) -> None:
    start_map(cached_data.store(), run, settings)
    st.session_state[f"_asked-{run.id}-{settings.name}"] = time.monotonic()


def under_way(run: Run, settings: MapSettings) -> bool:
    """Return whether the map is being made, or its process has only just been started."""
    asked = st.session_state.get(f"_asked-{run.id}-{settings.name}")
    starting = asked is not None and time.monotonic() - asked < STARTING
    return being_made(run, settings) or (starting and not error_of(run, settings))


def error_of(run: Run, settings: MapSettings) -> str:
    """Return the error that ended the process that was to make the map, or ""."""
    log = run.map_log(settings.name)
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines and "Error" in lines[-1] else ""


@st.fragment(run_every="1s")
@page_frame.guarded
def wait_for(run: Run, settings: MapSettings) -> None:
    """Follow the process that makes a map; draw the page again when it is done."""
    if run.map(settings.name) is not None or not under_way(run, settings):
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top:", width="content")
        st.text(
            "The map is being made: exact neighbours, then UMAP, which first compiles parts of "
            "itself, then regions. The page follows."
        )
