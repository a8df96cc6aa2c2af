"""Compare: the settings of the chosen runs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.runs.run_folder import Run
from dashboard import page_frame, url_widgets
from dashboard.parts import figures_and_tables
from dashboard.parts.compare_chosen_runs import ChosenRuns
from dashboard.parts.compare_sweep import setting_and_measure
from dashboard.parts.run_tables import ABSENT


def settings(chosen: ChosenRuns) -> None:
    """Draw the chart of a setting, and the table of all settings."""
    setting_and_measure(chosen)
    st.subheader("Settings of the chosen runs")
    _table(chosen)


def _table(chosen: ChosenRuns) -> None:
    """Draw the settings as rows and the runs as columns."""
    only_differences = url_widgets.switch(
        "Differences only",
        key="diff",
        default=True,
        help="Hides settings that are the same in all runs that have them",
    )
    table = settings_table(chosen.runs, chosen.labels, only_differences)
    if table.empty:
        st.caption("The settings that the chosen runs share do not differ.")
        if only_differences:
            st.button(
                "Show all settings",
                icon=":material/list:",
                key="all-settings",
                on_click=st.session_state.update,
                kwargs={"diff": False},
            )
        return
    width = 40 + 8 * table["setting"].str.len().max()
    figures_and_tables.table(
        table,
        height="content",
        alt="Settings of the runs",
        column_config={"setting": st.column_config.Column(width=int(width), pinned=True)},
    )
    figures_and_tables.table_downloads(lambda: table, f"{chosen.name}-settings", "settings")
    if without := [label for label in chosen.labels if label not in table]:
        st.caption(page_frame.plain(f"Without any of these settings: {', '.join(without)}."))


def settings_table(
    runs: Sequence[Run], labels: Sequence[str], only_differences: bool
) -> pd.DataFrame:
    """Return settings as rows and runs as columns.

    With `only_differences`, the settings that all runs share are left out, and so are runs that
    have none of the others.
    """
    columns = {}
    for run, label in zip(runs, labels):
        config = run.config
        columns[label] = {"preset": config.preset, "seed": config.seed, **config.settings}
    table = pd.DataFrame(columns).astype(object)
    texts = table.map(_text)
    if only_differences and len(labels) > 1:
        # A missing setting does not count as a different value.
        texts = texts.loc[[len(set(row) - {ABSENT}) > 1 for row in texts.to_numpy()]]
        texts = texts.loc[:, (texts != ABSENT).any()]
    return texts.rename_axis("setting").reset_index()


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return ABSENT if value is None or value != value else str(value)
