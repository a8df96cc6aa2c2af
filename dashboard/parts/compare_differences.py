"""Compare, results: the differences between the chosen runs and another one, with intervals."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.config import UserError
from core.evaluation.measures import SORTED_BY, shown_in
from core.models.registry import MODELS, baseline, default_model
from core.runs.runs_with_default_settings import is_baseline
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns, choose_button
from dashboard.parts.run_tables import Row

TITLES = {measure.name: measure.title for measure in shown_in("comparison")}


def differences(chosen: ChosenRuns) -> None:
    """Draw the chosen runs' differences from another run, or offer runs that have some."""
    st.subheader("Significance of differences")
    left, right = st.columns(2)
    with left:
        measure = url_widgets.choice(
            st.selectbox, "Measure", list(TITLES), key="gain", names=TITLES.get, default=SORTED_BY
        )
    label_of = {row["run"]: row["label"] for row in chosen.all_rows}
    base = next((run_id for run_id in label_of if is_baseline(chosen.by_id[run_id])), None)
    with right:
        # The difference from the baseline is the default of all links.
        draw = url_widgets.choice if base is None else url_widgets.optional_choice
        against = draw(
            st.selectbox, "Against", list(label_of), key="against", names=label_of.get,
            default=base,
            help=f"{MODELS[baseline()].title} needs no training: the difference from it is what "
            "training adds" if base else None,
        )  # fmt: skip
    rows: list[Row] = []
    problems = []
    with st.spinner("Computing the intervals"):
        for row in chosen.rows:
            try:
                rows += _difference(row, chosen, against, measure)
            except UserError as error:
                problems.append(str(error))
    # If no run can be compared, the other run is damaged: report it once.
    for problem in problems if rows else problems[:1]:
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if rows:
        figure = result_charts.difference_intervals(rows, TITLES[measure], label_of[against])
        figures_and_tables.plot(
            figure, "intervals", alt=f"Differences from {label_of[against]} with intervals"
        )
        table = (
            pd.DataFrame(rows)
            .drop(columns=["model", "shade"])
            .assign(measure=measure, against=against)
        )
        figures_and_tables.figure_downloads(
            figure, lambda: table, f"{chosen.name}-{measure}-difference", "intervals"
        )
    elif not problems:
        _without_differences(chosen, against)


def _difference(row: Row, chosen: ChosenRuns, against: str, measure: str) -> list[Row]:
    """Return a run's label and its difference from the run `against`; [] where there is none."""
    if row["run"] == against:
        return []
    pair = chosen.by_id[row["run"]], chosen.by_id[against]
    interval = cached_data.differences(*pair, (measure,))[measure]
    if pd.isna(interval[0]):
        return []
    about = {name: row[name] for name in ("label", "run", "model")}
    about["shade"] = chosen.shades[row["run"]]
    return [{**about, **dict(zip(("difference", "low", "high"), interval))}]


def _without_differences(chosen: ChosenRuns, against: str) -> None:
    """Say why there is no difference, and offer runs that have one."""
    if any(row["run"] != against for row in chosen.rows):
        st.caption("There were too few pairs to compute this measure: choose another one.")
        return
    st.caption("A difference needs two runs.")
    if len(chosen.all_rows) > 1:
        choose_button("Choose all runs", [row["run"] for row in chosen.all_rows])
    else:
        missing = default_model() if chosen.all_rows[0]["model"] == baseline() else baseline()
        title = page_frame.plain(MODELS[missing].title)
        page_frame.go_to("train", f"Train {title}", models=[missing])
