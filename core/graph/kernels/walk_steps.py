"""The compiled inner loops of the walks.

Each step of a walk has several dependent memory accesses. To hide their latency, many walkers move
side by side, and a step is divided into short loops over all of them (address; candidate;
acceptance). Each loop prefetches the memory that the next one reads.

numba's cache depends on the modification time of this file alone. After a change to one of the
functions that are inlined here (`alias_sampling`, `neighbour_hash_sets`, `cpu_prefetch`), touch
this file.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.graph.kernels.alias_sampling import (
    FULL,
    GOLDEN,
    NOWHERE,
    ONE,
    choose,
    high,
    low,
    mix,
    pick,
    row,
    stream,
)
from core.graph.kernels.cpu_prefetch import prefetch
from core.graph.kernels.neighbour_hash_sets import MEMBERS, find, home, set_of

WALKERS = 128  # their state fits the first-level cache
_WALKERS = np.uint64(WALKERS)
_ALWAYS = np.uint64(FULL)

# Columns of a second-order walker's state: with one row per walker it fits two cache lines.
_STATE = 16
(
    _COUNTER,  # counter of its random numbers
    _WALK,  # its current walk
    _STEP,  # its next step
    _PREVIOUS,  # its previous product, and the neighbour set of that
    _PREVIOUS_SET,
    _PREVIOUS_BUCKETS,
    _NODE,  # its current product, and the neighbour set of that
    _SET,
    _BUCKETS,
    _SLOT,  # the alias slot drawn
    _FRACTION,  # chooses within the slot
    _UNIFORM,  # the random number for the acceptance
    _NEXT,  # the candidate
    _ACCEPTED,  # 1 if it is accepted
    _RETURN,  # `_UNIFORM` below this: return at once
    _SURE,  # `_UNIFORM` below this: accept any candidate except the return
) = (np.uint64(column) for column in range(_STATE))


@njit(cache=True, nogil=True)
def first_order_chunk(indptr, slots, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by first-order steps; for rows of `walks.alias_rows`."""
    n_slots = np.uint64(len(slots))
    counters, nodes, picked, fractions = np.empty((4, WALKERS), np.uint64)
    for begin in range(np.uint64(first), np.uint64(last), _WALKERS):
        n = min(_WALKERS, np.uint64(last) - begin)
        for i in range(n):
            counters[i] = stream(key, begin + i)
            nodes[i] = starts[begin + i]
            walks[begin + i, 0] = starts[begin + i]
        for step in range(ONE, np.uint64(walks.shape[1])):
            for i in range(n):
                start, degree = row(indptr, nodes[i])
                picked[i], fractions[i] = pick(start, degree, high(mix(counters[i])), n_slots)
                prefetch(slots, picked[i])
                counters[i] += GOLDEN
            for i in range(n):
                nodes[i] = choose(slots, picked[i], fractions[i])
                prefetch(indptr, min(nodes[i], np.uint64(len(indptr) - 2)))
                walks[begin + i, step] = np.int32(nodes[i])


def rejection_limits(p: float, q: float) -> tuple[float, np.uint64, np.uint64, bool]:
    """Return how a candidate drawn by weight is accepted, for `second_order_chunk`.

    A step to x has the factor 1/p, 1 or 1/q; ``cap = max(1, 1/q)`` bounds the last two, and a
    candidate is accepted with probability factor / cap. If 1/p is larger than `cap`, the bound is
    not raised, because every other candidate would be rejected more often. The excess becomes a
    second component of the mixture: a return of mass `extra` times its share of the weights.

    Returns
    -------
    extra : float
        ``max(1/p - cap, 0) / cap``: mass of the second component for a share of 1.
    back : uint64
        Accept the return if 32 random bits are below.
    sure : uint64
        Accept every other candidate if they are below, whether it is near or not.
    near : bool
        The others that are accepted at or above `sure`: neighbours of the previous product if
        True (q > 1), non-neighbours if False (q < 1).
    """
    cap = max(1.0, 1 / q)
    back, sure = (np.uint64(factor / cap * FULL) for factor in (min(1 / p, cap), min(1, 1 / q)))
    return max(1 / p - cap, 0.0) / cap, back, sure, q > 1


