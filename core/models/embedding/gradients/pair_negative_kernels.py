"""Compiled gradients of pairs with negatives drawn for every pair (the study's sampling).

The kernels are serial and release the interpreter lock. Threads call them on disjoint parts: a
range of the pairs, or a range of the dimensions.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def pair_derivatives(
    center, context, bias, offset, u, others, labels, limit, scale, derivatives, first, last
):
    """Fill the derivatives of the loss by the scores of the pairs ``first .. last - 1``.

    Parameters
    ----------
    center, context : float32 arrays, shapes (n_centers, dim) and (n_rows, dim)
    bias : float32 array, shape (n_rows,)
        Empty if there are none; `offset` is the global bias.
    offset : float
    u : int32 array, shape (n,)
        Row in `center` of each pair.
    others : int32 array, shape (n, 1 + k)
        Its context, then its negatives; a negative that equals the context is left out.
    labels : float32 array, shape (n,)
        Targets of the scores (squared loss); empty for the logistic loss.
    limit : float
        Scores are clipped to ± this and have no gradient beyond it; 0: no limit.
    scale : float
        Weight of one score in the loss.
    derivatives : float32 array, shape (n, 1 + k)
    """
    dim, width = center.shape[1], others.shape[1]
    squared = len(labels) > 0
    for p in range(first, last):
        row = u[p]
        for k in range(width):
            other = others[p, k]
            score = np.float32(0)
            for d in range(dim):
                score += center[row, d] * context[other, d]
            if len(bias) > 0:
                score += bias[row] + bias[other] + np.float32(offset)
            positive = k == 0
            if not positive and other == others[p, 0]:
                value = np.float32(0)
            elif squared:
                value = np.float32(2) * (score - (labels[p] if positive else np.float32(0)))
            elif limit > 0 and abs(score) > limit:
                value = np.float32(0)
            else:
                value = np.float32(1) / (np.float32(1) + np.exp(-score))
                if positive:
                    value -= np.float32(1)
            derivatives[p, k] = np.float32(scale) * value


@numba.njit(cache=True, nogil=True, fastmath=True)
def add_gradients(
    center, context, u, others, center_slot, other_slots, derivatives, decay,
    to_center, to_context, begin, end,
):  # fmt: skip
    """Add up the gradients of the vectors, dimensions ``begin .. end - 1``.

    Parameters
    ----------
    center, context, u, others, derivatives
        As in `pair_derivatives`.
    center_slot, other_slots : int32 arrays, shapes of `u` and `others`
        Rows in `to_center` and `to_context` of the gradients.
    decay : float
        Factor of the vectors of both ends of every pair in their gradient (l2).
    to_center, to_context : float32 arrays, shape (n_slots, dim)
        May be the same.
    """
    width = others.shape[1]
    own = np.empty(end - begin, np.float32)
    for p in range(len(u)):
        row = u[p]
        own[:] = 0
        for k in range(width):
            value = derivatives[p, k]
            other, slot = others[p, k], other_slots[p, k]
            extra = np.float32(decay if k == 0 else 0)
            for d in range(begin, end):
                own[d - begin] += value * context[other, d]
                to_context[slot, d] += value * center[row, d] + extra * context[other, d]
        slot = center_slot[p]
        for d in range(begin, end):
            to_center[slot, d] += own[d - begin] + np.float32(decay) * center[row, d]


@numba.njit(cache=True, nogil=True)
def add_bias_gradients(center_slot, other_slots, derivatives, to_bias):
    """Add up the gradients of the biases, shape (n_slots, 1); return that of the global bias."""
    total = 0.0
    for p in range(len(center_slot)):
        for k in range(other_slots.shape[1]):
            value = derivatives[p, k]
            to_bias[center_slot[p], 0] += value
            to_bias[other_slots[p, k], 0] += value
            total += value
    return total


def compile_kernels() -> None:
    """Compile everything here, or load it from numba's cache, so that no timing includes it."""
    rows, ids = np.ones((1, 1), np.float32), np.zeros(1, np.int32)
    others, derivatives, nothing = ids[None], rows.copy(), np.zeros(0, np.float32)
    pair_derivatives(rows, rows, nothing, 0.0, ids, others, nothing, 0.0, 1.0, derivatives, 0, 1)
    add_gradients(rows, rows, ids, others, ids, others, derivatives, 0.0, rows, rows, 0, 1)
    add_bias_gradients(ids, others, derivatives, rows)
