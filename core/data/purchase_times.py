"""Time stamps of purchases, and the date that separates early from late ones."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from core.config import UserError
from core.data.read_options import ReadOptions

NOT_UNDERSTOOD = (
    "the time is unreadable or not from 1970 to 2100: "
    "set its format with --set time_format=%d/%m/%Y"
)
_EMPTY = ("", "None", "NaT", "nan", "<NA>")
_FIRST, _END = np.datetime64("1970-01-01", "s"), np.datetime64("2101-01-01", "s")
# Numbers from these sizes on are milli-, micro- and nanoseconds since 1970, not seconds.
_UNITS = ((1e11, 1e3), (1e14, 1e6), (1e17, 1e9))
_LARGEST = 1e20  # larger numbers are not times in any unit
# Dates written as one number, with the place value of the day.
_COMPACT = {"%Y%m%d": 1, "%Y%m%d%H%M": 10**4, "%Y%m%d%H%M%S": 10**6}
# Days since 1899-12-30, as spreadsheets store dates: 1970-01-01 to 2100-12-31.
_SPREADSHEET, _FIRST_DAY, _END_DAY = "number of days", 25_569, 73_416
_LIKELY_NUMBER = r"\d{9,}(?:\.\d*)?"  # a shorter one may be 31012017
_LIKELY_DAY = r"(?:(?:19[7-9]|20\d)\d|2100)\d{4}(?:\.0*)?"
_SLASHED = re.compile(
    r"\d{1,2}([/.-])\d{1,2}\1(\d{4}|\d\d)"
    r"(?:([ T]+)\d{1,2}:\d\d(:\d\d)?(\.\d+)?(?:( *)([AaPp][Mm]))?)?"
)
# Suffixes of times in exports, such as "+0000 UTC".
_UTC = re.compile(r"\s+(?:[+-]00:?00\s+)?(?:UTC|GMT)$")
_ZONE_ASKED = re.compile(r"UTC|GMT|%Z")
_GUESSES = 10  # distinct values whose formats are tried


def parse_times(
    values: pd.Series, time_format: str | None, guessed: bool = False
) -> tuple[np.ndarray, str | None]:
    """Return times as datetime64[s] in UTC, NaT if unreadable, and their format.

    Texts are read by `time_format`, or by the form that fits most of them (ISO 8601 counts as
    one; where month first and day first fit equally, month first, but day first with dots); hand
    the format back in with the next batch. Numbers are dates such as 20170901, or seconds, milli-,
    micro- or nanoseconds since 1970, by their size. Times before 1970 or after 2100 are NaT.

    Raises
    ------
    UserError
        If `time_format` was `guessed` from an earlier batch and this one shows that day and month
        are in the opposite order.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        times = _in_utc(values)
    elif pd.api.types.is_numeric_dtype(values):
        count = values.to_numpy(np.float64, na_value=np.nan)
        if time_format is None:
            if not np.isfinite(count).any():  # no value to guess from yet
                return np.full(len(count), np.datetime64("NaT", "s")), None
            time_format = _guess_number(count)
        times = _from_numbers(count, time_format)
    else:
        texts = values.astype(str).str.strip()
        if not (time_format and _ZONE_ASKED.search(time_format)):
            texts = texts.str.replace(_UTC, "", regex=True)
        if time_format is None:
            if _filled(texts).empty:
                return np.full(len(texts), np.datetime64("NaT", "s")), None
            time_format, guessed = _guess(texts), False
        if time_format.startswith("number"):
            count = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            times = _from_numbers(count, time_format)
        else:
            times = _from_texts(texts, time_format)
            if guessed and np.isnat(times).any():
                _check_order(texts, time_format)
    known = (times >= _FIRST) & (times < _END)  # False for NaT
    return np.where(known, times, np.datetime64("NaT", "s")), time_format


def _in_utc(values: pd.Series) -> np.ndarray:
    if values.dt.tz is not None:
        values = values.dt.tz_convert(None)
    return values.to_numpy("datetime64[s]")


def _from_texts(texts: pd.Series, time_format: str) -> np.ndarray:
    return _in_utc(pd.to_datetime(texts, format=time_format, errors="coerce", utc=True))


def _filled(texts: pd.Series) -> pd.Series:
    distinct = pd.Series(texts.dropna().unique(), dtype=str)
    return distinct[~distinct.isin(_EMPTY)]


