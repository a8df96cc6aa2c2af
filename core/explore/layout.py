"""UMAP's layout of a neighbour graph, on all cores and the same on any number of them.

McInnes, Healy and Melville, "UMAP" (arXiv 1802.03426). Its own package draws one edge at a time
and moves both ends, which is serial if it is to repeat. Here every epoch moves all points at once,
each by the edges that are its own and by points drawn at random, all seen where the epoch before
left them: an edge stands at both its ends, so each end pulls for both. The draws follow from seed,
epoch and point alone.
"""

from __future__ import annotations

import numba
import numpy as np
import scipy.sparse as sp
from numba import njit
from scipy.optimize import curve_fit

from core.graph.kernels.alias_sampling import GOLDEN, high, mix
from core.parallel import in_chunks

CHUNK = 1 << 10  # points a thread takes at a time
NEGATIVES = 5
LARGE = 10_000  # points above which fewer epochs do
EPOCHS, EPOCHS_OF_LARGE = 500, 200


def lay_out(
    vectors: np.ndarray,
    near: np.ndarray,
    distance: np.ndarray,
    dimensions: int,
    min_dist: float,
    seed: int,
) -> np.ndarray:
    """Return a layout in which near points stay near.

    Parameters
    ----------
    vectors : float32 array, shape (n, width)
        The layout begins with their first principal components.
    near : int32 array, shape (n, k)
        Nearest neighbours, the point itself not among them, nearest first.
    distance : float32 array, shape (n, k)
    dimensions : int
    min_dist : float
        How tight neighbours may lie, in the units of the layout.
    seed : int

    Returns
    -------
    float32 array, shape (n, dimensions)
    """
    graph = fuzzy_graph(near, distance)
    n_epochs = EPOCHS_OF_LARGE if len(near) > LARGE else EPOCHS
    # An edge is drawn in proportion to its weight, the heaviest in every epoch.
    often = (graph.data / graph.data.max()).astype(np.float32)
    a, b = (np.float32(number) for number in curve_of(min_dist))
    now = _principal_components(vectors, dimensions, np.random.default_rng(seed))
    then = np.empty_like(now)
    key = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]
    for epoch in range(n_epochs):
        numbers = (key, epoch, np.float32(1 - epoch / n_epochs), a, b)

        def move(first: int, last: int, numbers=numbers, now=now, then=then) -> None:
            _move(graph.indptr, graph.indices, often, now, then, *numbers, first, last)

        in_chunks(move, len(now), CHUNK, numba.get_num_threads())
        now, then = then, now
    return now


def fuzzy_graph(near: np.ndarray, distance: np.ndarray) -> sp.csr_array:
    """Return how much every two points are neighbours (section 3.1), symmetric, 0 to 1.

    Seen from point i, j counts ``exp(-(d_ij - r_i) / s_i)``, r being the distance of i's nearest
    neighbour and s such that all neighbours together count log2(k + 1). What counts p from the one
    end and q from the other is ``p + q - pq``.
    """
    n, k = near.shape
    target = np.log2(k + 1)
    nearest = np.where(distance > 0, distance, np.inf).min(axis=1)
    nearest = np.where(np.isfinite(nearest), nearest, 0)
    beyond = np.maximum(distance - nearest[:, None], 0).astype(np.float64)
    low, high_, scale = np.zeros(n), np.full(n, np.inf), np.ones(n)
    for _ in range(64):
        too_much = np.exp(-beyond / scale[:, None]).sum(axis=1) > target
        high_ = np.where(too_much, scale, high_)
        low = np.where(too_much, low, scale)
        scale = np.where(np.isinf(high_), scale * 2, (low + high_) / 2)
    mean = np.where(nearest > 0, distance.mean(axis=1), distance.mean())
    scale = np.maximum(scale, 1e-3 * mean)
    weight = np.exp(-beyond / np.maximum(scale, 1e-12)[:, None])
    rows = np.arange(n + 1) * k
    one_sided = sp.csr_array((weight.ravel(), near.ravel(), rows), shape=(n, n))
    other = one_sided.T.tocsr()
    both = (one_sided + other - one_sided.multiply(other)).tocsr()
    both.sort_indices()
    return both.astype(np.float32)


def curve_of(min_dist: float) -> tuple[float, float]:
    """Return the a and b with which ``1 / (1 + a d^2b)`` is nearest to 1 up to `min_dist` and
    falls as ``exp(min_dist - d)`` from there."""
    d = np.linspace(0, 3, 300)
    wanted = np.where(d < min_dist, 1.0, np.exp(min_dist - d))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), d, wanted)
    return float(a), float(b)


def _principal_components(vectors: np.ndarray, dimensions: int, rng) -> np.ndarray:
    """Return the points along the axes of most variance, from 0 to 10, no two at one place."""
    centered = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh((centered.T @ centered).astype(np.float64))
    points = centered @ axes[:, -dimensions:][:, ::-1].astype(np.float32)
    points *= 10 / max(np.abs(points).max(), 1e-12)
    points += rng.normal(scale=1e-4, size=points.shape)
    low, high_ = points.min(axis=0), points.max(axis=0)
    return (10 * (points - low) / np.maximum(high_ - low, 1e-12)).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def _move(indptr, indices, often, now, then, key, epoch, rate, a, b, first, last):
    """Move the points ``first .. last - 1`` from `now` to `then`, one epoch."""
    dimensions, n = now.shape[1], np.uint64(len(now))
    one, two, limit = np.float32(1), np.float32(2), np.float32(4)
    place = np.empty(dimensions, np.float32)
    for i in range(first, last):
        counter = mix(key ^ mix(np.uint64(epoch) * n + np.uint64(i)))
        place[:] = now[i]
        for edge in range(indptr[i], indptr[i + 1]):
            if np.floor((epoch + 1) * often[edge]) == np.floor(epoch * often[edge]):
                continue
            square = _square(place, now[indices[edge]])
            if square > 0:
                power = square**b
                pull = -two * a * b * power / (square * (one + a * power))
                for k in range(dimensions):
                    step = pull * (place[k] - now[indices[edge], k])
                    # Twice: this edge's other end pulls as well.
                    place[k] += two * rate * min(max(step, -limit), limit)
            for _ in range(NEGATIVES):
                counter += GOLDEN
                other = np.int64((high(mix(counter)) * n) >> np.uint64(32))
                square = _square(place, now[other])
                if other == i or square == 0:
                    continue
                push = two * b / ((np.float32(0.001) + square) * (one + a * square**b))
                for k in range(dimensions):
                    step = push * (place[k] - now[other, k])
                    place[k] += rate * min(max(step, -limit), limit)
        then[i] = place


@njit(inline="always")
def _square(one, other):
    total = np.float32(0)
    for k in range(len(one)):
        total += (one[k] - other[k]) * (one[k] - other[k])
    return total
