"""The compiled inner loops of the walks.

A step of a walk waits for memory several times in a row. So many walkers move side by side, and
each step is cut into short loops over all of them (where to look; what is there; is it taken). The
end of each loop asks for the memory that the next one reads, and it is there in time.

numba caches these loops by the age of this file alone: whoever changes one of the small functions
that they inline (`alias_sampling`, `neighbour_sets`, `cpu_prefetch`) touches this file too.
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

# Columns of a second-order walker's state: one row a walker keeps it within two cache lines.
_STATE = 16
(
    _COUNTER,  # of its random numbers
    _WALK,  # the walk it makes
    _STEP,  # the step it is about to make
    _BEFORE,  # the product it came from, and where that one's neighbour set is
    _BEFORE_SET,
    _BEFORE_BUCKETS,
    _NODE,  # the product it is at
    _SET,
    _BUCKETS,
    _SLOT,  # the alias slot it has drawn
    _FRACTION,  # what chooses within the slot
    _LUCK,  # what the candidate is accepted by
    _NEXT,  # the candidate
    _TAKEN,  # 1 if it is accepted
    _RETURN,  # `_LUCK` below this: take the way back at once
    _SURE,  # `_LUCK` below this: accept any candidate but the way back
) = (np.uint64(column) for column in range(_STATE))


@njit(cache=True, nogil=True)
def first_order_chunk(indptr, slots, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by first-order steps; rows as `walks.alias_rows` gives."""
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

    A step to x deserves the factor 1/p, 1 or 1/q; ``cap = max(1, 1/q)`` bounds the last two, and a
    candidate is accepted with probability factor / cap. What 1/p has above `cap` does not raise
    the bound (every other candidate would be rejected more often): the way back is then a second
    component of the mixture, of mass `extra` times its share of the weights.

    Returns
    -------
    extra : float
        ``max(1/p - cap, 0) / cap``: mass of the second component for a share of 1.
    back : uint64
        Accept the way back if 32 random bits are below.
    sure : uint64
        Accept every other candidate if they are below; no need to look whether it is near.
    near : bool
        Which of the others are accepted at or above `sure`: the neighbours of the product before
        (q > 1), or all but these (q < 1).
    """
    cap = max(1.0, 1 / q)
    back, sure = (np.uint64(factor / cap * FULL) for factor in (min(1 / p, cap), min(1, 1 / q)))
    return max(1 / p - cap, 0.0) / cap, back, sure, q > 1


@njit(cache=True, nogil=True)
def second_order_chunk(indptr, slots, buckets, limits, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by second-order steps, drawn by folded rejection.

    In each pass every walker draws one candidate by weight, which is accepted by `limits` (see
    `rejection_limits`) or not. Whether it is near is looked up only where the random number leaves
    that open. A walker that reaches its walk's end begins the next one.
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
            state[i, _LUCK] = low(bits)
            prefetch(slots, state[i, _SLOT])
        if extra > 0:
            _weigh_the_way_back(buckets, sure, state, n, chosen, places)
        n_open = np.uint64(0)
        for i in range(n):
            before, luck = state[i, _BEFORE], state[i, _LUCK]
            x = choose(slots, state[i, _SLOT], state[i, _FRACTION])
            x = before if luck < state[i, _RETURN] else x
            is_back = x == before
            taken = (luck < (back if is_back else state[i, _SURE])) | (x == NOWHERE)
            state[i, _NEXT] = x
            state[i, _TAKEN] = taken
            prefetch(indptr, min(x, np.uint64(len(indptr) - 2)))
            chosen[n_open] = i
            n_open += np.uint64(not (taken | is_back))
        for k in range(n_open):
            i = chosen[k]
            places[k] = home(state[i, _BEFORE_SET], state[i, _BEFORE_BUCKETS], state[i, _NEXT])
            prefetch(buckets, places[k])
        for k in range(n_open):
            i = chosen[k]
            _, place = find(
                buckets,
                state[i, _BEFORE_SET],
                state[i, _BEFORE_BUCKETS],
                state[i, _NEXT],
                places[k],
            )
            state[i, _TAKEN] = (place > 0) == near
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
    state[i, _BEFORE] = NOWHERE
    state[i, _RETURN] = 0
    state[i, _SURE] = _ALWAYS
    state[i, _TAKEN] = 0


@njit(inline="always")
def _advance(state, i, walks, sure):
    """Write walker i's candidate, and go there if it is taken: by masks, for luck has no pattern.

    A candidate that is not taken is overwritten by the next one.
    """
    taken = state[i, _TAKEN]
    mask = np.uint64(0) - taken
    walks[state[i, _WALK], state[i, _STEP]] = np.int32(state[i, _NEXT])
    state[i, _STEP] += taken
    state[i, _BEFORE] ^= (state[i, _BEFORE] ^ state[i, _NODE]) & mask
    state[i, _BEFORE_SET] ^= (state[i, _BEFORE_SET] ^ state[i, _SET]) & mask
    state[i, _BEFORE_BUCKETS] ^= (state[i, _BEFORE_BUCKETS] ^ state[i, _BUCKETS]) & mask
    state[i, _NODE] ^= (state[i, _NODE] ^ state[i, _NEXT]) & mask
    state[i, _SURE] = sure


@njit(inline="always")
def _weigh_the_way_back(buckets, sure, state, n, chosen, places):
    """Set the limits of the walkers that have just moved: the mixture's second component first.

    Below `_RETURN` the way back is taken at once; what is above is shared out as without it.
    """
    moved = np.uint64(0)
    for i in range(n):
        chosen[moved] = i
        moved += state[i, _TAKEN]
    for k in range(moved):
        i = chosen[k]
        places[k] = home(state[i, _SET], state[i, _BUCKETS], state[i, _BEFORE])
        prefetch(buckets, places[k])
    for k in range(moved):
        i = chosen[k]
        limit = np.uint64(0)
        if state[i, _BUCKETS] > 0:
            bucket, place = find(
                buckets, state[i, _SET], state[i, _BUCKETS], state[i, _BEFORE], places[k]
            )
            if place > 0:
                limit = np.uint64(buckets[bucket, place + np.uint64(MEMBERS - 1)])
        state[i, _RETURN] = limit
        state[i, _SURE] = limit + high((_ALWAYS - limit) * sure)
