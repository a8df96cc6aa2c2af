"""The profile of a selection, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.explore.selection_profile import MIN_COUNT, over_represented


@pytest.fixture
def frame() -> pd.DataFrame:
    """1,000 products: 20 cheeses, which are also all of a finer category, and 2 brands."""
    n = np.arange(1000)
    return pd.DataFrame(
        {
            "category_1": "Food",
            "category_2": np.where(n < 20, "Cheese", "Bread"),
            "category_3": np.where(n < 20, "Soft cheese", ""),
            "category_4": "",
            "brand": np.where(n % 2, "Odd", "Even"),
        }
    )


def test_the_lift_is_the_ratio_of_shares(frame):
    table = over_represented(frame, np.r_[np.arange(10), np.arange(500, 510)])
    assert table["value"].tolist() == ["Cheese"]  # its finer name adds nothing
    assert table.loc[0, ["count", "share", "times"]].tolist() == [10, 0.5, pytest.approx(25)]


def test_values_of_few_products_are_left_out(frame):
    few = MIN_COUNT - 1
    assert over_represented(frame, np.r_[np.arange(few), np.arange(500, 540)]).empty


def test_values_as_common_as_in_the_catalogue_are_left_out(frame):
    assert over_represented(frame, np.arange(300, 500)).empty


def test_brands_are_profiled_too(frame):
    table = over_represented(frame, np.arange(301, 500, 2))
    assert table.loc[0, ["column", "value", "count"]].tolist() == ["brand", "Odd", 100]
