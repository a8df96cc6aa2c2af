"""The best of many scores."""

from __future__ import annotations

import numpy as np


def top_k(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and values of the `k` largest finite scores, best first.

    Of equal scores, the smaller index is preferred.
    """
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, scores.dtype)
    threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
    if not np.isfinite(threshold):
        chosen = np.flatnonzero(np.isfinite(scores))
    else:
        above = np.flatnonzero(scores > threshold)
        chosen = np.concatenate([above, np.flatnonzero(scores == threshold)[: k - len(above)]])
    order = np.lexsort((chosen, -scores[chosen]))
    return chosen[order], scores[chosen[order]]
