"""What pairs drawn by their paths do to log-odds, and which of them count as strong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from core.graph.split import Split

# How fast a pair turns from weak to strong.
STEEP = 4.0
# Products whose rivals are counted, and how many at a time.
COUNTED = 256
QUERIES = 64


def find_strong(
    score_seen: Callable[[np.ndarray], np.ndarray], split: Split, rivals: float, seed: int
) -> float:
    """Return the log-odds that, in the mean, `rivals` non-partners of a product reach.

    The products are ends of training pairs, so the popular ones that most questions are about
    count most.

    Parameters
    ----------
    score_seen : callable
        Scores all products against queries, as `Model.score_seen` does, while no pair is strong.
    split : Split
    rivals : float
    seed : int
    """
    ends = np.concatenate([split.train.u, split.train.v])
    queries = np.unique(np.random.default_rng(seed).choice(ends, COUNTED))
    wanted = round(rivals * len(queries))
    best = np.empty(0, np.float32)
    for begin in range(0, len(queries), QUERIES):
        some = queries[begin : begin + QUERIES]
        scores = score_seen(some)
        rival = np.tile(split.seen, (len(some), 1))
        rival[np.arange(len(some)), some] = False
        rival[split.graph.adjacency[some].nonzero()] = False
        best = np.concatenate([best, scores[rival]])
        if len(best) > wanted:
            best = np.partition(best, len(best) - wanted - 1)[len(best) - wanted :]
    if not wanted:
        return np.inf
    return float(best.min()) if len(best) == wanted else -np.inf


def put_back(logit, drawn, popular, flat: float, strong: float) -> np.ndarray:
    """Return the log-odds against other kinds of rivals than the pairs were learned against.

    Parameters
    ----------
    logit, drawn, popular : float arrays, shape (n,)
        Learned log-odds; how densely rivals like these pairs were drawn by paths, and by degree.
    flat : float
        How densely any pair was drawn.
    strong : float
        Log-odds, of a weak pair, from which it counts as strong.
    """
    if_weak, if_strong = np.log1p(drawn / (flat + popular)), np.log1p(drawn / flat)
    strength = expit(STEEP * (logit + if_weak - strong))
    return logit + if_weak + strength * (if_strong - if_weak)
