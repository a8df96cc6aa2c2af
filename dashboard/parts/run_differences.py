"""Compare, results: how sure the differences between the chosen runs and another one are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.config import UserError
from core.models.registry import EXPERIMENTS, baseline, default_model
from core.runs.compare import is_baseline
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import output

MEASURES = {
    "auc_all": "AUC, all pairs",
    "auc_seen": "AUC, seen only",
    "auc_possible": "AUC, possible",
    "auc_degree": "AUC, degree-matched",
    "auc_degree_all": "AUC, degree-matched, all pairs",
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


def differences(rows: list[dict], all_rows: list[dict], by_id: dict[str, Run], name: str) -> None:
    """Draw the chosen runs' differences to a run, or the way to have some.

    `all_rows` and `by_id` are the rows and the runs that there are, `rows` those of the chosen.
    """
    st.subheader("How sure is a difference?")
    left, right = st.columns(2)
    with left:
        measure = url_widgets.choice(
            st.selectbox, "Measure", list(MEASURES), key="gain", names=MEASURES.get,
            default="hits_at_10",
        )  # fmt: skip
    label_of = {row["run"]: row["label"] for row in all_rows}
    usual = next((one for one in label_of if is_baseline(by_id[one])), None)
    with right:
        against = url_widgets.choice(
            st.selectbox, "Against", list(label_of), key="against", names=label_of.get,
            default=usual, neutral=usual,
            help="Three-hop trains nothing: what a model finds beyond it is what training is worth"
            if usual else None,
        )  # fmt: skip
    told, damage = [], []
    with st.spinner("Drawing resamples for the intervals"):
        for row in rows:
            try:
                told.append(_difference(row, by_id, against, measure))
            except UserError as error:
                damage.append(str(error))
    told = [row for row in told if row is not None]
    # Where none can be compared, it is the other run that is damaged.
    for problem in damage if told else damage[:1]:
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if not told:
        if not damage:
            _without(rows, all_rows, against)
        return
    figure = result_charts.difference_intervals(told, MEASURES[measure], label_of[against])
    output.plot(figure, "intervals", alt=f"Differences to {label_of[against]} with intervals")
    table = pd.DataFrame(told).drop(columns="model").assign(measure=measure, against=against)
    output.downloads(figure, lambda: table, f"{name}-{measure}-difference", "intervals")


def _without(rows: list[dict], all_rows: list[dict], against: str) -> None:
    """Say why there is no difference, and draw the way to have some."""
    if any(row["run"] != against for row in rows):
        st.caption("There were no such pairs to measure on: choose another measure.")
        return
    st.caption("A difference is made of two runs.")
    if len(all_rows) > 1:
        choose_button("Choose all runs", [row["run"] for row in all_rows])
    else:
        missing = default_model() if all_rows[0]["model"] == baseline() else baseline()
        title = page_frame.plain(EXPERIMENTS[missing].title)
        page_frame.go_to("train", f"Train {title}", models=[missing])


def _difference(row: dict, by_id: dict[str, Run], against: str, measure: str) -> dict | None:
    """Return a run's label and its difference to the run `against`; None where there is none."""
    if row["run"] == against:
        return None
    found = cached_data.differences(by_id[row["run"]], by_id[against], (measure,))[measure]
    if pd.isna(found[0]):
        return None
    named = {name: row[name] for name in ("label", "run", "model")}
    return {**named, **dict(zip(("difference", "low", "high"), found))}
