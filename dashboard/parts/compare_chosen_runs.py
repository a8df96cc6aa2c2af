"""Compare: the chosen runs, shared by all parts of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.runs.run_folder import Run
from dashboard import cached_data
from dashboard.charts.chart_style import Line
from dashboard.parts.run_tables import Row


@dataclass(frozen=True)
class ChosenRuns:
    """The chosen runs of one split.

    Attributes
    ----------
    rows : list of dict
        Of the chosen runs, in table order (`core.evaluation.table.result_row`).
    all_rows : list of dict
        Of all runs of the split.
    by_id : dict of Run
        All runs of the split.
    name : str
        Prefix of the file names of downloads.
    """

    rows: Sequence[Row]
    all_rows: Sequence[Row]
    by_id: Mapping[str, Run]
    name: str

    @property
    def runs(self) -> list[Run]:
        """The chosen runs, in the order of `rows`."""
        return [self.by_id[row["run"]] for row in self.rows]

    @property
    def labels(self) -> list[str]:
        """The labels of the chosen runs, in the order of `rows`."""
        return [row["label"] for row in self.rows]

    def lines(self, table: str) -> list[Line]:
        """Return the chosen runs with one of their tables: ``curve``, ``pr``, ``slices``, …"""
        models = [row["model"] for row in self.rows]
        return [
            Line(
                row["label"], row["model"],
                run.curve() if table == "curve" else cached_data.table(run, table),
                models[:place].count(row["model"]),
            )
            for place, (row, run) in enumerate(zip(self.rows, self.runs))
        ]  # fmt: skip


def choose_button(label: str, ids: Sequence[str], primary: bool = False) -> None:
    """Draw a button that chooses runs."""
    st.button(
        label, type="primary" if primary else "secondary", icon=":material/checklist:",
        key="choose-runs", on_click=st.session_state.update, kwargs={"runs": list(ids)},
    )  # fmt: skip