def _guess(texts: pd.Series) -> str:
    """Return the format of most of the distinct texts."""
    distinct = _filled(texts)
    if distinct.str.fullmatch(r"\d{5}(?:\.\d+)?").all():
        return _guess_number(pd.to_numeric(distinct).to_numpy(np.float64))
    if distinct.str.fullmatch(f"{_LIKELY_NUMBER}|{_LIKELY_DAY}").sum() * 2 > len(distinct):
        guess = _guess_number(pd.to_numeric(distinct, errors="coerce").to_numpy(np.float64))
        if guess != "number" or distinct.str.fullmatch(_LIKELY_NUMBER).any():
            return guess
    tried: dict[str, tuple[int, bool]] = {}  # (number of fits, whether the first value fits)
    for text in distinct.iloc[:_GUESSES]:
        for form in _forms(text):
            if form not in tried:
                fits = ~np.isnat(_from_texts(distinct, form))
                tried[form] = int(fits.sum()), bool(fits[0])
                if fits.all():
                    return form
    return max(tried, key=lambda form: tried[form], default="ISO8601")


def _forms(text: str) -> list[str]:
    """Return the possible formats of a date string, the likeliest first."""
    if slashed := _SLASHED.fullmatch(text):
        sign, year, blank, seconds, fraction, gap, half = slashed.groups()
        rest = f"{sign}%{'Y' if len(year) == 4 else 'y'}"
        if blank:
            rest += f"{blank}%{'I' if half else 'H'}:%M"
            rest += (":%S" if seconds else "") + (".%f" if fraction else "")
            rest += f"{gap}%p" if half else ""
        forms = [f"%m{sign}%d{rest}", f"%d{sign}%m{rest}"]
        return forms[::-1] if sign == "." else forms
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about dates with the day first, which are valid
        guesses = [guess_datetime_format(text, dayfirst=first) for first in (False, True)]
    if guesses[0] and guesses[0].startswith("%Y-%m-%d"):
        return ["ISO8601"]
    known = [guess for guess in guesses if guess and not guess.startswith("%Y/%d")]
    return list(dict.fromkeys(known)) or ["ISO8601"]


def _check_order(texts: pd.Series, time_format: str) -> None:
    """Raise `UserError` if more of the strings are valid with day and month swapped."""
    other = time_format.translate(str.maketrans("md", "dm"))
    distinct = _filled(texts)
    fit, fit_other = (
        int((~np.isnat(_from_texts(distinct, form))).sum()) for form in (time_format, other)
    )
    if fit_other > fit:
        raise UserError(
            f"The first times of the log fit {time_format}, but most of the later ones {other}. "
            f"Set the format: --set 'time_format={other}'."
        )


def _guess_number(count: np.ndarray) -> str:
    count = count[np.isfinite(count)]
    if len(count) and ((count >= _FIRST_DAY) & (count < _END_DAY)).all():
        return _SPREADSHEET
    for form in _COMPACT:
        if (~np.isnat(_from_compact(count, form))).sum() * 2 > len(count):
            return f"number {form}"
    return "number"


def _from_numbers(count: np.ndarray, time_format: str) -> np.ndarray:
    if time_format == _SPREADSHEET:
        days = np.where((count >= _FIRST_DAY) & (count < _END_DAY), count, np.nan)
        times = pd.to_datetime(days, unit="D", origin="1899-12-30").round("s")
        return times.to_numpy("datetime64[s]")
    form = time_format.removeprefix("number").strip()
    if form:
        return _from_compact(count, form)
    usable = np.abs(count) < _LARGEST  # False for NaN
    seconds = np.where(usable, count, 0)
    divisor = np.ones(len(seconds))
    for least, per_second in _UNITS:
        divisor[np.abs(seconds) >= least] = per_second
    whole = np.floor(seconds / divisor).astype(np.int64).astype("datetime64[s]")
    return np.where(usable, whole, np.datetime64("NaT", "s"))


def _from_compact(count: np.ndarray, form: str) -> np.ndarray:
    times = np.full(len(count), np.datetime64("NaT", "s"))
    worth = _COMPACT.get(form, 0)
    usable = (np.floor(count) == count) & (np.abs(count) < 1e18)
    if worth:
        usable &= (count >= 19700101 * worth) & (count < 21010101 * worth)
    whole = pd.Series(np.where(usable, count, 0).astype(np.int64)[usable])
    times[usable] = _from_texts(whole.astype(str), form)
    return times


def latest_early_time(times: np.ndarray, options: ReadOptions, label: str) -> np.datetime64:
    """Return the last early moment; `UserError` if no purchase is before or after it.

    By default, `options.late_share` of the purchases are after it. `options.date` may be a day,
    which counts as early until its end, or a moment.
    """
    if options.date is None:
        position = min(int(len(times) * (1 - options.late_share)), len(times) - 1)
        last = np.partition(times, position)[position]
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
            f"The date {options.date} does not divide the log: {label} runs from {times.min()} "
            f"to {times.max()}."
        )
    return last
