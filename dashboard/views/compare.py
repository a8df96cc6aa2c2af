"""Compare: the tables, the curves, the threshold, the slices and the settings of finished runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.measures import measure, names_in
from core.models.registry import default_model
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import chart_style, learning_curves, result_charts, threshold_curves
from dashboard.parts import output, run_tables
from dashboard.parts.results import results
from dashboard.parts.run_differences import choose_button
from dashboard.parts.threshold import threshold

PARTS = {
    "results": "Results",
    "threshold": "Threshold",
    "curves": "PR and ROC",
    "learning": "Learning",
    "slices": "Slices",
    "settings": "Settings",
}
SLICES = {"degree": "Degree decile", "relation": "Relation", "ends": "Seen and unseen ends"}


def title_of(name: str) -> str:
    """Return the title of a measure; ``auc`` is that of a part, against uniform negatives."""
    return "AUC" if name == "auc" else measure(name).title


def show_split(name: str) -> None:
    """Go over to another split, and to all of its runs; a callback."""
    st.session_state["split"] = name
    st.session_state.pop("runs", None)


def save(figure, lines: list[chart_style.Line], name: str, key: str) -> None:
    """Draw the downloads of a figure of several runs."""
    output.downloads(figure, lambda: chart_style.in_one_table(lines), name, key)


def pr_roc(lines, name: str) -> None:
    figure = threshold_curves.pr_and_roc(lines("pr"), lines("roc"))
    output.plot(figure, "pr-roc", alt="Precision-recall and ROC curves")

    def both() -> pd.DataFrame:
        kinds = ("pr", "roc")
        return pd.concat(chart_style.in_one_table(lines(kind)).assign(curve=kind) for kind in kinds)

    output.downloads(figure, both, f"{name}-pr-roc", "pr-roc")


def learning(chosen: list, found: list, lines, name: str) -> None:
    name_of_measure = url_widgets.choice(
        st.segmented_control, "Measure", names_in("curve"), key="curve", required=True,
        names=title_of, default="auc_seen",
    )  # fmt: skip
    shown = [line for line in lines("curve") if len(line.table)]
    if not shown:
        st.caption("None of the chosen runs learns step by step, so there is no curve.")
        learned = [run.id for run in found if len(run.curve())]
        if learned:
            choose_button("Choose those with a curve", learned)
        else:
            page_frame.go_to("train", "Train skip-gram", models=[default_model()])
        return
    figure = learning_curves.learning_curves(shown, name_of_measure)
    output.plot(figure, "learning", alt="Learning curves")
    save(figure, shown, f"{name}-learning", "learning")
    if any("development_walks" in cached_data.metrics(run) for run in chosen):
        st.caption(
            "With this many pairs, some models of walks are measured here after a quarter of them; "
            "the final model learns from all."
        )
    silent = len(chosen) - len(shown)
    if silent:
        st.caption(f"{silent} of the chosen runs do not learn step by step, and have no curve.")


def parts(lines, name: str) -> None:
    with st.container(horizontal=True):
        kind = url_widgets.choice(
            st.segmented_control, "By", list(SLICES), key="slice", required=True, names=SLICES.get
        )
        name_of_measure = url_widgets.choice(
            st.segmented_control, "Measure", ("auc", *names_in("slices")), key="slice-measure",
            required=True, names=title_of,
        )  # fmt: skip
    chosen = [_with_column(line, name_of_measure) for line in lines("slices")]
    empty = result_charts.unmeasured(chosen, kind, name_of_measure)
    if empty:
        named = ", ".join(value.replace("_", " ") for value in empty)
        st.caption(page_frame.plain(f"No run has a value for {named}; left out."))
    figure = result_charts.slices(chosen, kind, name_of_measure)
    output.plot(figure, "slices", alt="Results on parts of the held-out pairs")
    save(figure, chosen, f"{name}-slices", "slices")


def _with_column(line: chart_style.Line, name: str) -> chart_style.Line:
    """Return a run with a column that a run of an earlier version may lack."""
    if name in line.table:
        return line
    return line._replace(table=line.table.assign(**{name: float("nan")}))


def settings(chosen: list, labels: list[str], name: str) -> None:
    only = url_widgets.switch(
        "Differences only", key="diff", default=True,
        help="Leaves out what is the same in every run that has the setting",
    )  # fmt: skip
    table = run_tables.settings_table(chosen, labels, only)
    if table.empty:
        st.caption("No setting differs between the chosen runs that have it.")
        if only:
            st.button(
                "Show all settings", icon=":material/list:", key="all-settings",
                on_click=st.session_state.update, kwargs={"diff": False},
            )  # fmt: skip
        return
    wide = 40 + 8 * table["setting"].str.len().max()
    output.table(
        table, height="content", alt="Settings of the runs",
        column_config={"setting": st.column_config.Column(width=int(wide), pinned=True)},
    )  # fmt: skip
    output.table_downloads(lambda: table, f"{name}-settings", "settings")
    if without := [label for label in labels if label not in table]:
        st.caption(page_frame.plain(f"Without any of these settings: {', '.join(without)}."))


with page_frame.page_body() as page:
    found = page.need_runs()
    rows = run_tables.rows_of(found)
    by_id = {run.id: run for run in found}
    label_of = {row["run"]: row["label"] for row in rows}
    elsewhere = len(cached_data.all_finished(page.dataset)) - len(found)
    if elsewhere:
        said = "run of this data set was measured on other pairs, so it is"
        if elsewhere > 1:
            said = "runs of this data set were measured on other pairs, so they are"
        st.info(
            f"{elsewhere} more finished {said} not compared here. Choose another split in the "
            "sidebar to see more."
        )
        others = [
            split
            for split in cached_data.store().prepared(page.dataset)
            if split != page.prepared and cached_data.finished(page.dataset, split)
        ]
        if others:
            st.button(
                f"Show the split {page_frame.plain(others[0])}", icon=":material/arrow_forward:",
                key="other-split", on_click=show_split, args=(others[0],),
            )  # fmt: skip
    for problem in cached_data.damaged(page.dataset):
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    in_order = [row["run"] for row in rows]
    ids = url_widgets.choices(
        "Runs", in_order, key="runs", names=label_of.get, default=in_order,
        placeholder="Choose runs to compare",
    )  # fmt: skip
    part = url_widgets.choice(
        st.segmented_control, "Part", list(PARTS), key="part", names=PARTS.get, required=True,
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    if not ids:
        st.info("Choose at least one run above.", icon=":material/checklist:")
        choose_button("Choose all runs", in_order, primary=True)
        page_frame.end_page()
    all_rows, rows = rows, [row for row in rows if row["run"] in ids]
    chosen = [by_id[row["run"]] for row in rows]

    def lines(table: str) -> list[chart_style.Line]:
        """Return the chosen runs with one of their tables."""
        models = [row["model"] for row in rows]
        return [
            chart_style.Line(
                row["label"], row["model"],
                run.curve() if table == "curve" else cached_data.table(run, table),
                models[:place].count(row["model"]),
            )
            for place, (row, run) in enumerate(zip(rows, chosen))
        ]  # fmt: skip

    name = f"{page.dataset}-{page.prepared}"
    if part == "results":
        results(rows, all_rows, by_id, name)
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
