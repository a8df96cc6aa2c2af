"""Weighted draws from the rows of a graph: alias tables and their random numbers.

Everything here is compiled, releases the interpreter lock, and depends only on its arguments, so
a walk does not depend on the thread that makes it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# Constants of SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators",
# OOPSLA 2014). Kept as uint64: numba turns uint64 with int64 into a float.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
ONE = np.uint64(1)
FULL = 4294967296.0  # 2^32: probabilities are compared as 32-bit integers
NOWHERE = np.uint64(0xFFFFFFFF)  # what follows a dead end; -1 as int32


@njit(inline="always")
def mix(state):
    """Return 64 random bits for the counter `state` (uint64): SplitMix64's output function."""
    state = (state ^ (state >> _S30)) * _MIX1
    state = (state ^ (state >> _S27)) * _MIX2
    return state ^ (state >> _S31)


@njit(inline="always")
def stream(key, walk):
    """Return the first counter of a walk's random stream; each next counter is `GOLDEN` more."""
    return mix(key ^ mix(np.uint64(walk) * GOLDEN))


@njit(inline="always")
def high(bits):
    """Return the upper 32 of 64 random bits."""
    return bits >> _S32


@njit(inline="always")
def low(bits):
    """Return the lower 32 of 64 random bits."""
    return bits & _LOW


@njit(inline="always")
def row(indptr, node):
    """Return start and degree of the row of `node`, all uint64.

    `indptr` has one entry more than usual, for the empty row of `NOWHERE`.
    """
    node = min(node, np.uint64(len(indptr) - 2))
    start = np.uint64(indptr[node])
    return start, np.uint64(indptr[node + ONE]) - start


@njit(inline="always")
def pick(start, degree, bits, n_slots):
    """Return a uniform slot of a row and the fraction for `choose`, both from 32 random bits.

    An empty row gives the last of all slots, which leads to `NOWHERE`.
    """
    # The integer part of bits / 2^32 * degree is uniform over the row; its 32-bit fraction is
    # practically independent of it.
    product = bits * degree
    slot = start + high(product)
    return (slot if degree > 0 else n_slots - ONE), low(product)


@njit(inline="always")
def choose(slots, slot, fraction):
    """Return one of the two neighbours in `slot` (uint64), by the `fraction` from `pick`."""
    # Both are read, so that this compiles to a select instead of an unpredictable branch.
    own, other = slots[slot, 0], slots[slot, 1]
    return np.uint64(own if fraction < np.uint64(slots[slot, 2]) else other)


@njit(cache=True, nogil=True)
def fill_alias_rows(indptr, indices, weights, slots, first, last):
    """Write the alias slots of rows ``first .. last - 1`` into `slots`.

    Slot k of a row holds ``(own neighbour, other neighbour, limit)``: a 32-bit random number below
    `limit` selects the own neighbour. The light and the heavy entries of a row are paired in one
    sweep without stacks (Hübschle-Schneider & Sanders, "Parallel weighted random sampling",
    ESA 2019, section 4.1), so a row takes time linear in its degree and no extra memory.
    """
    for node in range(first, last):
        begin, end = indptr[node], indptr[node + 1]
        mean = 0.0
        for k in range(begin, end):
            mean += weights[k]
            slots[k, 0] = indices[k]
            slots[k, 1] = indices[k]
            slots[k, 2] = _LOW
        mean /= float(max(end - begin, 1))
        light = begin
        while light < end and weights[light] > mean:
            light += 1
        heavy = begin
        while heavy < end and weights[heavy] <= mean:
            heavy += 1
        left = np.float64(weights[heavy]) if heavy < end else 0.0
        while heavy < end:
            if left > mean:
                if light >= end:  # only rounding errors are left
                    break
                slot, limit = light, np.float64(weights[light])
                slots[slot, 1] = indices[heavy]
                left -= mean - limit
                light += 1
                while light < end and weights[light] > mean:
                    light += 1
            else:
                following = heavy + 1
                while following < end and weights[following] <= mean:
                    following += 1
                if following >= end:
                    break
                slot, limit = heavy, left
                slots[slot, 1] = indices[following]
                left += np.float64(weights[following]) - mean
                heavy = following
            slots[slot, 2] = np.uint32(min(max(limit / mean, 0.0) * FULL, FULL - 1.0))
