"""The compiled work of composing vectors from fields, forward and backward.

`core.models.field_table.FieldTable.compose` says the same in torch; the tests hold the two
against each other. The kernels are serial and let go of the interpreter lock; threads call them on
parts that share nothing: some of the products, or some of the numbers of every vector.
"""

from __future__ import annotations

import numba
import numpy as np

from core.graph.prefetch import prefetch
from core.models.kernels import AHEAD, LINE


@numba.njit(cache=True, nogil=True, fastmath=True)
def weigh_parts(
    ids, left_out, trained, slots, text_row, text, shared, personal, weights, text_at, texts
):
    """Find what the vectors of some products are made of, and gather their rows of text.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Distinct products.
    left_out : bool array, shape (n,)
        Whose own vector is left out where there is a field.
    trained : bool array, shape (n_products,)
    slots : int32 array, shape (n_products, n_fields)
        Value of each field; -1 where absent.
    text_row : int32 array, shape (n_products,)
        Rows in `text`; -1 where absent.
    text : float32 array, shape (n_all_texts, width)
    shared, personal : float32 arrays, shapes (1, 2 + n_fields) and (n_products, 2 + n_fields)
        Their sum's softmax is the weights; empty: equal weights.
    weights : float32 array, shape (n, 2 + n_fields)
        Filled: of own vector, text and fields; 0 where there is none.
    text_at : int32 array, shape (n,)
        Filled with rows in `texts`; -1 where absent.
    texts : float32 array, shape (n, width)
        Its beginning is filled.

    Returns
    -------
    int
        How many of them have text.
    """
    n, n_fields = len(ids), slots.shape[1]
    learned = len(shared) > 0
    n_texts = 0
    flat, flat_slots = text.reshape(text.size), slots.reshape(slots.size)
    flat_personal = personal.reshape(personal.size)
    for i in range(n):
        # First what leads to the text, then the text itself.
        ahead = ids[min(i + 3 * AHEAD, n - 1)]
        prefetch(text_row, np.uint64(ahead))
        prefetch(trained, np.uint64(ahead))
        prefetch(flat_slots, np.uint64(ahead * n_fields))
        if learned:
            prefetch(flat_personal, np.uint64(ahead * (2 + n_fields)))
        ahead = text_row[ids[min(i + AHEAD, n - 1)]]
        if ahead >= 0:
            for k in range(0, text.shape[1], LINE):
                prefetch(flat, np.uint64(ahead * text.shape[1] + k))
        product, row = ids[i], weights[i]
        fielded = text_row[product] >= 0
        row[1] = fielded
        for field in range(n_fields):
            present = slots[product, field] >= 0
            row[2 + field] = present
            fielded = fielded or present
        row[0] = trained[product] and not (fielded and left_out[i])
        text_at[i] = -1
        if text_row[product] >= 0:
            text_at[i] = n_texts
            texts[n_texts] = text[text_row[product]]
            n_texts += 1
        largest = np.float32(-1e30)
        if learned:
            for j in range(2 + n_fields):
                if row[j] > 0:
                    largest = max(largest, shared[0, j] + personal[product, j])
        total = np.float32(0)
        for j in range(2 + n_fields):
            if learned and row[j] > 0:
                row[j] = np.exp(shared[0, j] + personal[product, j] - largest)
            total += row[j]
        if total > 0:
            for j in range(2 + n_fields):
                row[j] /= total
    return n_texts


