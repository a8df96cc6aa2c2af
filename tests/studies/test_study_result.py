"""The saved form of a study: cells as texts, and results of earlier versions."""

import numpy as np
import pytest

from core.config import UserError
from core.studies.study_result import Table, read_result


def test_cells_are_text_and_nan_is_an_empty_cell():
    rows = [["x", np.float64(0.12345), None], ["y", np.int64(3), 1.0], ["z", np.nan, ""]]
    table = Table(title="T", columns=["a", "b", "c"], rows=rows, digits=3)
    assert table.rows == [["x", 0.12345, None], ["y", 3, 1.0], ["z", None, ""]]
    assert table.texts().to_numpy().tolist() == [
        ["x", "0.123", ""],
        ["y", "3", "1.000"],
        ["z", "", ""],
    ]
    with pytest.raises(ValueError, match="does not have 3 cells"):
        Table(title="T", columns=["a", "b", "c"], rows=[["x"]])


def test_a_result_of_an_earlier_version_is_read_or_says_what_to_run(runner):
    table = {"title": "T", "note": "", "columns": ["a"], "rows": [[0.5]], "digits": 4}
    earlier = {
        "study": "leaks", "dataset": "shop", "title": "Leaks", "question": "?", "command": "c",
        "made": "2026-01-01", "seconds": 1.0, "conclusion": "Nothing.", "tables": [table],
        "figures": [], "runs": [],
    }  # fmt: skip
    runner.store.save_study("shop", "leaks", earlier)
    assert read_result(runner.store, "shop", "leaks").tables[0].rows == [[0.5]]
    runner.store.save_study("shop", "leaks", {**earlier, "tables": [{"head": "T"}]})
    with pytest.raises(UserError, match=r"earlier version.*python -m core study leaks shop"):
        read_result(runner.store, "shop", "leaks")
    assert read_result(runner.store, "nowhere", "seeds") is None
