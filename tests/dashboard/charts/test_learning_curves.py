"""Learning curves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.charts import learning_curves
from dashboard.charts.chart_style import Line


def test_epochs_are_marked():
    curve = pd.DataFrame(
        {
            "phase": "development",
            "epoch": [0.5, 1, 1.5, 2],
            "epoch_end": [0, 1, 0, 1],
            "auc_all": 0.6,
            "auc_seen": [0.5, 0.6, 0.7, 0.8],
            "loss": 2.0,
            "learning_rate": 0.1,
        }
    )
    assert learning_curves.epoch_ends(curve) == [1, 2]
    figure = learning_curves.learning_curves([Line("a", "mf", curve)])
    line, ends = figure.data
    assert list(line.y) == [0.5, 0.6, 0.7, 0.8]
    assert list(ends.x) == [1, 2] and list(ends.y) == [0.6, 0.8]
    assert line.legendgroup == ends.legendgroup
    (name,) = figure.layout.annotations
    assert name.text.endswith("a") and (name.x, name.y) == (2, 0.8)
    assert len(learning_curves.live_curve(curve, "mf").layout.shapes) == 2 * 3
    # Models that report no loss have no panel for it.
    assert len(learning_curves.live_curve(curve.assign(loss=np.nan), "mf").layout.shapes) == 2 * 2


def test_a_long_curve_is_thinned_and_keeps_its_marks():
    n = 5000
    curve = pd.DataFrame(
        {
            "phase": "development",
            "epoch": np.arange(n) / 2 + 0.5,
            "epoch_end": np.arange(n) % 2,
            "auc_all": 0.6,
            "auc_seen": 0.7,
            "loss": 1.0,
            "learning_rate": 0.1,
        }
    )
    figure = learning_curves.live_curve(curve, "mf")
    assert max(len(trace.x) for trace in figure.data) <= learning_curves.MAX_POINTS
    assert 0 < len(figure.layout.shapes) <= 3 * learning_curves.MAX_EPOCH_MARKS


def test_an_empty_curve_draws_nothing_and_raises_no_error():
    empty = pd.DataFrame(columns=["phase", "step", "epoch", "loss", "learning_rate"])
    assert learning_curves.epoch_ends(empty) == []
    assert not learning_curves.learning_curves([Line("a", "degree", empty)]).data
    learning_curves.live_curve(empty, "degree")
