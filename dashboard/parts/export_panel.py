"""Export: what a run has learned as a file, written in the background."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.config import UserError
from core.explore.exports.export_format import ExportFormat
from core.explore.exports.registry import FORMATS
from core.jobs.app_jobs import export_command, export_job
from core.jobs.job import Job
from core.models.registry import model_entry
from core.runs.atomic_files import modified_ns
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame
from dashboard.parts.export_options_form import choose_options

KEY = "export"
PERCENT = re.compile(r"\((\d+)%\)$")


def export_panel(runs: Mapping[str, Run], names: Mapping[str, str], form: str) -> None:
    """Draw the choice of an export, the button that starts it, its progress and its download.

    Parameters
    ----------
    runs, names : mapping by run id
    form : str
        The format that is chosen at first.
    """
    with st.expander("Export", icon=":material/ios_share:", key=f"{KEY}-panel"):
        left, middle, right = st.columns([2, 3, 3], vertical_alignment="bottom")
        entry = FORMATS[
            left.selectbox(
                "Content",
                list(FORMATS),
                list(FORMATS).index(form),
                key=f"{KEY}-form",
                format_func=lambda name: FORMATS[name].title,
            )
        ]
        able = [run_id for run_id, run in runs.items() if _can_export(run, entry)]
        if not able:
            st.caption(f"{page_frame.plain(entry.about)} None of the trained models can be used.")
            return
        run = runs[
            middle.selectbox(
                "Model", able, key=f"{KEY}-run-{entry.name}", format_func=names.__getitem__
            )
        ]
        ending = right.selectbox(
            "File",
            list(entry.endings),
            key=f"{KEY}-ending-{entry.name}",
            format_func=entry.endings.__getitem__,
        )
        st.caption(page_frame.plain(entry.about))
        try:
            options = choose_options(entry.options, f"{KEY}-{entry.name}")
        except UserError as error:
            st.error(page_frame.plain(str(error)), icon=":material/build:")
            return
        out = (run.folder / "exports" / f"{run.id}-{entry.name}{ending}").resolve()
        store = cached_data.store()
        job = export_job(store, run, entry.name)
        command = export_command(store, run, entry.name, out, options)
        if job.is_running():
            _follow(job)
        elif not (job.command == command and _offer_download(job, run, entry, out)):
            if job.command == command and job.error:
                st.error(page_frame.plain(job.error), icon=":material/build:")
            st.button(
                "Export", type="primary", icon=":material/play_arrow:", key=f"{KEY}-start",
                on_click=job.start, args=(command,),
                disabled="file" in entry.options and options.file is None,
            )  # fmt: skip


def _can_export(run: Run, entry: ExportFormat) -> bool:
    if entry.needs_vectors and not run.vectors_path.exists():
        return False
    if "file" not in entry.options:
        return True
    # Models unknown to this version cannot place products.
    with contextlib.suppress(UserError):
        return model_entry(run.config.model).model_class.places_new_products
    return False


def _offer_download(job: Job, run: Run, entry: ExportFormat, out: Path) -> bool:
    """Draw the downloads of a finished export; return whether there are any."""
    if job.state != "finished" or modified_ns(out) < run.stamp:
        return False
    extra = [out.with_name(out.stem + ending) for ending in entry.companions.get(out.suffix, ())]
    with st.container(horizontal=True, vertical_alignment="center"):
        for number, path in enumerate([out, *extra]):
            st.download_button(
                f"Download {path.name.removeprefix(f'{run.id}-')}", path.read_bytes,
                file_name=path.name, key=f"{KEY}-download-{number}", on_click="ignore",
                icon=":material/download:", type="primary" if number == 0 else "secondary",
            )  # fmt: skip
        facts = job.log().strip().splitlines()[-1].partition(": ")[2]
        st.caption(page_frame.plain(facts), width="content")
    return True


@st.fragment(run_every="1s")
@page_frame.guarded
def _follow(job: Job) -> None:
    """Show how far the export is; draw the page again at the end."""
    if not job.is_running():
        st.rerun()
    lines = job.log().strip().splitlines() or ["starting"]
    percent = PERCENT.search(lines[-1])
    st.progress(int(percent[1]) if percent else 0, page_frame.plain(lines[-1]))
    st.button("Stop", icon=":material/stop:", key=f"{KEY}-stop", on_click=job.stop)
