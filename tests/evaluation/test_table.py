"""The results table: titles, published figures, and what comes from elsewhere."""

from core.evaluation.published import PUBLISHED, STUDY
from core.evaluation.table import HEADINGS, published_elsewhere, result_row, shown_table

METRICS = {"model": "skipgram", "run": "r", "preset": "study", "seed": 42, "auc_all": 0.9,
           "total_seconds": 90.0}  # fmt: skip


def test_a_short_run_of_the_studys_settings_says_so():
    assert result_row({**METRICS, "epochs": 1}, "x")["title"].endswith("(1 of 5 epochs)")
    assert result_row({**METRICS, "epochs": 5}, "x")["title"] == "Skip-gram (PyTorch)"
    ours = {**METRICS, "preset": "ours", "epochs": 1}
    assert result_row(ours, "x")["title"] == "Skip-gram (PyTorch)"
    assert result_row({**METRICS, "model": "degree"}, "x")["title"] == "Degree"


def test_runs_that_differ_in_other_settings_alone_are_told_apart():
    runs = [("a-s42-11", 42), ("a-s42-22", 42), ("a-s7-33", 7)]
    rows = [result_row({**METRICS, "run": run, "seed": seed}, "x") for run, seed in runs]
    title = "Skip-gram (PyTorch)"
    assert shown_table(rows)["model"].tolist() == [f"{title} (11)", f"{title} (22)", title]


def test_rows_of_another_paper_stand_below_ours_and_are_marked():
    rows = [result_row(METRICS, "x")]
    assert len(shown_table(rows)) == 1
    table = shown_table(rows, elsewhere=True)
    below = table.iloc[1:]
    assert len(below) == len(published_elsewhere()) == 4
    assert below["model"].str.contains("another version of the data").all()
    assert below[HEADINGS["published_electronics"]].tolist() == [
        "0.9327", "0.9554", "0.9575", "0.9700",
    ]  # fmt: skip
    assert (below["All"] == "").all() and (below["min"] == "").all()


def test_every_published_row_is_the_studys_or_stands_elsewhere():
    elsewhere = [row for data in ("Electronics", "Taobao") for row in published_elsewhere(data)]
    assert len(elsewhere) + sum(row.source == STUDY for row in PUBLISHED) == len(PUBLISHED)
