"""Compare: precision-recall, ROC and learning curves of the chosen runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evaluation.measures import BY_NAME, names_in
from core.models.registry import MODELS, default_model
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import chart_style, threshold_curves
from dashboard.charts.learning_curves import learning_curves
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns, choose_button


def pr_and_roc(chosen: ChosenRuns) -> None:
    """Draw the precision-recall and the ROC curves."""
    background = chosen.background("pr"), chosen.background("roc")
    figure = threshold_curves.pr_and_roc(chosen.lines("pr"), chosen.lines("roc"), background)
    figures_and_tables.plot(figure, "pr-roc", alt="Precision-recall and ROC curves")

    def both() -> pd.DataFrame:
        tables = {kind: chart_style.in_one_table(chosen.lines(kind)) for kind in ("pr", "roc")}
        return pd.concat(table.assign(curve=kind) for kind, table in tables.items())

    figures_and_tables.figure_downloads(figure, both, f"{chosen.name}-pr-roc", "pr-roc")


def learning(chosen: ChosenRuns) -> None:
    """Draw the learning curves; if there are none, offer runs that have one."""
    measure = url_widgets.choice(
        st.segmented_control,
        "Measure",
        names_in("curve"),
        key="curve",
        required=True,
        names=lambda name: BY_NAME[name].title,
        default="auc_seen",
    )
    with_curve = [line for line in chosen.lines("curve") if len(line.table)]
    if not with_curve:
        _without_curves(chosen)
        return
    figure = learning_curves(with_curve, measure, chosen.background("curve"))
    figures_and_tables.plot(figure, "learning", alt="Learning curves")
    figures_and_tables.figure_downloads(
        figure, lambda: chart_style.in_one_table(with_curve), f"{chosen.name}-learning", "learning"
    )
    if any("development_walks" in cached_data.metrics(run) for run in chosen.runs):
        st.caption(
            "With this many pairs, some walk-based models are measured here on a quarter of their "
            "walks; the final model learns from all."
        )
    if without := len(chosen.rows) - len(with_curve):
        st.caption(
            f"Runs that are not trained in steps have no curve: {without} of the chosen ones."
        )


def _without_curves(chosen: ChosenRuns) -> None:
    st.caption("None of the chosen runs is trained in steps, so there is no curve.")
    if learned := [run.id for run in chosen.by_id.values() if len(run.curve())]:
        choose_button("Choose runs with curves", learned)
    else:
        title = page_frame.plain(MODELS[default_model()].title)
        page_frame.go_to("train", f"Train {title}", models=[default_model()])
