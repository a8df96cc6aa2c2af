"""Compare: the results, curves, thresholds, slices and settings of finished runs."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.evaluation.table import best_first
from core.plural import count_of
from core.runs.result_rows import runs_compared_by_default
from dashboard import cached_data, page_frame, url_widgets
from dashboard.parts import figures_and_tables, run_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns, choose_button
from dashboard.parts.compare_curves import learning, pr_and_roc
from dashboard.parts.compare_results import results
from dashboard.parts.compare_settings import settings
from dashboard.parts.compare_slices import slices
from dashboard.parts.compare_threshold import threshold
from dashboard.parts.run_renaming import rename_popover

PARTS: dict[str, tuple[str, Callable[[ChosenRuns], None]]] = {
    "results": ("Results", results),
    "threshold": ("Threshold", threshold),
    "curves": ("PR and ROC", pr_and_roc),
    "learning": ("Learning", learning),
    "slices": ("Slices", slices),
    "settings": ("Settings", settings),
}


def show_split(name: str) -> None:
    """Change to another split, and choose all of its runs; a callback."""
    st.session_state["split"] = name
    st.session_state.pop("runs", None)


def runs_elsewhere(dataset: str, prepared: str, n_here: int) -> None:
    """Say how many runs were evaluated on other pairs, and offer to show them."""
    n_elsewhere = len(cached_data.all_finished(dataset)) - n_here
    if not n_elsewhere:
        return
    more = count_of(n_elsewhere, "more finished run")
    st.info(
        f"This data set has {more}, evaluated on other pairs, which cannot be compared with "
        "these. Choose another split in the sidebar to see more."
    )
    others = [
        split
        for split in cached_data.store().prepared(dataset)
        if split != prepared and cached_data.finished(dataset, split)
    ]
    if others:
        st.button(
            f"Show the split {page_frame.plain(others[0])}",
            icon=":material/arrow_forward:",
            key="other-split",
            on_click=show_split,
            args=(others[0],),
        )


with page_frame.page_body() as page:
    runs = page.need_runs()
    dataset, prepared = page.dataset, page.prepared
    assert dataset is not None and prepared is not None  # else `need_runs` ends the page
    rows = [dict(row) for row in best_first(run_tables.rows_of(runs))]
    runs_elsewhere(dataset, prepared, len(runs))
    for problem in cached_data.damaged(dataset):
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    ids = [row["run"] for row in rows]
    default_runs = runs_compared_by_default(runs, rows)
    label_of = {row["run"]: row["label"] for row in rows}
    row = st.container(horizontal=True, vertical_alignment="center" if page.presenter else "bottom")
    # A presenter has the parts and, in a popover, the runs on one line.
    parts = row.container(width="stretch") if page.presenter else st.container()
    with row.popover("Runs", icon=":material/checklist:") if page.presenter else row:
        chosen_ids = url_widgets.choices(
            "Runs", ids, key="runs", names=label_of.get, default=default_runs,
            placeholder="Choose runs to compare",
        )  # fmt: skip
        if len(chosen_ids) < len(ids):
            choose_button(f"All {len(ids)}", ids, key="all-runs")
        elif len(ids) > len(default_runs):
            choose_button(f"These {len(default_runs)}", default_runs, key="default-runs")
        if not page.presenter:
            rename_popover(runs, label_of)
    with parts:
        part = url_widgets.part({name: title for name, (title, _) in PARTS.items()}, key="part")
    if not chosen_ids:
        st.info("Choose at least one run above.", icon=":material/checklist:")
        choose_button(f"Choose {count_of(len(default_runs), 'run')}", default_runs, primary=True)
        page_frame.end_page()
    chosen_rows = [row for row in rows if row["run"] in chosen_ids]
    by_id = {run.id: run for run in runs}
    figures_and_tables.highlight_lines()
    draw = PARTS[part][1]
    draw(ChosenRuns(chosen_rows, rows, by_id, f"{dataset}-{prepared}"))
