"""Figures of degrees and categories."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.charts import data_charts


def test_degrees_are_counted():
    figure = data_charts.degree_distribution(np.array([0, 0, 1, 1, 1, 4]))
    assert list(figure.data[0].x) == [1, 4]
    assert list(figure.data[0].y) == [3, 1]


def test_the_treemap_holds_every_product_once_and_escapes_names():
    frame = pd.DataFrame(
        {
            "category_1": ["A"] * 3 + ["<b>B</b>"] * 2 + [""],
            "category_2": ["x y, a long name", "x y, a long name", "", "<i>y</i>", "z", ""],
        }
    )
    figure = data_charts.category_treemap(frame, top=1)
    data = figure.data[0]
    tops = [v for v, parent in zip(data.values, data.parents) if not parent]
    assert sum(tops) == 5
    for key, value in zip(data.ids, data.values):
        inside = sum(v for v, parent in zip(data.values, data.parents) if parent == key)
        assert inside <= value
    assert not any("<" in label for label in data.labels)
    # Whole names in the tip, names in lines on the areas, and none too small to be read.
    assert not any("<" in shown.replace("<br>", "") for shown in data.text)
    assert figure.layout.uniformtext.minsize >= 10
