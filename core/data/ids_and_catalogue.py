"""Ids -> row numbers, and columns -> a catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from core.data.clean_values import price_bins
from core.data.product_catalogue import COLUMNS, TEXT_COLUMNS, Catalogue

# Missing values as databases export them. Read as an id, one would merge all unknown customers
# into a single one.
_MISSING = ("NULL", "null", r"\N")


# A column of a file.
Column: TypeAlias = "pa.ChunkedArray | np.ndarray | pd.Series | Sequence[object]"


class Codes(dict):
    """A dict that gives every new id the next number: ``codes[id]``."""

    def __missing__(self, key: str) -> int:
        code = self[key] = len(self)
        return code


class Ids:
    """The ids of one column in one batch: a mask of missing ids, and the codes of the others."""

    def __init__(self, values: pd.Series, merge_case: bool = False) -> None:
        """Convert a column of ids; `merge_case` merges those that differ only by case or spaces."""
        self._local, unique = pd.factorize(values)
        self._texts = [_id_text(value) for value in unique.tolist()]
        if merge_case:
            self._texts = [" ".join(text.lower().split()) for text in self._texts]
        self.missing = np.array([not text for text in self._texts] + [True])[self._local]

    def among(self, ids: list[str]) -> np.ndarray:
        """Return a mask of the rows that hold one of `ids`."""
        return np.array([text in ids for text in self._texts] + [False])[self._local]

    def codes(self, rows: np.ndarray, codes: Codes) -> np.ndarray:
        """Return the codes of the ids at `rows` (a mask), -1 where missing; new ids get one."""
        local = self._local[rows]
        table = np.full(len(self._texts) + 1, -1, np.int32)
        # In order of first appearance, which is the order of factorize.
        for i in np.unique(local[local >= 0]).tolist():
            if self._texts[i]:
                table[i] = codes[self._texts[i]]
        return table[local]


def _id_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():  # integers with gaps arrive as floats
        return str(int(value))
    text = str(value).strip()
    missing = _MISSING if isinstance(value, str) else ("nan", "None", "<NA>", "NaT")
    return "" if text in missing else text


def text_column(values: Column) -> pd.Series:
    """Return texts (an Arrow array, or a sequence) as a compact column, "" where absent."""
    if not isinstance(values, pa.ChunkedArray):
        values = pa.array(values, pa.large_string(), from_pandas=True)
    return pd.Series(values.to_pandas(), dtype="str").fillna("")


def make_catalogue(
    ids: Sequence[str] | np.ndarray, columns: Mapping[str, Any], n_with_metadata: int
) -> Catalogue:
    """Return the catalogue of `ids`, the first `n_with_metadata` of which have a row.

    Parameters
    ----------
    ids : sequence of str
    columns : mapping
        Columns of `Catalogue` (all but the id and the price bin may be absent), each
        `n_with_metadata` long.
    """
    n = len(ids)
    frame = pd.DataFrame({"id": text_column(ids)})
    for name in TEXT_COLUMNS:
        values = text_column(columns.get(name, pa.nulls(n_with_metadata, pa.large_string())))
        frame[name] = values.reindex(range(n), fill_value="")
    price = np.full(n, np.nan, np.float32)
    price[:n_with_metadata] = columns.get("price", np.nan)
    frame["price"] = price
    frame["price_bin"] = text_column(price_bins(price))
    label = np.zeros(n, bool)
    label[:n_with_metadata] = columns.get("private_label", False)
    frame["private_label"] = label
    frame["has_metadata"] = np.arange(n) < n_with_metadata
    return Catalogue(frame[list(COLUMNS)])
