"""Compare, results: how sure the differences between the chosen runs and another one are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.config import UserError
from core.evaluation.measures import shown_in
from core.models.registry import EXPERIMENTS, baseline, default_model
from core.runs.compare import is_baseline
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import result_charts
from dashboard.parts import output
from dashboard.parts.run_tables import Row

TITLES = {measure.name: measure.title for measure in shown_in("comparison")}


def choose_button(label: str, ids: list[str], primary: bool = False) -> None:
    """Draw the button that chooses runs."""
    st.button(
        label, type="primary" if primary else "secondary", icon=":material/checklist:",
        key="choose-runs", on_click=st.session_state.update, kwargs={"runs": ids},
    )  # fmt: skip


def differences(rows: list[Row], all_rows: list[Row], by_id: dict[str, Run], name: str) -> None:
    """Draw the chosen runs' differences to a run, or the way to have some.

    `all_rows` and `by_id` are the rows and the runs that there are, `rows` those of the chosen.
    """
    st.subheader("How sure is a difference?")
    left, right = st.columns(2)
    with left:
        measure = url_widgets.choice(
            st.selectbox, "Measure", list(TITLES), key="gain", names=TITLES.get,
            default="hits_at_10",
        )  # fmt: skip
    label_of = {row["run"]: row["label"] for row in all_rows}
    base = next((one for one in label_of if is_baseline(by_id[one])), None)
    with right:
        against = url_widgets.choice(
            st.selectbox, "Against", list(label_of), key="against", names=label_of.get,
            default=base, neutral=base,
            help=f"{EXPERIMENTS[baseline()].title} needs no training: a difference to it is what "
            "training is worth" if base else None,
        )  # fmt: skip
    found, damage = [], []
    with st.spinner("Computing the intervals"):
        for row in rows:
            try:
                found.append(_difference(row, by_id, against, measure))
            except UserError as error:
                damage.append(str(error))
    found = [row for row in found if row is not None]
    # Where none can be compared, it is the other run that is damaged.
    for problem in damage if found else damage[:1]:
        st.warning(page_frame.plain(problem), icon=":material/broken_image:")
    if not found:
        if not damage:
            _without(rows, all_rows, against)
        return
    figure = result_charts.difference_intervals(found, TITLES[measure], label_of[against])
    output.plot(figure, "intervals", alt=f"Differences to {label_of[against]} with intervals")
    table = pd.DataFrame(found).drop(columns="model").assign(measure=measure, against=against)
    output.downloads(figure, lambda: table, f"{name}-{measure}-difference", "intervals")


def _without(rows: list[Row], all_rows: list[Row], against: str) -> None:
    """Say why there is no difference, and draw the way to have some."""
    if any(row["run"] != against for row in rows):
        st.caption("There were no pairs to take this measure of: choose another one.")
        return
    st.caption("A difference needs two runs.")
    if len(all_rows) > 1:
        choose_button("Choose all runs", [row["run"] for row in all_rows])
    else:
        missing = default_model() if all_rows[0]["model"] == baseline() else baseline()
        title = page_frame.plain(EXPERIMENTS[missing].title)
        page_frame.go_to("train", f"Train {title}", models=[missing])


def _difference(row: Row, by_id: dict[str, Run], against: str, measure: str) -> Row | None:
    """Return a run's label and its difference to the run `against`; None where there is none."""
    if row["run"] == against:
        return None
    interval = cached_data.differences(by_id[row["run"]], by_id[against], (measure,))[measure]
    if pd.isna(interval[0]):
        return None
    named = {name: row[name] for name in ("label", "run", "model")}
    return {**named, **dict(zip(("difference", "low", "high"), interval))}