@numba.njit(cache=True, nogil=True, fastmath=True)
def compose_rows(ids, weights, slots, text_at, about, own, values, out):
    """Fill `out` with the rows `ids`, the weighted sums of their parts.

    Parameters
    ----------
    ids, weights, slots, text_at
        As of `weigh_parts`.
    about : float32 array, shape (n_texts, dim)
        What the text adds.
    own, values : float32 arrays, shape (n_rows, dim)
    out : float32 array, shape (n, dim)
    """
    n, dim = len(ids), own.shape[1]
    flat = own.reshape(own.size)
    for i in range(n):
        ahead = ids[min(i + AHEAD, n - 1)] * dim
        for k in range(0, dim, LINE):
            prefetch(flat, np.uint64(ahead + k))
        row = out[i]
        weight, part = weights[i, 0], own[ids[i]]
        for k in range(dim):
            row[k] = weight * part[k]
        if text_at[i] >= 0:
            weight, part = weights[i, 1], about[text_at[i]]
            for k in range(dim):
                row[k] += weight * part[k]
        for field in range(slots.shape[1]):
            slot = slots[ids[i], field]
            if slot >= 0:
                weight, part = weights[i, 2 + field], values[slot]
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
    ids, weights, slots, text_at, about, own, values, gradients, last, following,
    total, own_ids, to_own, to_about, to_logits,
):  # fmt: skip
    """Hand the gradients of composed rows on to the products' own vectors, texts and weights.

    Parameters
    ----------
    ids, weights, slots, text_at, about, own, values
        As of `compose_rows`.
    gradients : float32 array, shape (n_positions, dim)
        One a position.
    last, following : int32 arrays
        From `core.models.kernels.chain_duplicates`, of the positions; `last` is set back to -1.
    total : float32 array, shape (n, dim)
        Filled with the gradients of the composed rows.
    own_ids : int32 array, shape (n,)
        Filled with `ids`; -1 where the own vector had no part.
    to_own, to_about : float32 arrays, shapes (n, dim) and (n_texts, dim)
        Filled.
    to_logits : float32 array, shape (n, 2 + n_fields)
        Filled with the gradients of the numbers that the weights are a softmax of; shape (0, 0)
        where they are no softmax.
    """
    dim = total.shape[1]
    learned = len(to_logits) > 0
    for i in range(len(ids)):
        product, gradient = ids[i], total[i]
        position = last[product]
        last[product] = -1
        gradient[:] = gradients[position]
        position = following[position]
        while position >= 0:
            for k in range(dim):
                gradient[k] += gradients[position, k]
            position = following[position]
        weight = weights[i, 0]
        own_ids[i] = product if weight > 0 else -1
        for k in range(dim):
            to_own[i, k] = weight * gradient[k]
        at = text_at[i]
        if at >= 0:
            weight = weights[i, 1]
            for k in range(dim):
                to_about[at, k] = weight * gradient[k]
        if learned:
            # The softmax: d logit_j = w_j (g · part_j - g · mean of the parts).
            to_logit, mean = to_logits[i], np.float32(0)
            to_logit[:] = 0
            if weights[i, 0] > 0:
                to_logit[0] = _dot(gradient, own[product])
            if at >= 0:
                to_logit[1] = _dot(gradient, about[at])
            for field in range(slots.shape[1]):
                if slots[product, field] >= 0:
                    to_logit[2 + field] = _dot(gradient, values[slots[product, field]])
            for j in range(len(to_logit)):
                mean += weights[i, j] * to_logit[j]
            for j in range(len(to_logit)):
                to_logit[j] = weights[i, j] * (to_logit[j] - mean)


@numba.njit(cache=True, nogil=True)
def find_places(ids, distinct, place, out):
    """Find where in `distinct` each of some products stands.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Products; negative numbers are padding, and get 0.
    distinct : int32 array
        Those that occur.
    place : int32 array, shape (n_products,)
        Anything.
    out : int32 array, shape (n,)
        Filled.
    """
    for i in range(len(distinct)):
        place[distinct[i]] = i
    for i in range(len(ids)):
        out[i] = place[ids[i]] if ids[i] >= 0 else 0


@numba.njit(cache=True, nogil=True)
def number_values(ids, slots, place, used):
    """Number the distinct values of some products in order of appearance.

    Parameters
    ----------
    ids : int32 array, shape (n,)
    slots : int32 array, shape (n_products, n_fields)
    place : int32 array, shape (n_values,)
        All -1. Filled with the numbers of those that occur.
    used : int32 array, shape (n_values,)
        Its beginning is filled with them.

    Returns
    -------
    int
        How many there are.
    """
    n_used = 0
    for product in ids:
        for slot in slots[product]:
            if slot >= 0 and place[slot] < 0:
                place[slot] = n_used
                used[n_used] = slot
                n_used += 1
    return n_used


@numba.njit(cache=True, nogil=True, fastmath=True)
def add_to_values(ids, weights, slots, place, total, to_values, begin, end):
    """Add up the gradients of the distinct values, numbers ``begin .. end - 1`` of each.

    Parameters
    ----------
    ids, weights, slots, total
        As of `split_gradients`.
    place : int32 array, shape (n_values,)
        From `number_values`.
    to_values : float32 array, shape (n_used, dim)
        Filled.
    """
    to_values[:, begin:end] = 0
    for i in range(len(ids)):
        gradient = total[i, begin:end]
        for field in range(slots.shape[1]):
            slot = slots[ids[i], field]
            if slot >= 0:
                weight, row = weights[i, 2 + field], to_values[place[slot], begin:end]
                for k in range(end - begin):
                    row[k] += weight * gradient[k]
