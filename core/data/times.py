"""Time stamps of purchases, and the date that divides early from late ones."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from core.config import UserError
from core.data.options import ReadOptions

_MILLISECONDS = 1e11  # a number past it counts milliseconds since 1970, not seconds


def parse_times(values: pd.Series, time_format: str | None) -> tuple[np.ndarray, str | None]:
    """Return times as datetime64[s] in UTC, NaT where not understood, and their format.

    Texts are read by `time_format`, or by that of the first one (ISO 8601 in any of its forms);
    hand the format back in with the next batch. Numbers are seconds or milliseconds since 1970.
    """
    if pd.api.types.is_numeric_dtype(values):
        seconds = values.to_numpy(np.float64, na_value=np.nan)
        return _from_seconds(seconds), time_format
    if not pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype(str)
        if time_format is None:
            time_format = _guess(values)
        if time_format == "number":
            return _from_seconds(pd.to_numeric(values, errors="coerce").to_numpy()), time_format
        values = pd.to_datetime(values, format=time_format, errors="coerce", utc=True)
    if values.dt.tz is not None:
        values = values.dt.tz_convert(None)
    return values.to_numpy("datetime64[s]"), time_format


def _guess(values: pd.Series) -> str:
    filled = values[~values.isin(["", "None", "NaT", "nan"])]
    first = filled.iloc[0].strip() if len(filled) else ""
    if first.replace(".", "", 1).isdigit() and len(first) > 8:
        return "number"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a day stands first, which is no fault
        guess = guess_datetime_format(first) if first else None
    return "ISO8601" if guess is None or guess.startswith("%Y-%m-%d") else guess


def _from_seconds(seconds: np.ndarray) -> np.ndarray:
    seconds = np.where(np.abs(seconds) > _MILLISECONDS, seconds / 1000, seconds)
    whole = np.nan_to_num(seconds).astype(np.int64).astype("datetime64[s]")
    return np.where(np.isnan(seconds), np.datetime64("NaT", "s"), whole)


def latest_early_time(times: np.ndarray, options: ReadOptions, path: Path) -> np.datetime64:
    """Return the last moment that counts as early; `UserError` if nothing is before or after it.

    By default it leaves `options.late_share` of the purchases after it; `options.date` may be a
    day, which is early to its end, or a moment.
    """
    if options.date is None:
        place = min(int(len(times) * (1 - options.late_share)), len(times) - 1)
        last = np.partition(times, place)[place]
        if last == times.max():  # many purchases at the last moment: take the one before it
            earlier = times[times < last]
            last = earlier.max() if len(earlier) else last
    else:
        try:
            moment = pd.Timestamp(options.date)
        except ValueError:
            raise UserError(
                f"'{options.date}' is not a date: write it as 2017-09-01 or 2017-09-01T12:00:00."
            ) from None
        if len(options.date.strip()) <= len("2017-09-01"):
            moment += pd.Timedelta(days=1, seconds=-1)
        last = np.datetime64(moment.tz_localize(None), "s")
    if options.date is not None and not times.min() <= last < times.max():
        raise UserError(
            f"The date {options.date} divides nothing: {path} runs from {times.min()} "
            f"to {times.max()}."
        )
    return last
