"""Compare, results: both tables, how sure the differences are, the published figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.table import shown_table
from core.runs.run_folder import Run
from dashboard import page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import output, run_tables
from dashboard.parts.run_differences import differences


def honest(rows: list[dict], chosen: list) -> None:
    """Draw the table of harder negatives and ranking, with intervals where they are asked for."""
    heads = run_tables.for_audience(run_tables.HONEST_TABLE)
    wide = not page_frame.presenter() and url_widgets.switch(
        "With intervals", key="with-intervals",
        help="95 %: by DeLong's variance for an AUC; by a bootstrap over the products asked for in "
        "ranking. All runs are measured on the same pairs: intervals of two may overlap although "
        "one is surely better, which the differences below tell.",
    )  # fmt: skip
    if wide:
        rows, heads = run_tables.with_intervals(rows, chosen), run_tables.INTERVAL_TABLE
    output.table(
        run_tables.marked(rows, heads), key="honest-table", height="content",
        alt="Results against harder negatives and in ranking",
        column_config=run_tables.columns(heads, wide),
    )  # fmt: skip


def results(rows: list[dict], all_rows: list[dict], by_id: dict[str, Run], name: str) -> None:
    """Draw both tables, how sure the differences are, and the published figures.

    `all_rows` and `by_id` are the rows and the runs that there are, `rows` those of the chosen.
    """
    st.subheader("As the study reports it")
    st.caption(
        "AUC against uniform negatives; figures of the study, measured on other data, stand beside "
        "ours and are not ranked with them. The best of each of our columns is marked."
    )
    rows = run_tables.with_differences(rows, list(by_id.values()))
    heads = run_tables.for_audience(run_tables.STUDY_TABLE)
    output.table(
        run_tables.marked(rows, heads), key="study-table", height="content",
        alt="Results in the study's shape", column_config=run_tables.columns(heads),
    )  # fmt: skip
    st.subheader("The honest one")
    st.caption(
        "Seen pairs against harder negatives, and ranking against the full catalogue. Hard ones "
        "depress every model that counts shared neighbours, by construction."
    )
    honest(rows, [by_id[row["run"]] for row in rows])

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
        published(rows, name)


def published(rows: list[dict], name: str) -> None:
    st.subheader("Published beside ours")
    figure = result_charts.published_and_ours(rows)
    output.plot(figure, "published", alt="Published figures beside ours")
    shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
    output.downloads(
        figure, lambda: pd.DataFrame(rows)[["label", "run", *shown]], f"{name}-published",
        "published",
    )  # fmt: skip
