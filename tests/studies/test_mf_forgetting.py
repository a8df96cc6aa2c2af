"""How MF forgets during training."""

import pytest

from core.studies import mf_forgetting
from core.studies.study_runner import run_study
from tests.studies.checks import cells, check_form


def test_the_study_of_forgetting(runner):
    runner.epochs = 2
    result = run_study(runner, "forgetting")
    check_form(result, runner, "forgetting")
    rows = cells(result)
    assert next(iter(rows)) == "published" and len(rows) == 8
    lines = {series.name: series for series in result.figures[0].series}
    for name, row in rows.items():
        epochs, areas = lines[name].x, lines[name].y
        after = [area for epoch, area in zip(epochs, areas) if 1 < epoch <= 1.5]
        expected = max(0, areas[epochs.index(1.0)] - min(after))
        assert row["largest fall at a restart"] == pytest.approx(expected)
    # Dense steps shorten what is in no pair of a batch; sparse ones leave it alone.
    published, sparse = rows["published"], rows["sparse updates and L2"]
    assert published["vector length, seen"] < sparse["vector length, seen"]


def test_the_fall_is_measured_into_the_next_epoch():
    def curve(values):
        return {"epoch": [0.25 * (i + 1) for i in range(8)], "auc_seen": values}

    forgets = curve([0.60, 0.65, 0.70, 0.80, 0.55, 0.60, 0.70, 0.80])
    assert mf_forgetting.fall_at_restarts(forgets) == pytest.approx(0.25)
    rises = curve([0.50, 0.52, 0.54, 0.56, 0.57, 0.58, 0.59, 0.60])
    assert mf_forgetting.fall_at_restarts(rises) == 0
    assert mf_forgetting.in_last_epoch(forgets, "auc_seen") == (0.55, 0.80)
