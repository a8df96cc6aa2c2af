"""The results tables: what is shown, what it is sorted by, and which figure is marked."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from core.evaluation.significance import Interval
from core.evaluation.table import columns, in_table_order, result_row
from dashboard.parts import run_tables
from dashboard.parts.compare_settings import settings_table


def row(model: str, hits: float, gain: Interval | None = None, seconds: float = 60.0) -> dict:
    metrics = {"model": model, "run": model, "preset": "ours", "split": "random", "seed": 1,
               "hits_at_10": hits, "total_seconds": seconds}  # fmt: skip
    return result_row(metrics, "data", {"hits_at_10": gain} if gain else None)


ROWS = in_table_order(
    [
        row("mf", 0.1, Interval(-0.1, -0.2, -0.05)),
        row("three-hop", 0.2, None, seconds=1.2),
        row("skipgram", 0.3, Interval(0.02, 0.01, 0.03), seconds=0.1),
        row("eges", 0.4, Interval(0.02, 0.005, 0.04), seconds=5.4),
    ]
)


def texts(style) -> pd.DataFrame:
    """Return the text of each cell."""
    parts = style._translate(sparse_index=False, sparse_cols=False)["body"]
    cells = [[cell["display_value"] for cell in line if cell["type"] == "td"] for line in parts]
    table = pd.DataFrame(cells, columns=style.data.columns)
    return table.set_index("Model").loc[["MF", "Three-hop", "Skip-gram (PyTorch)", "EGES"]]


def test_a_difference_is_sorted_as_a_number_and_shown_with_its_interval():
    style = run_tables.styled_table(ROWS, columns())
    heading = "Hits@10 vs. three-hop"
    assert style.data[heading].dtype == float
    assert sorted(style.data[heading].dropna()) == [-0.1, 0.02, 0.02]
    assert texts(style)[heading].tolist() == [
        "-0.1000 [-0.2000, -0.0500]",
        "–",
        "+0.0200 [+0.0100, +0.0300]",
        "+0.0200 [+0.0050, +0.0400]",
    ]


def test_published_figures_are_numbers_too_and_none_is_lost():
    style = run_tables.styled_table(ROWS, columns())
    assert style.data.filter(like="Electronics").dtypes.eq(float).all()
    shown = texts(style)
    assert shown.loc["Skip-gram (PyTorch)", "Published, Electronics"] == "0.9554 / 0.9855"
    assert shown.loc["MF", "Published, Electronics"] == "0.8083 / –"
    # Only the minutes of EGES were published.
    assert shown.loc["EGES", "Published, Electronics"] == "–"
    assert shown.loc["EGES", "Published min., Electronics"] == "107.7"


def test_figures_with_intervals_are_sorted_as_numbers_too():
    ends = {"auc_degree_low": 0.7, "auc_degree_high": 0.75}
    rows = [{**one, "auc_degree": 0.72, **ends} for one in ROWS]
    style = run_tables.styled_table(rows, columns("comparison"))
    assert style.data["AUC matched"].dtype == float
    assert set(texts(style)["AUC matched"]) == {"0.720 [0.700, 0.750]"}


def test_the_label_is_pinned_and_every_column_has_a_tooltip():
    config = run_tables.column_config(columns())
    assert config["Model"]["pinned"]
    assert all(config[column.heading]["help"] for column in columns()[1:])


@pytest.mark.parametrize(("among", "marked"), [(None, 1), (ROWS, 0)])
def test_the_best_of_all_runs_is_marked_and_not_the_best_of_those_shown(among, marked):
    some = [row for row in ROWS if row["model"] in ("mf", "three-hop")]
    chosen = [column for column in columns() if column.name in ("label", "hits_at_10")]
    style = run_tables.styled_table(some, chosen, among)
    assert style.to_html().count("font-weight: 700") == marked


def test_no_run_is_marked_as_best_by_minutes():
    chosen = [column for column in columns() if column.name in ("label", "minutes")]
    assert "font-weight: 700" not in run_tables.styled_table(ROWS, chosen).to_html()


def test_runs_that_are_not_chosen_are_grey():
    html = run_tables.styled_table(ROWS, columns(), quiet={"mf", "eges"}).to_html()
    (grey,) = re.findall(r"([^}]+) {\s*color: #6B7280", html)
    assert {int(row) for row in re.findall(r"row(\d)", grey)} == {
        place for place, row in enumerate(ROWS) if row["model"] in ("mf", "eges")
    }


def test_differences_leave_out_runs_without_any_of_the_settings():
    given = ({"dim": 8}, {"dim": 16}, {})
    chosen = [
        SimpleNamespace(config=SimpleNamespace(preset="ours", seed=42, settings=settings))
        for settings in given
    ]
    table = settings_table(chosen, ["a", "b", "c"], only_differences=True)
    assert table.to_dict("records") == [{"setting": "dim", "a": "8", "b": "16"}]
    assert "c" in settings_table(chosen, ["a", "b", "c"], only_differences=False)
