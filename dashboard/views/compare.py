"""Compare: the tables, the curves, the threshold, the slices and the settings of finished runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.table import shown_table
from core.experiments import EXPERIMENTS
from core.gains import BASELINE
from dashboard import charts, curves, frame, links, load, runs, show
from dashboard.parts.threshold import threshold

PARTS = {
    "results": "Results",
    "threshold": "Threshold",
    "curves": "PR and ROC",
    "learning": "Learning",
    "slices": "Slices",
    "settings": "Settings",
}
MEASURES = {
    "auc_all": "AUC, all pairs",
    "auc_seen": "AUC, seen only",
    "auc_possible": "AUC, possible",
    "auc_degree": "AUC, degree-matched",
    "auc_hard": "AUC, hard",
    "hits_at_10": "Hits@10",
    "mrr": "MRR",
}
SLICES = {"degree": "Degree decile", "relation": "Relation", "ends": "Seen and unseen ends"}


def choose_button(label: str, ids: list[str], primary: bool = False) -> None:
    """Draw the button that chooses runs."""
    st.button(
        label, type="primary" if primary else "secondary", icon=":material/checklist:",
        key="choose-runs", on_click=st.session_state.update, kwargs={"runs": ids},
    )  # fmt: skip


def show_split(name: str) -> None:
    """Go over to another split, and to all of its runs; a callback."""
    st.session_state["split"] = name
    st.session_state.pop("runs", None)


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
            missing = ["skipgram"] if there == {BASELINE} else [BASELINE]
            if BASELINE in there and len(there) > 1:
                choose_button("Choose all runs", [row["run"] for row in all_rows])
            else:
                frame.go_to(
                    "train", f"Train {frame.plain(EXPERIMENTS[missing[0]].title)}", models=missing
                )
    with right:
        st.subheader("Published beside ours")
        figure = charts.published_beside_ours(rows)
        show.plot(figure, "published", alt="Published figures beside ours")
        shown = ["auc_all", "published_electronics_auc_all", "published_books_auc_all"]
        show.downloads(
            figure, lambda: pd.DataFrame(rows)[["label", "run", *shown]], f"{name}-published",
            "published",
        )  # fmt: skip


def save(figure, lines: list[charts.Line], name: str, key: str) -> None:
    """Draw the downloads of a figure of several runs."""
    show.downloads(figure, lambda: charts.in_one_table(lines), name, key)


def pr_roc(lines, name: str) -> None:
    figure = curves.pr_and_roc(lines("pr"), lines("roc"))
    show.plot(figure, "pr-roc", alt="Precision-recall and ROC curves")

    def both() -> pd.DataFrame:
        kinds = ("pr", "roc")
        return pd.concat(charts.in_one_table(lines(kind)).assign(curve=kind) for kind in kinds)

    show.downloads(figure, both, f"{name}-pr-roc", "pr-roc")


def learning(chosen: list, found: list, lines, name: str) -> None:
    measure = links.one(
        st.segmented_control, "Measure", ["auc_seen", "auc_all"], key="curve", required=True,
        names=MEASURES.get,
    )  # fmt: skip
    shown = [line for line in lines("curve") if len(line.table)]
    if not shown:
        st.caption("None of the chosen runs learns step by step, so there is no curve.")
        learned = [run.id for run in found if len(run.curve())]
        if learned:
            choose_button("Choose those with a curve", learned)
        else:
            frame.go_to("train", "Train skip-gram", models=["skipgram"])
        return
    figure = curves.learning_curves(shown, measure)
    show.plot(figure, "learning", alt="Learning curves")
    save(figure, shown, f"{name}-learning", "learning")
    silent = len(chosen) - len(shown)
    if silent:
        st.caption(f"{silent} of the chosen runs do not learn step by step, and have no curve.")


def parts(lines, name: str) -> None:
    with st.container(horizontal=True):
        kind = links.one(
            st.segmented_control, "By", list(SLICES), key="slice", required=True, names=SLICES.get
        )
        measure = links.one(
            st.segmented_control, "Measure", ["auc", "hits_at_10"], key="slice-measure",
            required=True, names={"auc": "AUC", "hits_at_10": "Hits@10"}.get,
        )  # fmt: skip
    empty = curves.unmeasured(lines("slices"), kind, measure)
    if empty:
        named = ", ".join(value.replace("_", " ") for value in empty)
        st.caption(frame.plain(f"No run has a value for {named}; left out."))
    figure = curves.slices(lines("slices"), kind, measure)
    show.plot(figure, "slices", alt="Results on parts of the held-out pairs")
    save(figure, lines("slices"), f"{name}-slices", "slices")


def settings(chosen: list, labels: list[str], name: str) -> None:
    only = links.switch(
        "Differences only", key="diff", default=True,
        help="Leaves out what is the same in every run that has the setting",
    )  # fmt: skip
    table = runs.settings_table(chosen, labels, only)
    if table.empty:
        st.caption("No setting differs between the chosen runs that have it.")
        if only:
            st.button(
                "Show all settings", icon=":material/list:", key="all-settings",
                on_click=st.session_state.update, kwargs={"diff": False},
            )  # fmt: skip
        return
    wide = 40 + 8 * table["setting"].str.len().max()
    show.table(
        table, height="content", alt="Settings of the runs",
        column_config={"setting": st.column_config.Column(width=int(wide), pinned=True)},
    )  # fmt: skip
    show.table_downloads(lambda: table, f"{name}-settings", "settings")


with frame.page("Compare", "Finished runs on the same pairs, side by side.") as page:
    found = page.need_runs()
    rows = runs.rows_of(found)
    by_id = {run.id: run for run in found}
    label_of = {row["run"]: row["label"] for row in rows}
    elsewhere = len(load.all_finished(page.dataset)) - len(found)
    if elsewhere:
        st.info(
            f"{elsewhere} more finished run{'' if elsewhere == 1 else 's'} of this data set "
            "were measured on other pairs, so they are not compared here. Choose another split "
            "in the sidebar to see them."
        )
        others = [
            split
            for split in load.store().prepared(page.dataset)
            if split != page.prepared and load.finished(page.dataset, split)
        ]
        if others:
            st.button(
                f"Show the split {frame.plain(others[0])}", icon=":material/arrow_forward:",
                key="other-split", on_click=show_split, args=(others[0],),
            )  # fmt: skip
    for problem in load.damaged(page.dataset):
        st.warning(frame.plain(problem), icon=":material/broken_image:")
    in_order = [row["run"] for row in rows]
    ids = links.many(
        "Runs", in_order, key="runs", names=label_of.get, default=in_order,
        placeholder="Choose runs to compare",
    )  # fmt: skip
    part = links.one(
        st.segmented_control, "Part", list(PARTS), key="part", names=PARTS.get, required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    if not ids:
        st.info("Choose at least one run above.", icon=":material/checklist:")
        choose_button("Choose all runs", in_order, primary=True)
        frame.end_page()
    all_rows, rows = rows, [row for row in rows if row["run"] in ids]
    chosen = [by_id[row["run"]] for row in rows]

    def lines(table: str) -> list[charts.Line]:
        """Return the chosen runs with one of their tables."""
        models = [row["model"] for row in rows]
        return [
            charts.Line(
                row["label"], row["model"],
                run.curve() if table == "curve" else load.table(run, table),
                models[:place].count(row["model"]),
            )
            for place, (row, run) in enumerate(zip(rows, chosen))
        ]  # fmt: skip

    name = f"{page.dataset}-{page.prepared}"
    if part == "results":
        results(rows, chosen, all_rows, name)
    elif part == "threshold":
        threshold(rows, lines, name)
    elif part == "curves":
        pr_roc(lines, name)
    elif part == "learning":
        learning(chosen, found, lines, name)
    elif part == "slices":
        parts(lines, name)
    else:
        settings(chosen, [row["label"] for row in rows], name)
