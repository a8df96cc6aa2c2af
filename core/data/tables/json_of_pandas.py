"""The JSON that pandas writes of a data frame: one object, by columns, by rows or split."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import pandas as pd

from core.data.plain_text_copy import Unpacked

Orient: TypeAlias = Literal["columns", "index", "split"]
_BEGINNINGS: dict[Orient, re.Pattern[bytes]] = {
    "columns": re.compile(rb'\{\s*"[^"]*"\s*:\s*\{\s*"\d+"\s*:\s*[^\s{\[]'),
    "index": re.compile(rb'\{\s*"\d+"\s*:\s*\{\s*"'),
    "split": re.compile(rb'\{\s*"columns"\s*:\s*\['),
}


def find_orient(text: bytes) -> Orient | None:
    """Return the argument `orient` of ``DataFrame.to_json`` that wrote a file; None for others.

    Parameters
    ----------
    text : bytes
        The beginning of the file, without white space before it.

    Examples
    --------
    >>> find_orient(b'{"order":{"0":"A1","1":"A1"},"item":{"0":"tea","1":"cup"}}')
    'columns'
    >>> find_orient(b'{"order":"A1","item":"tea"}') is None
    True
    """
    return next((name for name, start in _BEGINNINGS.items() if start.match(text)), None)


def read_frame(source: Unpacked, orient: Orient) -> pd.DataFrame:
    """Return the data frame of a file; ``ValueError`` if it is damaged. Values keep their type."""
    compression: Literal["gzip"] | None = "gzip" if source.is_gzip else None
    return pd.read_json(source.path, orient=orient, compression=compression, dtype=False)