@njit(cache=True, nogil=True)
def second_order_chunk(indptr, slots, buckets, limits, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by second-order steps, drawn by folded rejection.

    In each pass every walker draws one candidate by weight and accepts or rejects it by `limits`
    (see `rejection_limits`). It looks up whether the candidate is near only if that decides. A
    walker at the end of its walk begins the next one.
    """
    extra, back, sure, near = limits
    n_slots, length = np.uint64(len(slots)), np.uint64(walks.shape[1])
    state = np.empty((WALKERS, _STATE), np.uint64)
    chosen, places = np.empty((2, WALKERS), np.uint64)
    walk, last = np.uint64(first), np.uint64(last)
    n = min(_WALKERS, last - walk)
    for i in range(n):
        _begin(state, i, key, walk, starts, walks)
        walk += ONE
    while n > 0:
        for i in range(n):
            start, degree = row(indptr, state[i, _NODE])
            state[i, _SET], state[i, _BUCKETS] = set_of(state[i, _NODE], start, degree)
            bits = mix(state[i, _COUNTER])
            state[i, _COUNTER] += GOLDEN
            state[i, _SLOT], state[i, _FRACTION] = pick(start, degree, high(bits), n_slots)
            state[i, _UNIFORM] = low(bits)
            prefetch(slots, state[i, _SLOT])
        if extra > 0:
            _set_return_limits(buckets, sure, state, n, chosen, places)
        n_open = np.uint64(0)
        for i in range(n):
            previous, uniform = state[i, _PREVIOUS], state[i, _UNIFORM]
            x = choose(slots, state[i, _SLOT], state[i, _FRACTION])
            x = previous if uniform < state[i, _RETURN] else x
            is_return = x == previous
            accepted = (uniform < (back if is_return else state[i, _SURE])) | (x == NOWHERE)
            state[i, _NEXT] = x
            state[i, _ACCEPTED] = accepted
            prefetch(indptr, min(x, np.uint64(len(indptr) - 2)))
            chosen[n_open] = i
            n_open += np.uint64(not (accepted | is_return))
        for k in range(n_open):
            i = chosen[k]
            places[k] = home(state[i, _PREVIOUS_SET], state[i, _PREVIOUS_BUCKETS], state[i, _NEXT])
            prefetch(buckets, places[k])
        for k in range(n_open):
            i = chosen[k]
            _, place = find(
                buckets,
                state[i, _PREVIOUS_SET],
                state[i, _PREVIOUS_BUCKETS],
                state[i, _NEXT],
                places[k],
            )
            state[i, _ACCEPTED] = (place > 0) == near
        i = np.uint64(0)
        while i < n:
            _advance(state, i, walks, sure if extra == 0 else state[i, _SURE])
            if state[i, _STEP] < length:
                i += ONE
            elif walk < last:
                _begin(state, i, key, walk, starts, walks)
                walk += ONE
                i += ONE
            else:
                n -= ONE
                state[i] = state[n]


@njit(inline="always")
def _begin(state, i, key, walk, starts, walks):
    """Put walker `i` at the start of `walk`; its first step accepts every candidate."""
    walks[walk, 0] = starts[walk]
    state[i, _COUNTER] = stream(key, walk)
    state[i, _WALK] = walk
    state[i, _STEP] = ONE
    state[i, _NODE] = starts[walk]
    state[i, _PREVIOUS] = NOWHERE
    state[i, _RETURN] = 0
    state[i, _SURE] = _ALWAYS
    state[i, _ACCEPTED] = 0


@njit(inline="always")
def _advance(state, i, walks, sure):
    """Write walker i's candidate, and move there if it is accepted.

    With masks, because a branch on a random number is mispredicted. A rejected candidate is
    overwritten by the next one.
    """
    accepted = state[i, _ACCEPTED]
    mask = np.uint64(0) - accepted
    walks[state[i, _WALK], state[i, _STEP]] = np.int32(state[i, _NEXT])
    state[i, _STEP] += accepted
    state[i, _PREVIOUS] ^= (state[i, _PREVIOUS] ^ state[i, _NODE]) & mask
    state[i, _PREVIOUS_SET] ^= (state[i, _PREVIOUS_SET] ^ state[i, _SET]) & mask
    state[i, _PREVIOUS_BUCKETS] ^= (state[i, _PREVIOUS_BUCKETS] ^ state[i, _BUCKETS]) & mask
    state[i, _NODE] ^= (state[i, _NODE] ^ state[i, _NEXT]) & mask
    state[i, _SURE] = sure


@njit(inline="always")
def _set_return_limits(buckets, sure, state, n, chosen, places):
    """Set `_RETURN` and `_SURE` of the walkers that have just moved.

    A draw below `_RETURN` is the immediate return; the others choose as if there were none.
    """
    moved = np.uint64(0)
    for i in range(n):
        chosen[moved] = i
        moved += state[i, _ACCEPTED]
    for k in range(moved):
        i = chosen[k]
        places[k] = home(state[i, _SET], state[i, _BUCKETS], state[i, _PREVIOUS])
        prefetch(buckets, places[k])
    for k in range(moved):
        i = chosen[k]
        limit = np.uint64(0)
        if state[i, _BUCKETS] > 0:
            bucket, place = find(
                buckets, state[i, _SET], state[i, _BUCKETS], state[i, _PREVIOUS], places[k]
            )
            if place > 0:
                limit = np.uint64(buckets[bucket, place + np.uint64(MEMBERS - 1)])
        state[i, _RETURN] = limit
        state[i, _SURE] = limit + high((_ALWAYS - limit) * sure)
