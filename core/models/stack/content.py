"""What the metadata of two products adds to what the graph says of them.

Only how alike two known things are counts; that something is known never does. A feature is
compared with what is usual for pairs that the graph thinks as likely, and a missing one counts as
usual: it adds nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numba
import numpy as np
import pandas as pd

from core.data.catalogue import CATEGORY_LEVELS
from core.models.fields import FieldEncoder
from core.models.stack.logistic import fit_logistic
from core.threads import in_chunks

FIELDS = ("brand", *CATEGORY_LEVELS, "text")
FEATURES = ("same brand", "categories shared", "text cosine")
TEXT_DIM = 64
BINS = 20
RIDGE = 1e-5
CHUNK = 1 << 14


class Content:
    """A correction of log-odds by brand, categories and text.

    Attributes
    ----------
    knots_ : float64 array, shape (<= 20,)
        Log-odds of the graph, increasing.
    usual_ : float64 array, shape (3, len(knots_))
        Mean of each of `FEATURES` there, where it is known.
    weights_ : float64 array, shape (3,)
    """

    def __init__(self, seed: int):
        self.encoder = FieldEncoder(FIELDS, 0, TEXT_DIM, seed)

    def fit(self, frame: pd.DataFrame, seen: np.ndarray, u, v, logit, positive) -> Self:
        """Learn from pairs with the graph's log-odds of them.

        Parameters
        ----------
        frame : DataFrame
            The catalogue's.
        seen : bool array, shape (n_products,)
            Products whose words and brands are learned.
        u, v : int arrays, shape (n,)
        logit : float array, shape (n,)
        positive : bool array, shape (n,)
        """
        self.encoder.fit(frame[seen])
        self._encode(frame)
        compared = self._compare(u, v)
        known = ~np.isnan(compared)
        some = known.any(axis=1)
        quantiles = np.linspace(0, 1, BINS)
        self.knots_ = np.unique(np.quantile(logit[some], quantiles)) if some.any() else np.zeros(1)
        nearest = np.abs(logit[:, None] - self.knots_).argmin(axis=1)
        self.usual_ = np.zeros((len(FEATURES), len(self.knots_)))
        for at in range(len(FEATURES)):
            rows = known[:, at]
            total = np.bincount(nearest[rows], compared[rows, at], minlength=len(self.knots_))
            count = np.bincount(nearest[rows], minlength=len(self.knots_))
            overall = total.sum() / max(count.sum(), 1)
            # Bins with few pairs lean on the overall mean.
            self.usual_[at] = (total + 10 * overall) / (count + 10)
        self.weights_ = np.zeros(len(FEATURES))
        if some.any():
            usual = [np.interp(logit[some], self.knots_, means) for means in self.usual_]
            unusual = np.where(known[some], compared[some] - np.column_stack(usual), 0.0)
            self.weights_ = fit_logistic(unusual, positive[some], RIDGE, logit[some])
        return self

    def add(self, u: np.ndarray, v: np.ndarray, logit: np.ndarray) -> None:
        """Add the correction to `logit` of the pairs, float64, shape (n,)."""
        arrays = (self._slots, self._text, self._row, self.described)
        learned = (self.knots_, self.usual_, self.weights_)
        in_chunks(
            lambda first, last: _add(*arrays, *learned, u, v, logit, first, last),
            len(logit),
            CHUNK,
            numba.get_num_threads(),
        )

    def _encode(self, frame: pd.DataFrame) -> None:
        encoded = self.encoder.encode(frame)
        self._slots, self._text, self._row = encoded.slots, encoded.text, encoded.text_row
        self.described = encoded.any

    def _compare(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return `FEATURES` of the pairs, shape (n, 3), NaN where one is not known."""
        compared = np.empty((len(u), len(FEATURES)))
        arrays = (self._slots, self._text, self._row, u, v, compared)
        in_chunks(
            lambda first, last: _compare_all(*arrays, first, last),
            len(u),
            CHUNK,
            numba.get_num_threads(),
        )
        return compared

    def save(self, folder: Path) -> None:
        """Write everything learned into `folder`."""
        self.encoder.save(folder)
        np.savez(
            folder / "content.npz", knots=self.knots_, usual=self.usual_, weights=self.weights_
        )

    def load(self, folder: Path, frame: pd.DataFrame) -> Self:
        """Read what `save` wrote; `frame` is the catalogue's."""
        self.encoder.load(folder)
        self._encode(frame)
        with np.load(folder / "content.npz", allow_pickle=False) as saved:
            self.knots_, self.usual_ = saved["knots"], saved["usual"]
            self.weights_ = saved["weights"]
        return self


@numba.njit(cache=True, nogil=True, fastmath=True)
def _dot(text, left, right):
    total = np.float32(0)
    for i in range(text.shape[1]):
        total += text[left, i] * text[right, i]
    return total


@numba.njit(cache=True, nogil=True)
def _compare(slots, text, row, left, right):
    """Return `FEATURES` of one pair, NaN where one is not known."""
    brand = shared = cosine = np.nan
    if slots[left, 0] >= 0 and slots[right, 0] >= 0:
        brand = 1.0 if slots[left, 0] == slots[right, 0] else 0.0
    if slots[left, 1] >= 0 and slots[right, 1] >= 0:
        # Levels count up to the first that differs.
        level, n_levels = 1, slots.shape[1]
        while (
            level < n_levels
            and slots[left, level] >= 0
            and slots[left, level] == slots[right, level]
        ):
            level += 1
        shared = (level - 1) / (n_levels - 1)
    if row[left] >= 0 and row[right] >= 0:
        cosine = float(_dot(text, row[left], row[right]))
    return brand, shared, cosine


@numba.njit(cache=True, nogil=True)
def _compare_all(slots, text, row, u, v, compared, first, last):
    for i in range(first, last):
        compared[i, 0], compared[i, 1], compared[i, 2] = _compare(slots, text, row, u[i], v[i])


@numba.njit(cache=True, nogil=True)
def _add(slots, text, row, described, knots, usual, weights, u, v, logit, first, last):
    for i in range(first, last):
        if not (described[u[i]] and described[v[i]]):
            continue
        # Where between two knots the log-odds lie; beyond the ends, the end counts.
        # Counting all knots below has no branch to guess wrong, unlike a binary search.
        below = 0
        for knot in knots:
            below += logit[i] > knot
        before = min(max(below - 1, 0), max(len(knots) - 2, 0))
        after = min(before + 1, len(knots) - 1)
        width = knots[after] - knots[before]
        part = (logit[i] - knots[before]) / width if width > 0 else 0.0
        part = min(max(part, 0.0), 1.0)
        total = 0.0
        for feature, value in enumerate(_compare(slots, text, row, u[i], v[i])):
            if not np.isnan(value):
                low, high = usual[feature, before], usual[feature, after]
                total += weights[feature] * (value - (low + part * (high - low)))
        logit[i] += total
