"""The results tables: what is shown, what it is sorted by, and which figure is marked."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from core.evaluation.table import result_row
from dashboard.parts import run_tables


def row(model: str, hits: float, gain: tuple | None = None, seconds: float = 60.0) -> dict:
    metrics = {"model": model, "run": model, "preset": "ours", "seed": 1, "hits_at_10": hits,
               "total_seconds": seconds}  # fmt: skip
    made = result_row(metrics, "data", {"hits_at_10": gain} if gain else None)
    return {**made, "label": made["title"], "minutes": seconds / 60}


ROWS = [
    row("mf", 0.1, (-0.1, -0.2, -0.05)),
    row("three-hop", 0.2, None, seconds=1.2),
    row("skipgram", 0.3, (0.02, 0.01, 0.03), seconds=0.1),
    row("eges", 0.4, (0.02, 0.005, 0.04), seconds=5.4),
]


def texts(style) -> pd.DataFrame:
    """Return what each cell says."""
    parts = style._translate(sparse_index=False, sparse_cols=False)["body"]
    cells = [[cell["display_value"] for cell in line if cell["type"] == "td"] for line in parts]
    return pd.DataFrame(cells, columns=style.data.columns)


def test_a_gain_is_sorted_as_a_number_and_shown_with_its_interval():
    style = run_tables.marked(ROWS, run_tables.HONEST_TABLE)
    gains = style.data["Hits@10 gain"]
    assert gains.to_list()[::2] == [-0.1, 0.02] and gains.dtype == float
    assert texts(style)["Hits@10 gain"].tolist() == [
        "-0.100 [-0.200, -0.050]", "–", "+0.020 [+0.010, +0.030]", "+0.020 [+0.005, +0.040]",
    ]  # fmt: skip


def test_published_figures_are_numbers_too_and_none_is_lost():
    style = run_tables.marked(ROWS, run_tables.STUDY_TABLE)
    assert style.data.filter(like="Electronics").dtypes.eq(float).all()
    said = texts(style).set_index("Model")
    assert said.loc["Skip-gram (PyTorch)", "Published, Electronics"] == "0.9554 / 0.9855"
    assert said.loc["MF", "Published, Electronics"] == "0.8083 / –"
    # Of EGES, minutes alone were published.
    assert said.loc["EGES", "Published, Electronics"] == "–"
    assert said.loc["EGES", "Minutes, Electronics"] == "107.7"


def test_figures_with_intervals_are_sorted_as_numbers_too():
    ends = {"auc_degree_low": 0.7, "auc_degree_high": 0.75}
    rows = [{**one, "auc_degree": 0.72, **ends} for one in ROWS]
    style = run_tables.marked(rows, run_tables.INTERVAL_TABLE)
    assert style.data["Matched"].dtype == float
    assert set(texts(style)["Matched"]) == {"0.720 [0.700, 0.750]"}
    # Side by side they fit on a screen of 1440 pixels.
    wide = run_tables.columns(run_tables.INTERVAL_TABLE, wide=True)
    assert sum(column["width"] for column in wide.values()) <= 1133


def test_short_runs_do_not_take_no_time():
    said = texts(run_tables.marked(ROWS, run_tables.STUDY_TABLE))["Minutes"]
    assert said.tolist() == ["1.0", "0.02", "<0.01", "0.09"]


@pytest.mark.parametrize(("among", "marked"), [(None, 1), (ROWS, 0)])
def test_the_best_is_marked_among_all_and_not_among_those_shown(among, marked):
    some = run_tables.marked(ROWS[:2], {"label": "Model", "hits_at_10": "Hits@10"}, among)
    assert some.to_html().count("font-weight: 700") == marked


def test_differences_leave_out_runs_without_any_of_the_settings():
    given = ({"dim": 8}, {"dim": 16}, {})
    chosen = [
        SimpleNamespace(config=SimpleNamespace(preset="ours", seed=42, settings=settings))
        for settings in given
    ]
    table = run_tables.settings_table(chosen, ["a", "b", "c"], differences_only=True)
    assert table.to_dict("records") == [{"setting": "dim", "a": "8", "b": "16"}]
    assert "c" in run_tables.settings_table(chosen, ["a", "b", "c"], differences_only=False)


def test_stopped_runs_of_a_model_with_other_settings_are_told_apart():
    def stopped(ending: str, seed: int, epoch: int) -> SimpleNamespace:
        config = SimpleNamespace(model="skipgram", seed=seed)
        status = {"kept": {"epoch": epoch}}
        return SimpleNamespace(id=f"skipgram-s{seed}-{ending}", config=config, status=status)

    found = run_tables.names_of([stopped("aa", 1, 2), stopped("bb", 1, 2), stopped("cc", 1, 3)])
    name = "Skip-gram (PyTorch), seed 1, stopped after epoch"
    assert list(found.values()) == [f"{name} 2 (aa)", f"{name} 2 (bb)", f"{name} 3"]
