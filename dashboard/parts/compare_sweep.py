"""Compare: a measure against a setting, over all runs of one model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pandas as pd
import streamlit as st

from core.config import UserError
from core.evaluation.measures import BY_NAME, MEASURES, SORTED_BY
from core.models.registry import model_title
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame, url_widgets
from dashboard.charts import chart_style
from dashboard.charts.setting_chart import setting_chart
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns
from dashboard.parts.run_tables import Row


def setting_and_measure(chosen: ChosenRuns) -> None:
    """Draw the choice of model, setting and measure, and the chart; without a sweep, offer one."""
    if not page_frame.presenter():
        st.subheader("Setting and measure")
    models = differing_settings(list(chosen.by_id.values()))
    if not models:
        st.caption("No model has runs with different settings yet: train a sweep.")
        page_frame.go_to("train", "Train a sweep", key="go-sweep")
        return
    with st.container(horizontal=True):
        model = url_widgets.choice(
            st.selectbox, "Model", list(models), key="sweep-model", names=model_title
        )
        setting = url_widgets.choice(st.selectbox, "Setting", models[model], key="sweep-setting")
        rows = [row for row in chosen.all_rows if row["model"] == model]
        # The published figures are the same for all runs of a model.
        measures = [
            m.name
            for m in MEASURES
            if not m.name.startswith("published_") and any(_is_number(m.value(row)) for row in rows)
        ]
        measure = url_widgets.choice(
            st.selectbox,
            "Measure",
            measures,
            key="sweep-measure",
            names=lambda name: BY_NAME[name].title,
            default=SORTED_BY if SORTED_BY in measures else measures[0],
        )
    points = sweep_points(rows, [chosen.by_id[row["run"]] for row in rows], setting, measure)
    figure = setting_chart(points, setting, BY_NAME[measure].title, chart_style.colour(model))
    figures_and_tables.plot(figure, "sweep", alt="The measure against the setting")
    figures_and_tables.figure_downloads(figure, lambda: points, f"{chosen.name}-sweep", "sweep")


def differing_settings(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return, for each model with runs that differ in settings, the names of those settings."""
    by_model: dict[str, list[dict[str, object]]] = {}
    for run in runs:
        by_model.setdefault(run.config.model, []).append(settings_of(run))
    varied = {}
    for model, settings in by_model.items():
        names = dict.fromkeys(name for one in settings for name in one)
        differing = [
            name for name in names if len({repr(one[name]) for one in settings if name in one}) > 1
        ]
        # What someone chose to vary comes before the seed.
        if differing:
            varied[model] = sorted(differing, key=lambda name: name in ("preset", "seed"))
    return varied


def settings_of(run: Run) -> dict[str, object]:
    """Return the settings of a run, its preset and its seed."""
    return {**run.config.settings, "preset": run.config.preset, "seed": run.config.seed}


def sweep_points(
    rows: Sequence[Row], runs: Sequence[Run], setting: str, measure: str
) -> pd.DataFrame:
    """Return the points of `setting_chart`; runs without the setting or the measure have none."""
    points = []
    for row, run in zip(rows, runs):
        settings, value = settings_of(run), BY_NAME[measure].value(row)
        if setting not in settings or not _is_number(value):
            continue
        ends: tuple[float | None, float | None] = (None, None)
        # A run whose scores are damaged has no interval.
        with suppress(UserError):
            if interval := cached_data.intervals(run).get(measure):
                ends = interval.low, interval.high
        points.append((row["label"], settings[setting], value, *ends))
    table = pd.DataFrame(points, columns=["label", "x", "y", "low", "high"])
    if not table["x"].map(_is_number).all():
        table["x"] = table["x"].map(str)
    return table.astype({"y": float, "low": float, "high": float})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value
