"""Compare, results: the table, the significance of differences, the published figures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.evaluation.measures import BY_NAME, SORTED_BY
from core.evaluation.significance import ABOUT_INTERVALS
from core.evaluation.table import columns, shown_table
from dashboard import page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import figures_and_tables, run_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns
from dashboard.parts.compare_differences import differences
from dashboard.parts.run_tables import Row

# With more runs than this the table scrolls, at this height in pixels.
MOST_ROWS, TABLE_HEIGHT, PRESENTER_TABLE_HEIGHT = 10, 388, 532


def results(chosen: ChosenRuns) -> None:
    """Draw the results table, the significance of differences, and the published figures."""
    _table(chosen)

    def rows() -> list[Row]:
        return run_tables.with_differences(chosen.rows, list(chosen.by_id.values()))

    def html() -> bytes:
        return figures_and_tables.html_page(shown_table(rows(), elsewhere=True), chosen.name)

    with st.container(horizontal=True):
        st.download_button(
            "Results as CSV", lambda: pd.DataFrame(rows()).to_csv(index=False).encode(),
            file_name=f"{chosen.name}-results.csv", mime="text/csv", key="results-csv",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "Results as HTML", html, file_name=f"{chosen.name}-results.html", mime="text/html",
            key="results-html", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        differences(chosen)
    with right:
        _published(chosen.rows, chosen.name)


def _table(chosen: ChosenRuns) -> None:
    """Draw the table of all runs, those that are not chosen in grey; a click chooses one."""
    warning = run_tables.small_data_warning(list(chosen.by_id.values()))
    if warning:
        st.warning(warning, icon=":material/warning:")
    with_intervals, all_columns = bool(warning), False
    if not page_frame.presenter():
        with st.container(horizontal=True):
            with_intervals = url_widgets.switch(
                "With intervals",
                key="with-intervals",
                default=bool(warning),
                help=f"{ABOUT_INTERVALS} All runs are evaluated on the same pairs, so intervals "
                "may overlap although one run is significantly better: see the differences below.",
            )
            all_columns = url_widgets.switch(
                "All columns",
                key="all-columns",
                help="Also differences from the baseline, more measures and the published figures",
            )
    rows, runs = list(chosen.all_rows), list(chosen.by_id.values())
    if all_columns:
        with st.spinner("Computing the differences from the baseline"):
            rows = run_tables.with_differences(rows, runs)
    if with_intervals:
        rows = run_tables.with_intervals(rows, [chosen.by_id[row["run"]] for row in rows])
    shown = columns(
        "comparison" if with_intervals else "full_table" if all_columns else "app_table"
    )
    ids = [row["run"] for row in rows]
    colours = chosen.shades
    marked = [place for place, run_id in enumerate(ids) if run_id in colours]
    st.session_state["_results"] = ids
    # A new key where the choice was made elsewhere: the table keeps its own ticks otherwise.
    if st.session_state.get("_ticked") != sorted(colours):
        st.session_state["_results_number"] = st.session_state.get("_results_number", 0) + 1
    st.session_state["_ticked"] = sorted(colours)
    height = PRESENTER_TABLE_HEIGHT if page_frame.presenter() else TABLE_HEIGHT
    key = f"results-table-{st.session_state['_results_number']}"
    figures_and_tables.table(
        run_tables.styled_table(rows, shown, quiet=set(ids) - set(colours)),
        key=key,
        height="content" if len(rows) <= MOST_ROWS else height,
        alt="Results of the runs",
        column_config=run_tables.column_config(shown, with_intervals),
        on_select=lambda: _choose(key),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": marked}},
    )
    st.caption(
        f"Sorted by {BY_NAME[SORTED_BY].heading}. Figures below show the ticked runs. "
        f"{run_tables.LEGEND}"
    )


def _choose(key: str) -> None:
    """Choose the runs that are ticked in the table; a callback."""
    ids, rows = st.session_state["_results"], st.session_state[key]["selection"]["rows"]
    st.session_state["runs"] = [ids[row] for row in sorted(rows)]
    st.session_state["_ticked"] = sorted(st.session_state["runs"])


def _published(rows: Sequence[Row], name: str) -> None:
    """Draw the study's published figures and ours."""
    st.subheader("Published and ours")
    figure = result_charts.published_and_ours(list(rows))
    figures_and_tables.plot(figure, "published", alt="Published figures and ours")
    shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
    figures_and_tables.figure_downloads(
        figure,
        lambda: pd.DataFrame(rows)[["label", "run", *shown]],
        f"{name}-published",
        "published",
    )
