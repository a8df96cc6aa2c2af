"""A map that is not there: offered, made in a process of its own, and followed until it is."""

from __future__ import annotations

import time

import streamlit as st

from core.explore.make_map import being_made, start_map
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame

# Seconds that a new process may take before it holds the lock.
STARTING = 20


def offer_map(run: Run, label: str, dimensions: int) -> None:
    """Show that a map is missing and the button that makes it, or how far it is."""
    if under_way(run, dimensions):
        wait_for(run, dimensions)
        return
    if error := said_error(run, dimensions):
        st.error(page_frame.plain(error), icon=":material/build:")
    st.info(
        f"It is computed once, in a process of its own: about half a minute for 20,000 products. "
        f"From the command line: python -m core map {run.config.dataset} --run {run.id} "
        f"--dimensions {dimensions}",
        title=f"No {dimensions}-D map of {page_frame.plain(label)} yet",
        icon=":material/map:",
    )
    st.button(
        "Make the map", type="primary", icon=":material/play_arrow:", on_click=_start,
        args=(run, dimensions), key=f"make-{run.id}-{dimensions}",
    )  # fmt: skip


def _start(run: Run, dimensions: int) -> None:
    start_map(cached_data.store(), run, dimensions)
    st.session_state[f"_asked-{run.id}-{dimensions}"] = time.monotonic()


def under_way(run: Run, dimensions: int) -> bool:
    """Return whether the map is being made, or its process has only just been started."""
    asked = st.session_state.get(f"_asked-{run.id}-{dimensions}")
    starting = asked is not None and time.monotonic() - asked < STARTING
    return being_made(run, dimensions) or (starting and not said_error(run, dimensions))


def said_error(run: Run, dimensions: int) -> str:
    """Return what the process that was to make the map died of, or ""."""
    log = run.map_log(dimensions)
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines and "Error" in lines[-1] else ""


@st.fragment(run_every="1s")
@page_frame.guarded
def wait_for(run: Run, dimensions: int) -> None:
    """Follow the process that makes a map; draw the page again when it is done."""
    if run.map(dimensions) is not None or not under_way(run, dimensions):
        st.rerun()
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top:", width="content")
        st.text("The map is being made: exact neighbours, layout, regions. The page follows.")
