"""A missing map: offer it, make it in the background, and show the progress."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import streamlit as st

from core.explore.map import is_being_made, map_arguments, map_stage, runs_with_vectors
from core.explore.umap_projection import MapSettings
from core.jobs.app_jobs import all_maps_job, map_job, start_all_maps, start_map
from core.jobs.job import Job
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame


def offer_map(run: Run, label: str, settings: MapSettings) -> None:
    """Show that a map is missing and the buttons that make it, or how far it is."""
    if is_under_way(run, settings):
        wait_for(run, settings)
        return
    for job in _jobs(run, settings):
        if job.error:
            st.error(page_frame.plain(job.error), icon=":material/build:")
    command = shlex.join(["python", "-m", "core", *map_arguments(run, settings)])
    st.info(
        "A map takes about half a minute for 20,000 products, in the background. "
        f"From the command line: {page_frame.plain(command)}",
        title=f"No {settings.dimensions}-D map of {page_frame.plain(label)} with these settings",
        icon=":material/map:",
    )
    store, dataset = cached_data.store(), run.config.dataset
    with st.container(horizontal=True):
        st.button(
            "Make the map", type="primary", icon=":material/play_arrow:", on_click=start_map,
            args=(store, run, settings), key=f"make-{run.id}-{settings.name}",
        )  # fmt: skip
        missing = runs_without_map(cached_data.all_finished(dataset), settings)
        if len(missing) > 1:
            st.button(
                f"Make all {len(missing)} missing maps", icon=":material/playlist_play:",
                on_click=start_all_maps, args=(store, dataset, settings),
                key=f"make-all-{run.id}-{settings.name}",
            )  # fmt: skip


def runs_without_map(runs: Sequence[Run], settings: MapSettings) -> list[Run]:
    """Return the runs that have vectors and no map with these settings."""
    return [run for run in runs_with_vectors(runs) if not run.map_stamp(settings.name)]


def is_under_way(run: Run, settings: MapSettings) -> bool:
    """Return whether the map is being made, or waits for others of a job that makes them all."""
    return any(job.is_running() for job in _jobs(run, settings)) or is_being_made(run, settings)


def _jobs(run: Run, settings: MapSettings) -> tuple[Job, Job]:
    store = cached_data.store()
    return map_job(store, run, settings), all_maps_job(store, run.config.dataset, settings)


@st.fragment(run_every="1s")
@page_frame.guarded
def wait_for(run: Run, settings: MapSettings) -> None:
    """Follow the process that makes a map; draw the page again when it is done."""
    if run.map(settings.name) is not None or not is_under_way(run, settings):
        st.rerun()
    stage = map_stage(run, settings).removeprefix("map: ")
    if stage:
        text = f"The map is being made: {stage}."
    elif _jobs(run, settings)[1].is_running():
        missing = runs_without_map(cached_data.all_finished(run.config.dataset), settings)
        text = f"Maps are being made, one after the other: {len(missing)} left."
    else:
        text = "The map is being made: starting."
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(":material/hourglass_top:", width="content")
        st.text(
            f"{text} One takes about half a minute for 20,000 products; the page shows the map as "
            "soon as it is ready."
        )
