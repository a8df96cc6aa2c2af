"""Compiled composition of vectors from fields, forward and backward.

`side_info_table.SideInfoTable.compose` is the definition in torch; tests compare the two. The
kernels are serial and release the interpreter lock. Threads call them on disjoint parts: a range
of the products, or a range of the dimensions.
"""

from __future__ import annotations

import numba
import numpy as np

from core.graph.kernels.cpu_prefetch import prefetch
from core.models.embedding.gradients.row_kernels import AHEAD, LINE


@numba.njit(cache=True, nogil=True, fastmath=True)
def weigh_parts(
    ids, dropped, trained, slots, text_row, text, shared, personal, weights, text_index, texts
):
    """Compute the weights by which the vectors of some products are composed; gather their texts.

    Parameters
    ----------
    ids : int32 array, shape (n,)
        Distinct products.
    dropped : bool array, shape (n,)
        Products whose own vector is dropped if they have a field.
    trained : bool array, shape (n_products,)
    slots : int32 array, shape (n_products, n_fields)
        Value of each field; -1 if absent.
    text_row : int32 array, shape (n_products,)
        Rows in `text`; -1 if absent.
    text : float32 array, shape (n_all_texts, width)
    shared, personal : float32 arrays, shapes (1, 2 + n_fields) and (n_products, 2 + n_fields)
        Logits: the weights are the softmax of their sum. If empty, weights are equal.
    weights : float32 array, shape (n, 2 + n_fields)
        Filled: weights of own vector, text and fields; 0 if absent.
    text_index : int32 array, shape (n,)
        Filled with rows in `texts`; -1 if absent.
    texts : float32 array, shape (n, width)
        The first rows are filled.

    Returns
    -------
    int
        Number of products that have text.
    """
    n, n_fields = len(ids), slots.shape[1]
    learned = len(shared) > 0
    n_texts = 0
    flat, flat_slots = text.reshape(text.size), slots.reshape(slots.size)
    flat_personal = personal.reshape(personal.size)
    for i in range(n):
        # First the index of the text, then the text itself.
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
        product = ids[i]
        own_text = text_row[product]
        fielded = own_text >= 0
        weights[i, 1] = fielded
        for field in range(n_fields):
            present = slots[product, field] >= 0
            weights[i, 2 + field] = present
            fielded = fielded or present
        weights[i, 0] = trained[product] and not (fielded and dropped[i])
        text_index[i] = -1
        if own_text >= 0:
            text_index[i] = n_texts
            for k in range(text.shape[1]):
                texts[n_texts, k] = text[own_text, k]
            n_texts += 1
        largest = np.float32(-1e30)
        if learned:
            for j in range(2 + n_fields):
                if weights[i, j] > 0:
                    largest = max(largest, shared[0, j] + personal[product, j])
        total = np.float32(0)
        for j in range(2 + n_fields):
            if learned and weights[i, j] > 0:
                weights[i, j] = np.exp(shared[0, j] + personal[product, j] - largest)
            total += weights[i, j]
        if total > 0:
            for j in range(2 + n_fields):
                weights[i, j] /= total
    return n_texts


@numba.njit(cache=True, nogil=True, fastmath=True)
def compose_rows(ids, weights, slots, text_index, text_vectors, own, values, out):
    """Fill `out` with the vectors of `ids`: the weighted sums of their parts.

    Parameters
    ----------
    ids, weights, slots, text_index
        As in `weigh_parts`.
    text_vectors : float32 array, shape (n_texts, dim)
        Vectors of the texts.
    own, values : float32 arrays, shape (n_rows, dim)
    out : float32 array, shape (n, dim)
    """
    n, dim, n_fields = len(ids), own.shape[1], slots.shape[1]
    flat, flat_slots = own.reshape(own.size), slots.reshape(slots.size)
    for i in range(n):
        prefetch(flat_slots, np.uint64(ids[min(i + 2 * AHEAD, n - 1)] * n_fields))
        ahead = min(i + AHEAD, n - 1)
        if weights[ahead, 0] > 0:
            for k in range(0, dim, LINE):
                prefetch(flat, np.uint64(ids[ahead] * dim + k))
        product, weight = ids[i], weights[i, 0]
        # Reading a vector of weight 0 would cost a cache miss.
        if weight > 0:
            for k in range(dim):
                out[i, k] = weight * own[product, k]
        else:
            for k in range(dim):
                out[i, k] = 0
        at = text_index[i]
        if at >= 0:
            weight = weights[i, 1]
            for k in range(dim):
                out[i, k] += weight * text_vectors[at, k]
        for field in range(n_fields):
            slot = slots[product, field]
            if slot >= 0:
                weight = weights[i, 2 + field]
                for k in range(dim):
                    out[i, k] += weight * values[slot, k]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _dot(left, i, right, j):
    """Return ``left[i] @ right[j]``; making array views of the rows would cost more."""
    total = np.float32(0)
    for k in range(left.shape[1]):
        total += left[i, k] * right[j, k]
    return total


