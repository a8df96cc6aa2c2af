"""Compare: the chosen runs, shared by all parts of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from core.runs.run_folder import Run
from dashboard import cached_data
from dashboard.charts.chart_style import QUIET, Line, distinct_shades
from dashboard.parts.run_tables import Row


@dataclass(frozen=True)
class ChosenRuns:
    """The chosen runs of one split.

    Attributes
    ----------
    rows : list of dict
        Results of the chosen runs, the best first (`core.evaluation.table.result_row`).
    all_rows : list of dict
        Results of all runs of the split.
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

    @property
    def shades(self) -> dict[str, str]:
        """The colour of each chosen run in figures, by its id."""
        shades = distinct_shades([row["model"] for row in self.rows])
        return dict(zip((row["run"] for row in self.rows), shades))

    def lines(self, table: str) -> list[Line]:
        """Return the chosen runs with one of their tables: ``curve``, ``pr``, ``slices``, …"""
        shades = self.shades
        return [_line(row, self.by_id, table, shades[row["run"]]) for row in self.rows]

    def background(self, table: str) -> list[Line]:
        """Return the runs that are not chosen, with one of their tables."""
        chosen = {row["run"] for row in self.rows}
        others = [row for row in self.all_rows if row["run"] not in chosen]
        return [_line(row, self.by_id, table, QUIET) for row in others]


def _line(row: Row, by_id: Mapping[str, Run], table: str, shade: str) -> Line:
    run = by_id[row["run"]]
    content = run.curve() if table == "curve" else cached_data.table(run, table)
    return Line(row["label"], row["model"], content, shade=shade, run=run.id)


def choose_button(
    label: str, ids: Sequence[str], primary: bool = False, key: str = "choose-runs"
) -> None:
    """Draw a button that chooses runs."""
    st.button(
        label, type="primary" if primary else "secondary", icon=":material/checklist:",
        key=key, on_click=st.session_state.update, kwargs={"runs": list(ids)},
    )  # fmt: skip
