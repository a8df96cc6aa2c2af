"""Compare, results: the table, the significance of differences, the published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.evaluation.significance import ABOUT_INTERVALS
from core.evaluation.table import columns, shown_table
from core.runs.run_folder import Run
from dashboard import page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import figures_and_tables, run_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns
from dashboard.parts.compare_differences import differences
from dashboard.parts.run_tables import Row


def results(chosen: ChosenRuns) -> None:
    """Draw the results table, the significance of differences, and the published figures."""
    with st.spinner("Computing the differences to the baseline"):
        rows = run_tables.with_differences(chosen.rows, list(chosen.by_id.values()))
    chosen = replace(chosen, rows=rows)
    st.subheader("Results")
    _table(rows, chosen.runs)

    def html() -> bytes:
        return figures_and_tables.html_page(shown_table(rows, elsewhere=True), chosen.name)

    with st.container(horizontal=True):
        st.download_button(
            "Results as CSV", lambda: pd.DataFrame(rows).to_csv(index=False).encode(),
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
        _published(rows, chosen.name)


def _table(rows: Sequence[Row], runs: Sequence[Run]) -> None:
    """Draw the results table, with intervals or with all columns if the reader wants them."""
    with_intervals = all_columns = False
    if not page_frame.presenter():
        with st.container(horizontal=True):
            with_intervals = url_widgets.switch(
                "With intervals", key="with-intervals",
                help=f"{ABOUT_INTERVALS} All runs are measured on the same pairs, so intervals may "
                    "overlap although one run is significantly better: see the differences below.",
            )  # fmt: skip
            all_columns = url_widgets.switch(
                "All columns", key="all-columns",
                help="Also differences to the baseline, more measures and the published figures",
            )  # fmt: skip
    if with_intervals:
        rows = run_tables.with_intervals(rows, runs)
    shown = columns("comparison" if with_intervals else "table" if all_columns else "presenter")
    figures_and_tables.table(
        run_tables.styled_table(rows, shown), key="results-table", height="content",
        alt="Results of the runs",
        column_config=run_tables.column_config(shown, with_intervals),
    )  # fmt: skip
    st.caption(
        f"{run_tables.LEGEND} Published figures were measured on other data, and are not ranked "
        "with ours."
    )


def _published(rows: Sequence[Row], name: str) -> None:
    """Draw the study's published figures and ours."""
    st.subheader("Published and ours")
    figure = result_charts.published_and_ours(list(rows))
    figures_and_tables.plot(figure, "published", alt="Published figures and ours")
    shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
    figures_and_tables.figure_downloads(
        figure, lambda: pd.DataFrame(rows)[["label", "run", *shown]], f"{name}-published",
        "published",
    )  # fmt: skip
