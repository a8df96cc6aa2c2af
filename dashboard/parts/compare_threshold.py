"""Compare, threshold: precision, recall and counts at a slider, and the cliff of death."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import url_widgets
from dashboard.charts import chart_style, threshold_curves
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns

# With more runs than this the table scrolls, at this height in pixels.
MAX_ROWS = 6
TABLE_HEIGHT = 248
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
    """Draw precision, recall and F1 against the threshold, and their values at a slider."""
    lines = chosen.lines("thresholds")
    percent = url_widgets.number(
        st.slider, "Threshold, on each run's own scale", 0.0, 100.0,
        key="threshold", default=50.0, step=0.5, format="%g %%",
        help="Models score on different scales. For a probability, 50 % is the threshold 0.5. For "
            "another score, 0 % is the lowest score, and 100 % one that few pairs reach.",
    )  # fmt: skip
    table = pd.DataFrame([_at_threshold(line, percent / 100) for line in lines])
    rates = dict.fromkeys(["Precision", "Recall", "F1"], "{:.4f}")
    counts = dict.fromkeys(["TP", "FP", "FN", "TN"], "{:,}")
    style = table.style.format({"Threshold": "{:.4g}", **rates, **counts}, na_rep="–")
    # The figure has to stay in sight while the slider moves.
    height = "content" if len(lines) <= MAX_ROWS else TABLE_HEIGHT
    figures_and_tables.table(
        style, height=height, key="at-threshold",
        alt="Precision, recall, F1 and counts at the threshold", column_config=COUNTS,
    )  # fmt: skip
    figures_and_tables.table_downloads(lambda: table, f"{chosen.name}-at-threshold", "at-threshold")
    figure = threshold_curves.threshold_curves(lines, percent / 100)
    figures_and_tables.plot(
        figure, "thresholds", alt="Precision, recall and F1 against the threshold"
    )
    figures_and_tables.figure_downloads(
        figure, lambda: chart_style.in_one_table(lines), f"{chosen.name}-thresholds", "thresholds"
    )  # fmt: skip
    st.caption(
        "All held-out pairs against as many uniform negatives. As the threshold is lowered, the "
        "cliff of death is where precision falls most within 2 % of the scale, by 0.15 or more."
    )


def _at_threshold(line: chart_style.Line, share: float) -> dict[str, Any]:
    """Return a run's row of the table at position `share` of its own scale."""
    row = threshold_curves.row_at(line.table, share)
    cliff = threshold_curves.cliff_of_death(line.table)
    fall = ""
    if cliff is not None:
        fall = f"at {cliff.threshold:.3g}: {cliff.before:.2f} → {cliff.after:.2f}"
    return {
        "Model": line.label,
        "Threshold": row["threshold"],
        "Precision": row["precision"],
        "Recall": row["recall"],
        "F1": row["f1"],
        "TP": int(row["tp"]),
        "FP": int(row["fp"]),
        "FN": int(row["fn"]),
        "TN": int(row["tn"]),
        "Cliff of death": fall,
    }
