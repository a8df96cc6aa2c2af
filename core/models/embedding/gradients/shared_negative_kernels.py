"""Compiled gradients of sequences whose groups share their negatives.

The kernel is serial and lets go of the interpreter lock; threads call it on groups of their own.
Its matrix products are those of scipy's BLAS, which has to be held to one thread meanwhile. A
group's rows stay in the cache of one core from their gathering to their gradients.
"""

from __future__ import annotations

import numba
import numpy as np

from core.models.embedding.gradients.row_kernels import gather_rows


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def sigmoid(x):
    """Return ``1 / (1 + exp(-x))`` within 1e-7, by nothing but what a loop can be vectorised with.

    It is ``(1 + tanh(x / 2)) / 2``; the tanh of x / 8 is Lambert's continued fraction, cut after
    the seventh level, and is doubled twice by ``tanh(2t) = 2 tanh(t) / (1 + tanh(t)²)``. Beyond
    18 it differs from 0 or 1 by less than float32 can say.
    """
    one, two = np.float32(1), np.float32(2)
    y = min(max(x, np.float32(-18)), np.float32(18)) * np.float32(0.125)
    z = y * y
    above = np.float32(135135) + z * (np.float32(17325) + z * (np.float32(378) + z))
    below = np.float32(62370) + z * (np.float32(3150) + z * np.float32(28))
    t = y * above / (np.float32(135135) + z * below)
    t = two * t / (one + t * t)
    t = two * t / (one + t * t)
    return (one + t) / two


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def derive(scores, biases, shift, target, squared):
    """Turn scores, plus a bias each and a `shift`, into what the loss says of them, in place."""
    for m in range(len(scores)):
        score = scores[m] + biases[m] + shift
        if squared:
            scores[m] = np.float32(2) * (score - target)
        else:
            scores[m] = sigmoid(score) - target


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def shared_gradients(
    center, context, two_tables, biases, offset, sequences, places, negatives, band, labels,
    per_pair, pull, to_center, to_context, to_negative, to_bias, to_negative_bias,
):  # fmt: skip
    """Fill the gradients of `EmbeddingNet.shared_loss` with respect to all rows of some groups.

    Parameters
    ----------
    center, context : float32 arrays, shapes (n_centers, dim) and (n_rows, dim)
    two_tables : bool
        False if `context` is `center`; then `to_context` is left alone and `to_center` holds all
        that the positions of the sequences get.
    biases : float32 array, shape (n_rows,)
        Empty where there are none; `offset` belongs to them.
    offset : float
    sequences : int32 array, shape (n, length)
        Products; negative numbers are padding.
    places : int32 array, shape (n, length)
        Where their rows stand in `center`.
    negatives : int32 array, shape (n_groups, k)
        Group g of equally many sequences shares row g.
    band : bool array, shape (length, length)
        Which position may be a context of which.
    labels : float32 array, shape (n,)
        What the score of a pair should be (squared loss); empty for the logistic loss.
    per_pair : float
        Weight of one negative for each positive pair of a center.
    pull : float
        Weight of a row in its own gradient for each pair (L2).
    to_center, to_context : float32 arrays, shape (n * length, dim)
        Filled, in the order of the sequences.
    to_negative : float32 array, shape (n_groups * k, dim)
        Filled.
    to_bias : float32 array, shape (n * length,)
        Filled where there are biases, otherwise empty.
    to_negative_bias : float32 array, shape (n_groups * k,)
        Likewise.

    Returns
    -------
    float
        The gradient with respect to the offset.
    """
    n, length = sequences.shape
    n_groups, k = negatives.shape
    size, dim = n // n_groups, center.shape[1]
    width = size * length
    squared, biased = len(labels) > 0, len(biases) > 0
    own = np.empty((width, dim), np.float32)
    other = np.empty((width, dim), np.float32) if two_tables else own
    drawn = np.empty((k, dim), np.float32)
    against = np.empty((width, k), np.float32)
    repelled = np.empty((width, dim), np.float32)
    within = np.empty((length, length), np.float32)
    returned = np.empty((length, dim), np.float32)
    own_bias = np.zeros(width, np.float32)
    drawn_bias = np.zeros(k, np.float32)
    pairs = np.empty(length, np.float32)
    counts = np.empty(k, np.float32)
    shift = np.float32(offset if biased else 0)
    to_offset = np.float32(0)
    for group in range(n_groups):
        start = group * width
        walks = sequences[group * size : (group + 1) * size]
        ids, against_ids = walks.reshape(width), negatives[group]
        gather_rows(center, places[group * size : (group + 1) * size].reshape(width), own)
        if two_tables:
            gather_rows(context, ids, other)
        gather_rows(context, against_ids, drawn)
        if biased:
            for i in range(width):
                own_bias[i] = biases[max(ids[i], 0)]
            for m in range(k):
                drawn_bias[m] = biases[against_ids[m]]
        np.dot(own, drawn.T, against)
        for s in range(size):
            rows = slice(s * length, (s + 1) * length)
            walk, bias = walks[s], own_bias[rows]
            target = labels[group * size + s] if squared else np.float32(1)
            np.dot(own[rows], other[rows].T, within)
            for i in range(length):
                derive(within[i], bias, bias[i] + shift, target, squared)
                pairs[i] = 0
                for j in range(length):
                    both = walk[i] >= 0 and walk[j] >= 0 and walk[i] != walk[j]
                    counted = np.float32(1 if band[i, j] and both else 0)
                    within[i, j] *= counted
                    pairs[i] += counted
            counts[:] = per_pair
            for j in range(length):
                for m in range(k):
                    if against_ids[m] == walk[j]:
                        counts[m] = 0
            for i in range(length):
                row = against[s * length + i]
                derive(row, drawn_bias, bias[i] + shift, np.float32(0), squared)
                for m in range(k):
                    row[m] *= pairs[i] * counts[m]
            first = start + s * length
            np.dot(within, other[rows], to_center[first : first + length])
            np.dot(within.T, own[rows], returned)
            for i in range(length):
                here, at = s * length + i, first + i
                pulled = np.float32(pull) * pairs[i]
                for d in range(dim):
                    back = returned[i, d] + pulled * other[here, d]
                    to_center[at, d] += pulled * own[here, d]
                    if two_tables:
                        to_context[at, d] = back
                    else:
                        to_center[at, d] += back
                if biased:
                    given = within[i].sum() + against[here].sum()
                    to_bias[at] = given + within[:, i].sum()
                    to_offset += given
        np.dot(against, drawn, repelled)
        for i in range(width):
            for d in range(dim):
                to_center[start + i, d] += repelled[i, d]
        np.dot(against.T, own, to_negative[group * k : (group + 1) * k])
        if biased:
            for m in range(k):
                to_negative_bias[group * k + m] = against[:, m].sum()
    return to_offset


def compile_kernels() -> None:
    """Compile everything here, or read it from numba's cache, so that no timing includes it."""
    rows, numbers = np.zeros((1, 1), np.float32), np.zeros(1, np.float32)
    ids, band = np.zeros((1, 1), np.int32), np.zeros((1, 1), bool)
    shared_gradients(
        rows, rows, False, numbers, 0.0, ids, ids, ids, band, numbers, 0.0, 0.0,
        rows.copy(), rows.copy(), rows.copy(), numbers.copy(), numbers.copy(),
    )  # fmt: skip
