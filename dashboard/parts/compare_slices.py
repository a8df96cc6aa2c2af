"""Compare: the chosen runs on parts of the held-out pairs."""

from __future__ import annotations

import streamlit as st

from core.evaluation.measures import BY_NAME, names_in
from dashboard import page_frame, url_widgets
from dashboard.charts import chart_style, result_charts
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns

SLICES = {"degree": "Degree decile", "relation": "Relation", "ends": "Seen and unseen products"}
# The negatives of each part are those of `core.evaluation.slices.slice_rows`.
TITLES = {"auc": "AUC"} | {name: BY_NAME[name].title for name in names_in("slices")}


def slices(chosen: ChosenRuns) -> None:
    """Draw a measure of the chosen runs on the parts of one kind."""
    with st.container(horizontal=True):
        kind = url_widgets.choice(
            st.segmented_control, "By", list(SLICES), key="slice", required=True, names=SLICES.get
        )
        measure = url_widgets.choice(
            st.segmented_control,
            "Measure",
            list(TITLES),
            key="slice-measure",
            required=True,
            names=TITLES.get,
        )
    lines = [_with_column(line, measure) for line in chosen.lines("slices")]
    if empty := result_charts.unmeasured(lines, kind, measure):
        parts = ", ".join(value.replace("_", " ") for value in empty)
        st.caption(page_frame.plain(f"No run has a value for {parts}; left out."))
    figure = result_charts.slices(lines, kind, measure)
    figures_and_tables.plot(figure, "slices", alt="Results on parts of the held-out pairs")
    figures_and_tables.figure_downloads(
        figure, lambda: chart_style.in_one_table(lines), f"{chosen.name}-slices", "slices"
    )


def _with_column(line: chart_style.Line, name: str) -> chart_style.Line:
    """Return a run with a column that a run of an earlier version may lack."""
    if name in line.table:
        return line
    return line._replace(table=line.table.assign(**{name: float("nan")}))
