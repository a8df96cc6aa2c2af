"""Time stamps in the forms that logs have."""

import numpy as np
import pandas as pd
import pytest

from core.data.times import parse_times


@pytest.mark.parametrize(
    ("values", "time_format"),
    [
        (["2017-09-01 20:52:28", "2017-09-02T00:00:00"], None),
        (["2017-09-01T20:52:28Z", "2017-09-02"], None),
        (["2017-09-01T22:52:28+02:00", "2017-09-02T00:00:00Z"], None),
        (["09/01/2017 20:52:28", "09/02/2017 00:00:00"], None),
        (["01.09.2017 20:52:28", "02.09.2017 00:00:00"], "%d.%m.%Y %H:%M:%S"),
        (["1504299148", "1504310400"], None),
        ([1504299148, 1504310400], None),
        ([1504299148000, 1504310400000.0], None),
        (pd.to_datetime(["2017-09-01 20:52:28", "2017-09-02 00:00:00"]), None),
        (pd.to_datetime(["2017-09-01 22:52:28+02:00", "2017-09-02 02:00:00+02:00"]), None),
    ],
)
def test_forms(values, time_format):
    times, _ = parse_times(pd.Series(values), time_format)
    assert times.tolist() == np.array(["2017-09-01T20:52:28", "2017-09-02"], "M8[s]").tolist()


def test_what_is_not_understood_is_no_time():
    times, used = parse_times(pd.Series(["13/01/2017", "01/13/2017", "", "soon"]), None)
    assert np.isnat(times).tolist() == [False, True, True, True]
    # The next batch is read as the first was, though its first value could be read otherwise.
    times, _ = parse_times(pd.Series(["01/02/2017"]), used)
    assert times[0] == np.datetime64("2017-02-01")


def test_missing_numbers():
    times, _ = parse_times(pd.Series([1504299148.0, np.nan]), None)
    assert np.isnat(times).tolist() == [False, True]
