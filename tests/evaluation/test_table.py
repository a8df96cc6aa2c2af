"""The results table: labels, order, published figures, and what comes from elsewhere."""

import json

import pytest

from core.evaluation.measures import BY_NAME
from core.evaluation.published import PUBLISHED, STUDY
from core.evaluation.significance import UNKNOWN, Interval
from core.evaluation.table import (
    columns,
    in_table_order,
    published_elsewhere,
    result_row,
    shown_table,
)

METRICS = {"model": "skipgram", "run": "r", "preset": "study", "split": "random", "seed": 42,
           "auc_all": 0.9, "total_seconds": 90.0}  # fmt: skip


def rows(*changes: dict, data: str = "x") -> list[dict]:
    return [result_row({**METRICS, **change}, data) for change in changes]


def test_rows_are_ordered_by_split_then_rules_then_model_then_settings_then_seed():
    def row(
        model: str, split: str = "random", preset: str = "ours", seed: int = 42, changes: str = ""
    ) -> dict:
        about = {"model": model, "run": model, "split": split, "preset": preset, "seed": seed}
        return {**result_row(about, f"{split}{preset}"), "changes": changes}

    wanted = [
        row("degree"), row("skipgram", seed=1), row("skipgram", seed=2),
        row("skipgram", changes="dim 8"), row("mf", preset="study"), row("degree", "time"),
        row("degree", "cold"),
    ]  # fmt: skip
    ordered = in_table_order(wanted[::-1])
    names = ("model", "data", "changes", "seed")
    assert [[r[name] for name in names] for r in ordered] == [
        [r[name] for name in names] for r in wanted
    ]


def test_rows_of_other_papers_come_last_and_are_marked():
    ordered = in_table_order(rows({}))
    assert len(shown_table(ordered)) == 1
    table = shown_table(ordered, elsewhere=True)
    below = table.iloc[1:]
    assert len(below) == len(published_elsewhere()) == 4
    assert below["Model"].str.contains("another version of the data").all()
    published = BY_NAME["published_electronics_auc_all"].heading
    assert below[published].tolist() == ["0.9327", "0.9554", "0.9575", "0.9700"]
    assert table[published].iloc[0] == "0.9554 / 0.9855"
    assert (below["AUC all"] == "").all() and (below["Minutes"] == "").all()


def test_every_published_row_is_the_studys_or_from_elsewhere():
    elsewhere = [row for data in ("Electronics", "Taobao") for row in published_elsewhere(data)]
    assert len(elsewhere) + sum(row.source == STUDY for row in PUBLISHED) == len(PUBLISHED)


def test_a_difference_to_the_baseline_is_shown_with_its_interval():
    gain = {"hits_at_10": Interval(0.02, 0.01, 0.03)}
    (row,) = in_table_order([result_row(METRICS, "x", gain)])
    assert shown_table([row])["Hits@10 vs. three-hop"].tolist() == ["+0.0200 [+0.0100, +0.0300]"]
    assert "MRR vs. three-hop" not in shown_table([row])


def test_a_difference_that_could_not_be_computed_is_missing():
    (row,) = in_table_order([result_row(METRICS, "x", {"hits_at_10": UNKNOWN})])
    assert row["hits_at_10_gain"] is row["hits_at_10_gain_high"] is None
    assert "Hits@10 vs. three-hop" not in shown_table([row])
    json.dumps(row, allow_nan=False)


@pytest.mark.parametrize("known", [True, False])
def test_a_figure_is_shown_with_its_interval_if_known(known):
    (row,) = in_table_order(rows({"auc_all": 0.72}))
    if known:
        row |= {"auc_all_low": 0.7, "auc_all_high": 0.75}
    (column,) = [c for c in columns("comparison") if c.name == "auc_all"]
    assert column.text(row) == ("0.720 [0.700, 0.750]" if known else "0.7200")
    assert column.value(row) == 0.72


def test_the_table_names_the_epochs_of_models_that_have_any():
    ordered = in_table_order(rows({"epochs": 5}, {"model": "degree", "run": "d"}))
    assert sorted(shown_table(ordered)["Epochs"]) == ["", "5"]
