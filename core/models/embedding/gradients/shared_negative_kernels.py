"""Compiled gradients of sequences whose groups share their negatives.

The kernel is serial and releases the interpreter lock; threads call it on different groups. Its
matrix products are those of scipy's BLAS, which must be limited to one thread. The rows of a group
stay in the cache of one core while their gradients are computed.
"""

from __future__ import annotations

import numba
import numpy as np

from core.models.embedding.gradients.row_kernels import gather_rows


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def sigmoid(x):
    """Return ``1 / (1 + exp(-x))`` within 1e-7, using only operations that vectorise.

    It is ``(1 + tanh(x / 2)) / 2``. The tanh of x / 8 is Lambert's continued fraction, truncated
    after the seventh level; ``tanh(2t) = 2 tanh(t) / (1 + tanh(t)²)`` is applied twice. Beyond ±18
    the difference from 0 or 1 is below the precision of float32.
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
def loss_derivatives(scores, biases, shift, target, squared):
    """Replace scores, to which biases and `shift` are added, by the derivatives of their loss."""
    for m in range(len(scores)):
        score = scores[m] + biases[m] + shift
        if squared:
            scores[m] = np.float32(2) * (score - target)
        else:
            scores[m] = sigmoid(score) - target


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def shared_gradients(
    center, context, two_tables, biases, offset, sequences, places, negatives, band, labels,
    per_pair, decay, to_center, to_context, to_negative, to_bias, to_negative_bias,
):  # fmt: skip
    """Fill the gradients of `EmbeddingNet.shared_loss` with respect to all rows of some groups.

    Parameters
    ----------
    center, context : float32 arrays, shapes (n_centers, dim) and (n_rows, dim)
    two_tables : bool
        False if `context` is `center`; then `to_context` is unused and `to_center` gets the whole
        gradient of the positions.
    biases : float32 array, shape (n_rows,)
        Empty if there are none; `offset` is the global bias.
    offset : float
    sequences : int32 array, shape (n, length)
        Products; negative numbers are padding.
    places : int32 array, shape (n, length)
        Their rows in `center`.
    negatives : int32 array, shape (n_groups, k)
        All groups have the same number of sequences, and group g shares row g.
    band : bool array, shape (length, length)
        True at (i, j) if position j is in the window of position i.
    labels : float32 array, shape (n,)
        Targets of the scores (squared loss); empty for the logistic loss.
    per_pair : float
        Weight of one negative for each positive pair of a center.
    decay : float
        L2 penalty: each pair adds `decay` times a row to its gradient.
    to_center, to_context : float32 arrays, shape (n * length, dim)
        Filled, in the order of the sequences.
    to_negative : float32 array, shape (n_groups * k, dim)
        Filled.
    to_bias : float32 array, shape (n * length,)
        Filled if there are biases, else empty.
    to_negative_bias : float32 array, shape (n_groups * k,)
        Likewise.

    Returns
    -------
    float
        The gradient of the global bias.
    """
    n, length = sequences.shape
    n_groups, k = negatives.shape
    size, dim = n // n_groups, center.shape[1]
    width = size * length
    squared, biased = len(labels) > 0, len(biases) > 0
    own = np.empty((width, dim), np.float32)
    other = np.empty((width, dim), np.float32) if two_tables else own
    negative_rows = np.empty((k, dim), np.float32)
    negative_scores = np.empty((width, k), np.float32)
    negative_part = np.empty((width, dim), np.float32)
    positive_scores = np.empty((length, length), np.float32)
    context_part = np.empty((length, dim), np.float32)
    own_bias = np.zeros(width, np.float32)
    negative_bias = np.zeros(k, np.float32)
    pairs = np.empty(length, np.float32)
    negative_weights = np.empty(k, np.float32)
    shift = np.float32(offset if biased else 0)
    to_offset = np.float32(0)
    for group in range(n_groups):
        start = group * width
        walks = sequences[group * size : (group + 1) * size]
        ids, negative_ids = walks.reshape(width), negatives[group]
        gather_rows(center, places[group * size : (group + 1) * size].reshape(width), own)
        if two_tables:
            gather_rows(context, ids, other)
        gather_rows(context, negative_ids, negative_rows)
        if biased:
            for i in range(width):
                own_bias[i] = biases[max(ids[i], 0)]
            for m in range(k):
                negative_bias[m] = biases[negative_ids[m]]
        np.dot(own, negative_rows.T, negative_scores)
        for s in range(size):
            rows = slice(s * length, (s + 1) * length)
            walk, bias = walks[s], own_bias[rows]
            target = labels[group * size + s] if squared else np.float32(1)
            np.dot(own[rows], other[rows].T, positive_scores)
            for i in range(length):
                loss_derivatives(positive_scores[i], bias, bias[i] + shift, target, squared)
                pairs[i] = 0
                for j in range(length):
                    both = walk[i] >= 0 and walk[j] >= 0 and walk[i] != walk[j]
                    counts = np.float32(1 if band[i, j] and both else 0)
                    positive_scores[i, j] *= counts
                    pairs[i] += counts
            negative_weights[:] = per_pair
            for j in range(length):
                for m in range(k):
                    if negative_ids[m] == walk[j]:
                        negative_weights[m] = 0
            for i in range(length):
                row = negative_scores[s * length + i]
                loss_derivatives(row, negative_bias, bias[i] + shift, np.float32(0), squared)
                for m in range(k):
                    row[m] *= pairs[i] * negative_weights[m]
            first = start + s * length
            np.dot(positive_scores, other[rows], to_center[first : first + length])
            np.dot(positive_scores.T, own[rows], context_part)
            for i in range(length):
                here, at = s * length + i, first + i
                row_decay = np.float32(decay) * pairs[i]
                for d in range(dim):
                    back = context_part[i, d] + row_decay * other[here, d]
                    to_center[at, d] += row_decay * own[here, d]
                    if two_tables:
                        to_context[at, d] = back
                    else:
                        to_center[at, d] += back
                if biased:
                    given = positive_scores[i].sum() + negative_scores[here].sum()
                    to_bias[at] = given + positive_scores[:, i].sum()
                    to_offset += given
        np.dot(negative_scores, negative_rows, negative_part)
        for i in range(width):
            for d in range(dim):
                to_center[start + i, d] += negative_part[i, d]
        np.dot(negative_scores.T, own, to_negative[group * k : (group + 1) * k])
        if biased:
            for m in range(k):
                to_negative_bias[group * k + m] = negative_scores[:, m].sum()
    return to_offset


def compile_kernels() -> None:
    """Compile everything here, or load it from numba's cache, so that no timing includes it."""
    rows, numbers = np.zeros((1, 1), np.float32), np.zeros(1, np.float32)
    ids, band = np.zeros((1, 1), np.int32), np.zeros((1, 1), bool)
    shared_gradients(
        rows, rows, False, numbers, 0.0, ids, ids, ids, band, numbers, 0.0, 0.0,
        rows.copy(), rows.copy(), rows.copy(), numbers.copy(), numbers.copy(),
    )  # fmt: skip
