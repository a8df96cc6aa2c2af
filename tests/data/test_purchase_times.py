"""Time stamps in the formats of logs."""

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data.purchase_times import parse_times


@pytest.mark.parametrize(
    ("values", "time_format"),
    [
        (["2017-09-01 20:52:28", "2017-09-02T00:00:00"], None),
        (["2017-09-01T20:52:28Z", "2017-09-02"], None),
        (["2017-09-01T22:52:28+02:00", "2017-09-02T00:00:00Z"], None),
        (["2017-09-01 20:52:28 UTC", "2017-09-02 00:00:00 +0000 UTC"], None),
        (["2017-09-01 20:52:28 UTC", "2017-09-02 00:00:00 UTC"], "%Y-%m-%d %H:%M:%S UTC"),
        (["09/01/2017 20:52:28", "09/02/2017 00:00:00"], None),
        (["01.09.2017 20:52:28", "02.09.2017 00:00:00"], "%d.%m.%Y %H:%M:%S"),
        (["1504299148", "1504310400"], None),
        ([1504299148, 1504310400], None),
        ([1504299148000, 1504310400000.0], None),
        (["1504299148000000", "1504310400000000"], None),
        (["1504299148000000000", "1504310400000000000"], None),
        ([1504299148000000000, 1504310400000000000], None),
        (["20170901205228", "20170902000000"], None),
        ([20170901205228, 20170902000000], None),
        (["20170901205228.0", "20170902000000.0"], None),
        ([20170901205228, 20170902000000], "%Y%m%d%H%M%S"),
        (["09/01/2017 08:52:28 PM", "09/02/2017 12:00:00 AM"], None),
        ([" 2017-09-01 20:52:28", "2017-09-02 00:00:00 "], None),
        (["01.09.2017 20:52:28", "02.09.2017 00:00:00"], None),
        (pd.to_datetime(["2017-09-01 20:52:28", "2017-09-02 00:00:00"]), None),
        (pd.to_datetime(["2017-09-01 22:52:28+02:00", "2017-09-02 02:00:00+02:00"]), None),
    ],
)
def test_every_form_of_time_is_read(values, time_format):
    times, _ = parse_times(pd.Series(values), time_format)
    assert times.tolist() == np.array(["2017-09-01T20:52:28", "2017-09-02"], "M8[s]").tolist()


def test_unparsable_times_are_missing():
    times, used = parse_times(pd.Series(["13/01/2017", "01/13/2017", "", "soon"]), None)
    assert np.isnat(times).tolist() == [False, True, True, True]
    # The next batch is read like the first, although its first value is ambiguous.
    times, _ = parse_times(pd.Series(["01/02/2017"]), used)
    assert times[0] == np.datetime64("2017-02-01")


def test_missing_numbers_are_missing_times():
    times, _ = parse_times(pd.Series([1504299148.0, np.nan]), None)
    assert np.isnat(times).tolist() == [False, True]


@pytest.mark.parametrize(
    "written",
    [
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d/%m/%y",
        "%m/%d/%y",
        "%d-%m-%Y %H:%M",
        "%d.%m.%Y",
        "%m/%d/%Y %I:%M %p",
        "%d/%m/%Y %I:%M:%S%p",
        "%Y%m%d",
        "%Y%m%d%H%M",
        "%Y/%m/%d",
        "%d %b %Y",
    ],
)
def test_the_format_that_fits_all_is_chosen(written):
    days = pd.date_range("2017-01-05", periods=300, freq="D")
    times, used = parse_times(pd.Series(days.strftime(written)), None)
    assert times.tolist() == days.to_numpy("M8[s]").tolist()
    # An ambiguous day in a later batch.
    times, _ = parse_times(pd.Series([days[0].strftime(written)]), used, guessed=True)
    assert times[0] == days.to_numpy("M8[s]")[0]


def test_integers_can_be_dates():
    times, used = parse_times(pd.Series([20170131, 20170201, 20171301]), None)
    assert times[:2].astype(str).tolist() == ["2017-01-31T00:00:00", "2017-02-01T00:00:00"]
    assert np.isnat(times[2:]).all()
    times, _ = parse_times(pd.Series([20170131.0, np.nan]), used)
    assert times[0] == np.datetime64("2017-01-31") and np.isnat(times[1])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "value",
    ["1" + "0" * 30, 1e30, np.inf, -5.0, 9e9, "9000000000", "1867-01-01", pd.Timestamp(2150, 1, 1)],
)
def test_implausible_times_are_missing(value):
    good = pd.Timestamp(2017, 9, 1) if isinstance(value, pd.Timestamp) else 1504299148
    good = "2017-09-01" if value == "1867-01-01" else good
    good = str(good) if isinstance(value, str) else good
    times, _ = parse_times(pd.Series([good, good, value]), None)
    assert np.isnat(times).tolist() == [False, False, True]


def test_day_first_that_shows_only_in_a_later_batch_is_refused():
    _, used = parse_times(pd.Series(["05/01/2017", "06/01/2017"]), None)
    with pytest.raises(UserError, match="time_format=%d/%m/%Y"):
        parse_times(pd.Series(["12/01/2017", "13/01/2017"]), used, guessed=True)


@pytest.mark.parametrize("empty", [["", " "], [None, None], [np.nan, np.nan]])
@pytest.mark.parametrize("value", ["13/01/2017", 20170113])
def test_an_empty_first_batch_does_not_fix_the_format(empty, value):
    times, used = parse_times(pd.Series(empty), None)
    assert np.isnat(times).all()
    times, _ = parse_times(pd.Series([value]), used, guessed=True)
    assert times[0] == np.datetime64("2017-01-13")
