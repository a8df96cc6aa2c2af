"""Finished runs as the pages show them: labels, and the results table."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from streamlit.elements.lib.column_types import ColumnConfig

from core.config import UserError
from core.evaluation.measure_type import Row
from core.evaluation.measures import names_in
from core.evaluation.table import Column
from core.models.registry import MODELS
from core.runs import result_rows
from core.runs.run_folder import Run
from core.runs.run_names import run_names
from core.runs.runs_with_default_settings import closeness_to_standard, is_baseline
from core.runs.saved_facts import describe_small_data
from dashboard import cached_data, page_frame

BEST = "font-weight: 700; background-color: rgba(0, 158, 115, 0.22)"
# Grey that can still be read, by theme.
FAINT = {"light": "color: #6B7280", "dark": "color: #8B949E"}
LEGEND = "The best value of a column is bold on green. Hover over a heading for its meaning."
# What a table shows where a run has no value.
ABSENT = "–"
# Pixels. Longer labels are cut off, and shown in full on hover.
LABEL_WIDTH, INTERVAL_WIDTH = 190, 142


def rows_of(runs: Sequence[Run]) -> list[Row]:
    """Return one flat row per run in table order, with its `label`."""
    return result_rows.rows_of(runs, cached_data.metrics)


def names_of(runs: Sequence[Run]) -> dict[str, str]:
    """Return the names of runs by their ids: models in table order, the standard run first."""
    names = run_names(runs)
    models = {name: position for position, name in enumerate(MODELS)}
    newest_first = sorted(runs, key=closeness_to_standard, reverse=True)
    in_order = sorted(newest_first, key=lambda run: models.get(run.config.model, len(models)))
    return {run.id: names[run.id] for run in in_order}


def small_data_warning(runs: Sequence[Run]) -> str:
    """Return a warning if runs were evaluated on few pairs; "" if not."""
    if not runs:
        return ""
    config = runs[0].config
    return describe_small_data(cached_data.store().split_facts(config.dataset, config.prepared))


def with_differences(rows: Sequence[Row], runs: Sequence[Run]) -> list[Row]:
    """Return the rows with their differences from the baseline, if `runs` include it.

    A run whose scores are damaged has none.
    """
    against = next((run for run in runs if is_baseline(run)), None)
    by_id = {run.id: run for run in runs}
    completed = []
    for row in rows:
        ends: dict[str, float | None] = {}
        if against is not None and row["run"] != against.id:
            with contextlib.suppress(UserError):
                run = by_id[row["run"]]
                differences = cached_data.differences(run, against, names_in("baseline"))
                for name, interval in differences.items():
                    ends |= _ends(f"{name}_gain", interval)
        completed.append({**row, **ends})
    return completed


def with_intervals(rows: Sequence[Row], runs: Sequence[Run]) -> list[Row]:
    """Return the rows with the 95 % interval of every measure that has one.

    A run whose scores are damaged has none.
    """
    completed = []
    for row, run in zip(rows, runs):
        ends: dict[str, float | None] = {}
        with contextlib.suppress(UserError):
            for name, interval in cached_data.intervals(run).items():
                ends |= _ends(name, interval)
        completed.append({**row, **ends})
    return completed


def _ends(name: str, interval: tuple[float, float, float]) -> dict[str, float | None]:
    """Return an interval as a row holds it."""
    estimate, low, high = (None if pd.isna(end) else end for end in interval)
    return {name: estimate, f"{name}_low": low, f"{name}_high": high}


def column_config(
    columns: Sequence[Column], with_intervals: bool = False
) -> dict[str, ColumnConfig]:
    """Return each column's help and width; the label stays in sight while the table scrolls."""
    # Streamlit's own width is too narrow for a bold number with its interval.
    figure_width = INTERVAL_WIDTH if with_intervals else None
    config: dict[str, ColumnConfig] = {
        column.heading: st.column_config.Column(help=column.help, width=figure_width)
        for column in columns
    }
    width = LABEL_WIDTH * 4 // 3 if page_frame.presenter() else LABEL_WIDTH
    config[columns[0].heading] = st.column_config.Column(width=width, pinned=True)
    return config


def styled_table(
    rows: Sequence[Row],
    columns: Sequence[Column],
    among: Sequence[Row] | None = None,
    quiet: Collection[str] = (),
) -> Styler:
    """Return the rows as a table that sorts by value, with the best of every column marked.

    Parameters
    ----------
    rows : list of dict
        From `rows_of`.
    columns : list of Column
        Those without any value are left out.
    among : list of dict, optional
        Rows whose best is marked, where `rows` are only some of them; `rows` by default.
    quiet : collection of str
        Ids of runs to show in grey.
    """
    whole = among or rows
    shown = [c for c in columns if any(c.value(row) is not None for row in rows)]
    table = pd.DataFrame({c.heading: [c.value(row) for row in rows] for c in shown})
    style = table.style.format(na_rep=ABSENT)
    for column in shown:
        for number, row in enumerate(rows):
            if text := column.text(row):
                position = pd.IndexSlice[[number], [column.heading]]
                style.format(lambda _, text=text: text, subset=position)
        if column.better:
            choose = max if column.better == "higher" else min
            values = [column.value(row) for row in whole]
            best = choose((value for value in values if value is not None), default=None)
            style.map(lambda value, best=best: BEST if value == best else "", subset=column.heading)
    faint = [number for number, row in enumerate(rows) if row["run"] in quiet]
    grey = FAINT[st.context.theme.type or "light"]
    return style.map(lambda _: grey, subset=pd.IndexSlice[faint, :]) if faint else style
