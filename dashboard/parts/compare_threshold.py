"""Compare, threshold: precision, recall and counts at a threshold, and the cliff of death."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import url, url_widgets
from dashboard.charts import chart_style, threshold_curves
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns

WAYS = {"precision": "Precision", "recall": "Recall", "scale": "Position"}
FIGURES = ("Threshold", "Precision", "Recall", "F1", "TP", "FP", "FN", "TN")
COUNTS = {
    "Model": st.column_config.Column(width=230),
    "TP": st.column_config.Column(help="True positives: held-out pairs at or above the threshold"),
    "FP": st.column_config.Column(help="False positives: negatives at or above the threshold"),
    "FN": st.column_config.Column(help="False negatives: held-out pairs below the threshold"),
    "TN": st.column_config.Column(help="True negatives: negatives below the threshold"),
    "Cliff of death": st.column_config.Column(
        width=190, help="Where precision falls most as the threshold is lowered, and how far"
    ),
}


def threshold(chosen: ChosenRuns) -> None:
    """Draw precision, recall and F1 against the threshold, with a point of each run marked."""
    lines = chosen.lines("thresholds")
    # Links of earlier versions name a position only.
    if url.set_by_link("threshold") and not url.set_by_link("find"):
        st.session_state["find"] = "scale"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = url_widgets.choice(
            st.segmented_control, "Find by", list(WAYS), key="find", names=WAYS.get,
            required=True,
            help="The lowest threshold with at least this precision, the highest with at least "
                "this recall, or a position on each run's own scale",
        )  # fmt: skip
        share, least = 0.5, 0.0
        if by == "scale":
            share = url_widgets.number(
                st.slider, "Threshold, on each run's own scale", 0.0, 100.0,
                key="threshold", default=50.0, step=0.5, format="%g %%",
                help="Models score on different scales. For a probability, 50 % is the threshold "
                    "0.5. For another score, 0 % is the lowest score, and 100 % one that few "
                    "pairs reach.",
            ) / 100  # fmt: skip
        else:
            least = url_widgets.number(
                st.number_input, f"{WAYS[by]} at least", 0.0, 1.0, key=f"least-{by}",
                default=0.9, step=0.01, format="%.2f", width=180,
            )  # fmt: skip
    points = [
        threshold_curves.row_at(line.table, share)
        if by == "scale"
        else threshold_curves.point_reaching(line.table, by, least)
        for line in lines
    ]
    target = None if by == "scale" else (by, least)
    figure = threshold_curves.threshold_curves(lines, points, target)
    figures_and_tables.plot(
        figure, "thresholds", alt="Precision, recall and F1 against the threshold"
    )
    table = pd.DataFrame([_row(line, point) for line, point in zip(lines, points)])
    if by != "scale":
        # All runs reach the required value, so they are sorted by the other rate.
        table = table.sort_values("Recall" if by == "precision" else "Precision", ascending=False)
    rates = dict.fromkeys(["Precision", "Recall", "F1"], "{:.4f}")
    counts = dict.fromkeys(["TP", "FP", "FN", "TN"], "{:,.0f}")
    style = table.style.format({"Threshold": "{:.4g}", **rates, **counts}, na_rep="–")
    figures_and_tables.table(
        style,
        height="content",
        key="at-threshold",
        alt="Precision, recall, F1 and counts at the threshold",
        column_config=COUNTS,
    )
    if by != "scale" and any(point is None for point in points):
        st.caption(f"A dash: no threshold reaches a {by} of {least:g}.")
    st.caption(
        "All held-out pairs against as many uniform negatives. As the threshold is lowered, the "
        "cliff of death is where precision falls most within 2 % of the scale, by 0.15 or more."
    )
    figures_and_tables.figure_downloads(
        figure, lambda: chart_style.in_one_table(lines), f"{chosen.name}-thresholds", "thresholds"
    )
    figures_and_tables.table_downloads(lambda: table, f"{chosen.name}-at-threshold", "at-threshold")


def _row(line: chart_style.Line, point: pd.Series | None) -> dict[str, object]:
    """Return a run's row of the table at a row of its `thresholds`."""
    cliff = threshold_curves.cliff_of_death(line.table)
    fall = ""
    if cliff is not None:
        fall = f"at {cliff.threshold:.3g}: {cliff.before:.2f} → {cliff.after:.2f}"
    at = {name: None if point is None else point[name.lower()] for name in FIGURES}
    return {"Model": line.label, **at, "Cliff of death": fall}
