"""Histograms of a selection against the catalogue, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.charts import selection_charts


def test_each_bin_has_its_share_of_selection_and_catalogue():
    prices = np.r_[np.geomspace(1, 100, 400), np.nan, 0.0]
    chosen = np.r_[np.arange(40), 400, 401]
    catalogue, selection = selection_charts.price_histogram(prices, chosen).data
    assert sum(catalogue.y) == pytest.approx(1) and sum(selection.y) == pytest.approx(1)
    given = prices[:400]
    for (low, high), everywhere, here in zip(catalogue.customdata, catalogue.y, selection.y):
        inside = (given >= low) & (given < high) if high < 100 else given >= low
        assert everywhere == pytest.approx(inside.mean())
        assert here == pytest.approx(inside[:40].mean())


@pytest.mark.parametrize("prices", [[np.nan, np.nan], [2.0, np.nan], [0.0, 0.0]])
def test_without_prices_there_is_no_histogram(prices):
    assert selection_charts.price_histogram(np.array(prices), np.array([0, 1])) is None


def test_a_constant_price_is_drawn():
    figure = selection_charts.price_histogram(np.full(9, 3.0), np.arange(4))
    assert [sum(trace.y) for trace in figure.data] == [1, 1]


def test_bars_are_the_most_common_values_with_their_shares():
    values = pd.Series(["<b>", "<b>", "c", "", "c", "c", "d", "e"])
    catalogue, selection = selection_charts.value_bars(values, np.array([0, 1, 2, 3])).data
    # The longest bar is the topmost, which plotly draws last.
    assert list(selection.customdata) == ["c", "<b>"] == list(catalogue.customdata)
    assert list(selection.x) == [0.25, 0.5] and list(catalogue.x) == [3 / 8, 2 / 8]
    assert "&lt;b&gt;" in selection.hovertext
    assert selection_charts.value_bars(values, np.array([3])) is None
