"""Ids as tables write them, and which of them are none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.assemble import Codes

# What databases write for nothing. Made an id, it would be the customer of all strangers.
_NOTHING_WRITTEN = ("NULL", "null", r"\N")


class Ids:
    """One column of ids of one batch: which are missing, and the numbers of the others."""

    def __init__(self, values: pd.Series) -> None:
        self._local, unique = pd.factorize(values)
        self._texts = [_id_text(value) for value in unique.tolist()]
        self.missing = np.array([not text for text in self._texts] + [True])[self._local]

    def codes(self, rows: np.ndarray, codes: Codes) -> np.ndarray:
        """Return the numbers of the ids at `rows` (a mask), -1 where missing; new ids get one."""
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
    nothing = _NOTHING_WRITTEN if isinstance(value, str) else ("nan", "None", "<NA>", "NaT")
    return "" if text in nothing else text
