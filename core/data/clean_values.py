"""Clean text, prices and numbers, which files write in many ways; bins of prices."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
# A tag's name is followed by attributes with values or by nothing: "x<y and y>z" is not a tag.
# No two parts of the pattern may match the same blanks, or matching takes quadratic time.
_TAG = re.compile(r"</?[a-zA-Z][\w:-]*(?:\s+[\w:-]+\s*=[^<>]*|\s*/?)>")
# Some scraped titles contain script or style code.
_SCRIPT = re.compile(
    r"getTime\(|function(?:\s+\w+)?\s*\([^()]{0,200}\)\s*\{|[.#][\w-]+\s*\{\s*[a-z-]+\s*:"
)
_CURRENCY = r"(?:[$€£¥]|[A-Z]{3})"
_AMOUNT = r"(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?"  # 1,299.00
_AMOUNT_WITH_COMMA = r"(\d{1,3}(?:[.\s]\d{3})+|\d+)(,\d{1,2})"  # 1.299,00
_PRICE, _PRICE_WITH_COMMA = (
    re.compile(rf"{_CURRENCY}?\s*{amount}\s*{_CURRENCY}?")
    for amount in (_AMOUNT, _AMOUNT_WITH_COMMA)
)
_GROUPED, _PLAIN = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", r"[-+]?\d+(?:\.\d+)?"
_DECIMAL_COMMA = r"[-+]?(?:\d{1,3}(?:[.\s]\d{3})+|\d+),\d{1,2}"
MAX_PRICE = 1e7  # dollars; larger values are errors in the data


def clean_text(value: object) -> str:
    """Return a string without HTML, entities and superfluous spaces; "" for any other type."""
    if type(value) is not str:
        return ""
    if "<" in value or "&" in value or "{" in value or "(" in value:
        value = _clean_html(value)
    if not value.isascii():  # a lone half of a surrogate pair cannot be written to any file
        value = value.encode("utf-8", "replace").decode("utf-8")
    return " ".join(value.split())


def _clean_html(text: str) -> str:
    # Entities may be escaped twice, and tags may be escaped as entities.
    for _ in range(3):
        before = text
        text = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", text)))
        if text == before:
            break
    text = _TAG.sub(" ", text)
    return "" if _SCRIPT.search(text) else text


def clean_brand(value: object) -> str:
    """Return a brand without the leading "by" of the 2018 metadata."""
    brand = clean_text(value)
    if type(value) is str and value.lstrip().startswith("by\n"):
        brand = brand.removeprefix("by").lstrip()
    return brand


def clean_price(value: Any) -> float:
    """Return a price in its own currency, NaN if the value is not a price.

    Accepts a number or one amount such as "$1,299.00" or "1.299,00 €". A range is not one price,
    so it is NaN.
    """
    if type(value) is str:
        value = value.strip()
        if match := _PRICE.fullmatch(value):
            value = float("".join(match.groups("")).replace(",", ""))
        elif match := _PRICE_WITH_COMMA.fullmatch(value):
            whole, cents = match.groups()
            value = float(re.sub(r"\D", "", whole) + cents.replace(",", "."))
        else:
            value = np.nan
    elif type(value) not in (int, float):
        return np.nan
    return float(value) if 0 <= value <= MAX_PRICE else np.nan


def clean_image(value: object) -> str:
    """Return a web address, the first one of a list; "" for anything else."""
    if type(value) is list and value:
        value = value[0]
    if type(value) is str and value.startswith(("http://", "https://")) and value.isascii():
        return value
    return ""


def numbers(values: pd.Series, grouped: bool = False) -> np.ndarray:
    """Return a column as float64, NaN where it is not a number.

    A comma may stand for the decimal point: "2,5" is 2.5, and "1.234,5" is 1234.5. Whether "1,250"
    is 1.25 or 1250 is unknown; if `grouped`, it is 1250.
    """
    count = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan, copy=True)
    unread = np.isnan(count) & values.notna().to_numpy()
    if unread.any() and not pd.api.types.is_numeric_dtype(values):
        texts = values[unread].astype(str).str.strip()
        if grouped:
            texts = texts.where(~texts.str.fullmatch(_GROUPED), texts.str.replace(",", ""))
        texts = texts.where(texts.str.fullmatch(f"{_DECIMAL_COMMA}|{_PLAIN}"), "")
        texts = texts.str.replace(r"[.\s](?=\d{3})", "", regex=True).str.replace(",", ".")
        count[unread] = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    return count


# The study's bins, left ends included: the study dropped 25 and 50.
_EDGES = np.array([*range(26), *range(30, 51, 5), *range(60, 501, 10)], float)
_LABELS = np.array(
    ["", *(f"${a:.0f} to {b:.0f}" for a, b in pairwise(_EDGES)), "$500 or more"], object
)


def price_bins(prices: np.ndarray) -> np.ndarray:
    """Return the bin of every price as text such as "$12 to 13" (left end inside), "" for NaN.

    Whole dollars under 25, steps of 5 to 50, steps of 10 to 500, then one bin.
    """
    prices = np.asarray(prices, float)
    return _LABELS[np.digitize(np.where(np.isnan(prices), -1.0, prices), _EDGES)]
