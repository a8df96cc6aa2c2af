"""Compare, results: both tables, what sets the runs apart from three-hop, the published figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.table import shown_table
from core.experiments import EXPERIMENTS
from core.gains import BASELINE
from dashboard import charts, curves, frame, links, runs, show

MEASURES = {
    "auc_all": "AUC, all pairs",
    "auc_seen": "AUC, seen only",
    "auc_possible": "AUC, possible",
    "auc_degree": "AUC, degree-matched",
    "auc_hard": "AUC, hard",
    "hits_at_10": "Hits@10",
    "mrr": "MRR",
}


def choose_button(label: str, ids: list[str], primary: bool = False) -> None:
    """Draw the button that chooses runs."""
    st.button(
        label, type="primary" if primary else "secondary", icon=":material/checklist:",
        key="choose-runs", on_click=st.session_state.update, kwargs={"runs": ids},
    )  # fmt: skip


def honest(rows: list[dict], chosen: list) -> None:
    """Draw the table of harder negatives and ranking, with intervals where they are asked for."""
    heads = runs.for_audience(runs.HONEST_TABLE)
    wide = not frame.presenter() and links.switch(
        "With intervals", key="with-intervals",
        help="95 %: by DeLong's variance for an AUC; by a bootstrap over the products asked for in "
        "ranking. All runs are measured on the same pairs: intervals of two may overlap although "
        "one is surely better, which the gains over three-hop tell.",
    )  # fmt: skip
    if wide:
        rows, heads = runs.with_intervals(rows, chosen), runs.INTERVAL_TABLE
    show.table(
        runs.marked(rows, heads), key="honest-table", height="content",
        alt="Results against harder negatives and in ranking",
        column_config=runs.columns(heads, wide),
    )  # fmt: skip


def results(rows: list[dict], chosen: list, all_rows: list[dict], name: str) -> None:
    """Draw both tables, what sets the runs apart from three-hop, and the published figures.

    `all_rows` are those of all runs, `rows` and `chosen` the chosen ones.
    """
    st.subheader("As the study reports it")
    st.caption(
        "AUC against uniform negatives; figures of the study, measured on other data, stand beside "
        "ours and are not ranked with them. The best of each of our columns is marked."
    )
    heads = runs.for_audience(runs.STUDY_TABLE)
    show.table(
        runs.marked(rows, heads), key="study-table", height="content",
        alt="Results in the study's shape", column_config=runs.columns(heads),
    )  # fmt: skip
    st.subheader("The honest one")
    st.caption(
        "Seen pairs against harder negatives, and ranking against the full catalogue. Hard ones "
        "depress every model that counts shared neighbours, by construction."
    )
    honest(rows, chosen)

    def html() -> bytes:
        return show.page_of(shown_table(rows, elsewhere=True), name)

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
        gains(rows, all_rows, name)
    with right:
        published(rows, name)


def gains(rows: list[dict], all_rows: list[dict], name: str) -> None:
    """Draw the chosen runs' differences to three-hop, or the way to have some."""
    st.subheader("Against three-hop, which trains nothing")
    measure = links.one(
        st.selectbox, "Measure", list(MEASURES), key="gain", names=MEASURES.get,
        default="hits_at_10",
    )  # fmt: skip
    if any(row.get(f"{measure}_gain") is not None for row in rows):
        figure = curves.intervals(rows, measure, MEASURES[measure])
        show.plot(figure, "intervals", alt="Differences to three-hop with intervals")
        ends = [f"{measure}_gain{end}" for end in ("", "_low", "_high")]
        told = [row for row in rows if row.get(ends[0]) is not None]
        columns = ["label", "run", *ends]
        show.downloads(
            figure, lambda: pd.DataFrame(told)[columns], f"{name}-{measure}-gain", "intervals"
        )
    else:
        st.caption("The intervals are made of three-hop and another model.")
        there = {row["model"] for row in all_rows}
        if BASELINE in there and len(there) > 1:
            choose_button("Choose all runs", [row["run"] for row in all_rows])
        else:
            missing = "skipgram" if BASELINE in there else BASELINE
            title = frame.plain(EXPERIMENTS[missing].title)
            frame.go_to("train", f"Train {title}", models=[missing])


def published(rows: list[dict], name: str) -> None:
    st.subheader("Published beside ours")
    figure = charts.published_beside_ours(rows)
    show.plot(figure, "published", alt="Published figures beside ours")
    shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
    show.downloads(
        figure, lambda: pd.DataFrame(rows)[["label", "run", *shown]], f"{name}-published",
        "published",
    )  # fmt: skip
