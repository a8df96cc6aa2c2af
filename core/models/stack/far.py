"""The score of pairs without a short path: a quadratic function of a few features.

Nearly all pairs of a catalogue are such, so this must be quick; what tells them apart is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from core.models.stack.logistic import fit_logistic
from core.parallel import in_chunks

RIDGE = 1e-4
CLIP = 4.0
CHUNK = 1 << 14
AT_ONCE = 128
# A few hundred weights are known well by so many pairs.
ENOUGH = 100_000


@dataclass(frozen=True)
class FarScore:
    """Log-odds from features of a pair and the node features of its two ends.

    Attributes
    ----------
    center, scale : float64 arrays, shape (k,)
        Features are standardised by them and cut at ± `CLIP`.
    matrix : float64 array, shape (k + 1, k + 1)
        Upper triangular; a feature that is always 1 comes last.
    """

    center: np.ndarray
    scale: np.ndarray
    matrix: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray, positive: np.ndarray, seed: int = 0) -> FarScore:
        """Fit to the features of pairs followed by those of their two ends, the high one first.

        Parameters
        ----------
        features : float array, shape (n, k)
        positive : bool array, shape (n,)
        seed : int
            Of more than `ENOUGH` pairs, so many are drawn: the rarer kind first, up to half.
        """
        some, correction = _sample(positive, np.random.default_rng(seed))
        features, positive = features[some], positive[some]
        features = features.astype(np.float64)
        width = features.shape[1]
        if len(features) == 0:
            features = np.zeros((1, width))
        center = features.mean(axis=0)
        scale = features.std(axis=0)
        scale[scale < 1e-6] = 1.0
        z = np.clip((features[: len(positive)] - center) / scale, -CLIP, CLIP)
        z = np.column_stack([z, np.ones(len(z))])
        left, right = np.triu_indices(width + 1)
        # One more pair that is half true, half not, keeps the odds finite where all are alike.
        average = np.zeros((2, len(left)))
        average[:, -1] = 1
        terms = np.vstack([z[:, left] * z[:, right], average])
        weights = fit_logistic(terms, np.append(positive, [True, False]), RIDGE)
        matrix = np.zeros((width + 1, width + 1))
        matrix[left, right] = weights
        matrix[-1, -1] += correction
        return cls(center, scale, matrix)

    def score(self, features: np.ndarray) -> np.ndarray:
        """Return the log-odds of rows as `fit` takes them, float64, shape (n,)."""
        z = np.clip((features - self.center) / self.scale, -CLIP, CLIP)
        z = np.column_stack([z, np.ones(len(z))])
        return np.einsum("ij,ij->i", z @ self.matrix, z)

    def on(self, nodes: np.ndarray) -> FarTables:
        """Work out all that depends on one product alone; `nodes` is float32, (n_products, m)."""
        m = nodes.shape[1]
        p = len(self.center) - 2 * m
        of_pair, of_high, of_low = slice(0, p), slice(p, p + m), slice(p + m, p + 2 * m)
        matrix, ones = self.matrix, self.matrix[:, -1]
        high, low = (
            np.clip((nodes - self.center[part]) / self.scale[part], -CLIP, CLIP)
            for part in (of_high, of_low)
        )
        highs = [
            np.einsum("ni,ij,nj->n", high, matrix[of_high, of_high], high) + high @ ones[of_high],
            high @ matrix[of_pair, of_high].T,
            high @ matrix[of_high, of_low],
        ]
        lows = [
            np.einsum("ni,ij,nj->n", low, matrix[of_low, of_low], low) + low @ ones[of_low],
            low @ matrix[of_pair, of_low].T,
            low,
        ]
        # What a pair's own features bring, whatever its ends.
        highs[0], highs[1] = highs[0] + ones[-1], highs[1] + ones[of_pair]
        return FarTables(
            self.center[of_pair],
            1 / self.scale[of_pair],
            np.ascontiguousarray(matrix[of_pair, of_pair]),
            nodes[:, 0].copy(),
            np.column_stack(highs),
            np.column_stack(lows),
        )


def _sample(positive: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return the places of at most `ENOUGH` pairs, and what to add to log-odds learned from them.

    Hardly one pair in a hundred is true; each teaches as much as many that are not. Drawing the two
    kinds at different rates shifts the intercept alone, by a known amount (case-control sampling:
    King and Zeng, 2001, section 4.1).
    """
    if len(positive) <= ENOUGH:
        return np.arange(len(positive)), 0.0
    kinds = [np.flatnonzero(positive), np.flatnonzero(~positive)]
    most = ENOUGH - min(*map(len, kinds), ENOUGH // 2)
    drawn = [rng.permutation(kind)[:most] for kind in kinds]
    of_true, of_false = (max(len(some), 1) / max(len(kind), 1) for some, kind in zip(drawn, kinds))
    return np.concatenate(drawn), float(np.log(of_false / of_true))


@dataclass(frozen=True)
class FarTables:
    """A `FarScore` for the products of one graph.

    Attributes
    ----------
    center, rate, matrix : float64 arrays
        Standardise the features of a pair, and combine them among themselves.
    order : float32 array, shape (n_products,)
        Says which end of a pair counts as the high one, as `by_degree` does.
    high, low : float64 arrays, shape (n_products, 1 + n_pair_features + n_node_features)
        A product's own part, what it lends to the features of a pair, and what its partner's are
        multiplied with.
    """

    center: np.ndarray
    rate: np.ndarray
    matrix: np.ndarray
    order: np.ndarray
    high: np.ndarray
    low: np.ndarray

    def score(self, pairs: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the log-odds of the pairs, float64, shape (n,).

        Parameters
        ----------
        pairs : float32 array, shape (n_pair_features, n)
        u, v : int arrays, shape (n,)
        """
        out = np.empty(len(u))
        arrays = (self.center, self.rate, self.matrix, self.order, self.high, self.low)
        in_chunks(
            lambda first, last: _far(*arrays, pairs, u, v, out, first, last),
            len(out),
            CHUNK,
            numba.get_num_threads(),
        )
        return out


@numba.njit(cache=True, nogil=True)
def _far(center, rate, matrix, order, highs, lows, pairs, u, v, out, first, last):
    # Many pairs at once, and the same feature of them side by side: the compiler makes vectors.
    width, total_width = len(center), highs.shape[1]
    z = np.zeros((width, AT_ONCE))
    high, low = np.zeros((total_width, AT_ONCE)), np.zeros((total_width, AT_ONCE))
    total, part = np.empty(AT_ONCE), np.empty(AT_ONCE)
    for begin in range(first, last, AT_ONCE):
        n = min(AT_ONCE, last - begin)
        for row in range(n):
            one, other = u[begin + row], v[begin + row]
            if order[one] < order[other] or (order[one] == order[other] and other < one):
                one, other = other, one
            for i in range(total_width):
                high[i, row], low[i, row] = highs[one, i], lows[other, i]
        for i in range(width):
            for row in range(n):
                z[i, row] = pairs[i, begin + row]
        for row in range(AT_ONCE):
            total[row] = high[0, row] + low[0, row]
        for i in range(width):
            for row in range(AT_ONCE):
                z[i, row] = min(max((z[i, row] - center[i]) * rate[i], -CLIP), CLIP)
        for i in range(width):
            for row in range(AT_ONCE):
                part[row] = high[1 + i, row] + low[1 + i, row]
            for j in range(i, width):
                for row in range(AT_ONCE):
                    part[row] += matrix[i, j] * z[j, row]
            for row in range(AT_ONCE):
                total[row] += z[i, row] * part[row]
        for i in range(1 + width, total_width):
            for row in range(AT_ONCE):
                total[row] += high[i, row] * low[i, row]
        for row in range(n):
            out[begin + row] = total[row]