@numba.njit(cache=True, nogil=True, fastmath=True)
def split_gradients(
    ids, weights, slots, text_index, text_vectors, own, values, gradients, last, following,
    total, own_ids, to_own, to_text_vectors, to_logits,
):  # fmt: skip
    """Split the gradients of composed rows into those of own vectors, texts and weights.

    Parameters
    ----------
    ids, weights, slots, text_index, text_vectors, own, values
        As in `compose_rows`.
    gradients : float32 array, shape (n_positions, dim)
        One per position of the batch.
    last, following : int32 arrays, shapes (n,) and (n_positions,)
        As in `core.models.embedding.gradients.row_kernels.Chains`, of the positions.
    total : float32 array, shape (n, dim)
        Filled with the gradients of the composed rows.
    own_ids : int32 array, shape (n,)
        Filled with `ids`; -1 if the own vector has weight 0.
    to_own, to_text_vectors : float32 arrays, shapes (n, dim) and (n_texts, dim)
        Filled; `to_own` only if the own vector has a weight.
    to_logits : float32 array, shape (n, 2 + n_fields)
        Filled with the gradients of the logits; shape (0, 0) if there are none.
    """
    dim = total.shape[1]
    learned = len(to_logits) > 0
    n = len(ids)
    flat, flat_own = gradients.reshape(gradients.size), own.reshape(own.size)
    for i in range(n):
        ahead = min(i + AHEAD, n - 1)
        for k in range(0, dim, LINE):
            prefetch(flat, np.uint64(last[ahead] * dim + k))
        if learned and weights[ahead, 0] > 0:
            for k in range(0, dim, LINE):
                prefetch(flat_own, np.uint64(ids[ahead] * dim + k))
        product, position = ids[i], last[i]
        for k in range(dim):
            total[i, k] = gradients[position, k]
        position = following[position]
        while position >= 0:
            for k in range(dim):
                total[i, k] += gradients[position, k]
            position = following[position]
        weight = weights[i, 0]
        own_ids[i] = product if weight > 0 else -1
        if weight > 0:
            for k in range(dim):
                to_own[i, k] = weight * total[i, k]
        at = text_index[i]
        if at >= 0:
            weight = weights[i, 1]
            for k in range(dim):
                to_text_vectors[at, k] = weight * total[i, k]
        if learned:
            # The softmax: d logit_j = w_j (g · part_j - g · mean of the parts).
            n_parts, mean = to_logits.shape[1], np.float32(0)
            for j in range(n_parts):
                to_logits[i, j] = 0
            if weights[i, 0] > 0:
                to_logits[i, 0] = _dot(total, i, own, product)
            if at >= 0:
                to_logits[i, 1] = _dot(total, i, text_vectors, at)
            for field in range(n_parts - 2):
                slot = slots[product, field]
                if slot >= 0:
                    to_logits[i, 2 + field] = _dot(total, i, values, slot)
            for j in range(n_parts):
                mean += weights[i, j] * to_logits[i, j]
            for j in range(n_parts):
                to_logits[i, j] = weights[i, j] * (to_logits[i, j] - mean)


@numba.njit(cache=True, nogil=True)
def number_values(ids, slots, value_scratch, used):
    """Number the distinct values of some products, in order of appearance.

    Parameters
    ----------
    ids : int32 array, shape (n,)
    slots : int32 array, shape (n_products, n_fields)
    value_scratch : int32 array, shape (n_values,)
        All -1. Filled with the numbers of the values that occur.
    used : int32 array, shape (n_values,)
        The first entries are filled with these values.

    Returns
    -------
    int
        Number of distinct values.
    """
    n, n_fields, n_used = len(ids), slots.shape[1], 0
    flat_slots = slots.reshape(slots.size)
    for i in range(n):
        prefetch(flat_slots, np.uint64(ids[min(i + AHEAD, n - 1)] * n_fields))
        for field in range(n_fields):
            slot = slots[ids[i], field]
            if slot >= 0 and value_scratch[slot] < 0:
                value_scratch[slot] = n_used
                used[n_used] = slot
                n_used += 1
    return n_used


@numba.njit(cache=True, nogil=True, fastmath=True)
def add_to_values(ids, weights, slots, value_scratch, total, to_values, begin, end):
    """Add up the gradients of the distinct values, dimensions ``begin .. end - 1``.

    Parameters
    ----------
    ids, weights, slots, total
        As in `split_gradients`.
    value_scratch : int32 array, shape (n_values,)
        From `number_values`.
    to_values : float32 array, shape (n_used, dim)
        Filled.
    """
    to_values[:, begin:end] = 0
    # Unsigned, so that the compiler omits the test for negative (wraparound) indices.
    first, width = max(begin, 0), end - begin
    n, n_fields = len(ids), slots.shape[1]
    flat_slots = slots.reshape(slots.size)
    for i in range(n):
        prefetch(flat_slots, np.uint64(ids[min(i + AHEAD, n - 1)] * n_fields))
        for field in range(n_fields):
            slot = slots[ids[i], field]
            if slot >= 0:
                weight, row = weights[i, 2 + field], value_scratch[slot]
                for k in range(width):
                    to_values[row, first + k] += weight * total[i, first + k]
