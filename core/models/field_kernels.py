"""The compiled work of composing vectors from fields, forward and backward.

`core.models.field_table.FieldTable.compose` says the same in torch; the tests hold the two
against each other.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, fastmath=True)
def compose_rows(ids, weights, slots, text_at, about, own, values, out, first, last):
    """Fill row ``ids[i]`` of `out` by the weighted sum of its parts, i = ``first .. last - 1``.

    Parameters
    ----------
    ids : int64 array, shape (n,)
        Distinct products.
    weights : float32 array, shape (n, 2 + n_fields)
        Of the own vector, the text and the fields; 0 where there is none.
    slots : int32 array, shape (n, n_fields)
        Rows in `values`; -1 where absent.
    text_at : int32 array, shape (n,)
        Rows in `about`; -1 where absent.
    about : float32 array, shape (n_texts, dim)
    own, values, out : float32 arrays, shape (n_rows, dim)
    """
    dim = own.shape[1]
    for i in range(first, last):
        row = out[ids[i]]
        weight, part = weights[i, 0], own[ids[i]]
        for k in range(dim):
            row[k] = weight * part[k]
        if text_at[i] >= 0:
            weight, part = weights[i, 1], about[text_at[i]]
            for k in range(dim):
                row[k] += weight * part[k]
        for field in range(slots.shape[1]):
            if slots[i, field] >= 0:
                weight, part = weights[i, 2 + field], values[slots[i, field]]
                for k in range(dim):
                    row[k] += weight * part[k]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _dot(a, b):
    total = np.float32(0)
    for k in range(len(a)):
        total += a[k] * b[k]
    return total


@numba.njit(cache=True, nogil=True, fastmath=True)
def split_gradients(
    ids, weights, slots, text_at, about, own, values, made,
    gradients, to_own, to_about, to_logits, to_values, place,
):  # fmt: skip
    """Hand the gradients of composed rows on to their parts.

    Parameters
    ----------
    ids, weights, slots, text_at, about, own, values
        As of `compose_rows`.
    made : float32 array, shape (n_rows, dim)
        What `compose_rows` filled.
    gradients : float32 array, shape (n, dim)
        Of the rows ``made[ids]``.
    to_own, to_about : float32 arrays, shapes (n, dim) and (n_texts, dim)
        Filled.
    to_logits : float32 array, shape (n, 2 + n_fields)
        Filled with the gradients of the numbers that the weights are a softmax of; shape (0, 0)
        where they are no softmax.
    to_values : float32 array, shape (at least the distinct slots, dim)
        Its beginning is filled with the summed gradients of the distinct slots.
    place : int32 array, shape (n_values,)
        All -1. On return, which row of `to_values` belongs to a slot.

    Returns
    -------
    int
        How many distinct slots there are.
    """
    n, dim = gradients.shape
    learned = len(to_logits) > 0
    n_distinct = 0
    for i in range(n):
        gradient, weight = gradients[i], weights[i, 0]
        for k in range(dim):
            to_own[i, k] = weight * gradient[k]
        at = text_at[i]
        if at >= 0:
            weight = weights[i, 1]
            for k in range(dim):
                to_about[at, k] = weight * gradient[k]
        for field in range(slots.shape[1]):
            slot = slots[i, field]
            if slot < 0:
                continue
            if place[slot] < 0:
                place[slot] = n_distinct
                to_values[n_distinct] = 0
                n_distinct += 1
            weight, row = weights[i, 2 + field], to_values[place[slot]]
            for k in range(dim):
                row[k] += weight * gradient[k]
        if learned:
            # The softmax: d logit_j = w_j (g · part_j - g · mean of the parts).
            mean = _dot(gradient, made[ids[i]])
            to_logits[i] = 0
            if weights[i, 0] > 0:
                to_logits[i, 0] = weights[i, 0] * (_dot(gradient, own[ids[i]]) - mean)
            if at >= 0:
                to_logits[i, 1] = weights[i, 1] * (_dot(gradient, about[at]) - mean)
            for field in range(slots.shape[1]):
                slot = slots[i, field]
                if slot >= 0:
                    weight = weights[i, 2 + field]
                    to_logits[i, 2 + field] = weight * (_dot(gradient, values[slot]) - mean)
    return n_distinct
