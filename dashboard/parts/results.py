"""Compare, results: the table, how sure the differences are, the published figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.table import columns, shown_table
from core.runs.run_folder import Run
from dashboard import page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import output, run_tables
from dashboard.parts.run_differences import differences
from dashboard.parts.run_tables import Row


def results(rows: list[Row], all_rows: list[Row], by_id: dict[str, Run], name: str) -> None:
    """Draw the results table, how sure the differences are, and the published figures.

    `all_rows` and `by_id` are all rows and runs, `rows` those of the chosen runs.
    """
    st.subheader("Results")
    with st.spinner("Computing the differences to the baseline"):
        rows = run_tables.with_differences(rows, list(by_id.values()))
    _table(rows, [by_id[row["run"]] for row in rows])

    def html() -> bytes:
        return output.page_of(shown_table(rows, elsewhere=True), name)

    with st.container(horizontal=True):
        st.download_button(
            "Results as CSV", lambda: pd.DataFrame(rows).to_csv(index=False).encode(),
            file_name=f"{name}-results.csv", mime="text/csv", key="results-csv",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        st.download_button(
            "Results as HTML", html, file_name=f"{name}-results.html",
            mime="text/html", key="results-html", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    left, right = st.columns(2)
    with left:
        differences(rows, all_rows, by_id, name)
    with right:
        _published(rows, name)


def _table(rows: list[Row], chosen: list[Run]) -> None:
    """Draw the results table, with intervals if the reader wants them."""
    presenter = page_frame.presenter()
    with_intervals = not presenter and url_widgets.switch(
        "With intervals", key="with-intervals",
        help="95 %: by DeLong's variance for an AUC; by a bootstrap over query products in "
        "ranking. All runs are measured on the same pairs, so the intervals of two runs may "
        "overlap although one is surely better. The differences below tell.",
    )  # fmt: skip
    if with_intervals:
        rows = run_tables.with_intervals(rows, chosen)
    shown = columns("comparison" if with_intervals else "presenter" if presenter else "table")
    output.table(
        run_tables.styled_table(rows, shown), key="results-table", height="content",
        alt="Results of the runs", column_config=run_tables.column_config(shown, with_intervals),
    )  # fmt: skip
    st.caption(
        f"{run_tables.LEGEND} Published figures were measured on other data, and are not ranked "
        "with ours."
    )


def _published(rows: list[Row], name: str) -> None:
    st.subheader("Published and ours")
    figure = result_charts.published_and_ours(rows)
    output.plot(figure, "published", alt="Published figures beside ours")
    shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
    output.downloads(
        figure, lambda: pd.DataFrame(rows)[["label", "run", *shown]], f"{name}-published",
        "published",
    )  # fmt: skip
