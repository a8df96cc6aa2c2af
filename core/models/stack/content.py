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

from core.data.product_catalogue import CATEGORY_LEVELS
from core.models.embedding.fields import FieldEncoder
from core.models.stack.logistic import fit_logistic
from core.parallel import in_chunks

FIELDS = ("brand", *CATEGORY_LEVELS, "text")
FEATURES = ("same brand", "categories shared", "text cosine")
TEXT_DIM = 64
BINS = 20
RIDGE = 1e-5
CHUNK, AT_ONCE = 1 << 14, 128
# Which of `FEATURES` are known, for every number that says so by its bits.
KNOWN = (np.arange(1 << len(FEATURES))[:, None] >> np.arange(len(FEATURES)) & 1).astype(float)


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
        known, compared = self._compare(u, v)
        some = known.any(axis=0)
        quantiles = np.linspace(0, 1, BINS)
        self.knots_ = np.unique(np.quantile(logit[some], quantiles)) if some.any() else np.zeros(1)
        nearest = np.abs(logit[:, None] - self.knots_).argmin(axis=1)
        self.usual_ = np.zeros((len(FEATURES), len(self.knots_)))
        for at in range(len(FEATURES)):
            rows = known[at]
            total = np.bincount(nearest[rows], compared[at, rows], minlength=len(self.knots_))
            count = np.bincount(nearest[rows], minlength=len(self.knots_))
            overall = total.sum() / max(count.sum(), 1)
            # Bins with few pairs lean on the overall mean.
            self.usual_[at] = (total + 10 * overall) / (count + 10)
        self.weights_ = np.zeros(len(FEATURES))
        if some.any():
            usual = [np.interp(logit[some], self.knots_, means) for means in self.usual_]
            unusual = np.where(known[:, some], compared[:, some] - usual, 0.0)
            self.weights_ = fit_logistic(unusual.T, positive[some], RIDGE, logit[some])
        return self

    def add(self, u: np.ndarray, v: np.ndarray, logit: np.ndarray) -> None:
        """Add the correction to `logit` of the pairs, float64, shape (n,)."""
        # What is usual of all that is known of a pair, one row a combination, and how it rises.
        usual = KNOWN @ (self.weights_[:, None] * self.usual_)
        rise = np.zeros_like(usual)
        rise[:, :-1] = np.diff(usual) / np.diff(self.knots_)
        arrays = (self._slots, self._text, self._row)
        learned = (self.knots_, usual, rise, self.weights_)
        in_chunks(
            lambda first, last: _add(*arrays, *learned, u, v, logit, first, last),
            len(logit),
            CHUNK,
            numba.get_num_threads(),
        )

    def _encode(self, frame: pd.DataFrame) -> None:
        encoded = self.encoder.encode(frame)
        self._slots, self._text, self._row = encoded.slots, encoded.text, encoded.text_row

    def _compare(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which `FEATURES` of the pairs are known, and the features, both (3, n)."""
        known, values = np.empty(len(u), np.uint8), np.empty((len(FEATURES), len(u)))
        arrays = (self._slots, self._text, self._row)

        def work(first: int, last: int) -> None:
            some = slice(first, last)
            _compare(*arrays, u[some], v[some], known[some], values[:, some])

        in_chunks(work, len(u), CHUNK, numba.get_num_threads())
        return KNOWN[known].T > 0, values

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
def _compare(slots, text, row, u, v, known, values):
    """Fill `known`, shape (n,), with the bits of the `FEATURES` that are known of the pairs, and
    `values`, shape (3, n), with them; 0 where not known."""
    n_levels = slots.shape[1] - 1
    for i in range(len(u)):
        left, right = u[i], v[i]
        bits, brand, shared, cosine = 0, 0.0, 0.0, 0.0
        if slots[left, 0] >= 0 and slots[right, 0] >= 0:
            bits += 1
            brand = 1.0 if slots[left, 0] == slots[right, 0] else 0.0
        if slots[left, 1] >= 0 and slots[right, 1] >= 0:
            bits += 2
            # Levels count up to the first that differs; looking at all leaves nothing to guess.
            same, levels = True, 0
            for level in range(1, n_levels + 1):
                same = same and slots[left, level] >= 0
                same = same and slots[left, level] == slots[right, level]
                levels += same
            shared = levels / n_levels
        if row[left] >= 0 and row[right] >= 0:
            bits += 4
            cosine = float(_dot(text, row[left], row[right]))
        known[i] = bits
        values[0, i], values[1, i], values[2, i] = brand, shared, cosine


@numba.njit(cache=True, nogil=True)
def _add(slots, text, row, knots, usual, rise, weights, u, v, logit, first, last):
    known, values = np.empty(AT_ONCE, np.uint8), np.empty((len(FEATURES), AT_ONCE))
    # Where the log-odds lie among the knots is counted for many pairs at once: no branch to guess
    # wrong, and the compiler makes vectors of it.
    before = np.empty(AT_ONCE, np.int64)
    for begin in range(first, last, AT_ONCE):
        end = min(begin + AT_ONCE, last)
        n, logits = end - begin, logit[begin:end]
        _compare(slots, text, row, u[begin:end], v[begin:end], known, values)
        before[:] = 0
        for knot in knots[1:-1]:
            for i in range(n):
                before[i] += logits[i] > knot
        for i in range(n):
            at = before[i]
            # Beyond the first and the last knot, that one counts.
            above = min(max(logits[i], knots[0]), knots[-1]) - knots[at]
            for feature, weight in enumerate(weights):
                logits[i] += weight * values[feature, i]
            logits[i] -= usual[known[i], at] + rise[known[i], at] * above
