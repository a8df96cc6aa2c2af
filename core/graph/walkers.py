"""The compiled inner loops of the walks.

A step of a walk waits for memory several times in a row. So a block of walkers moves in lockstep,
and each step is cut into short loops over the block (where to look; what is there; is it taken):
within such a loop no access depends on another, and the processor has many under way at a time.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from core.graph.alias import FULL, GOLDEN, NOWHERE, ONE, choose, high, low, mix, pick, row, stream

LOCKSTEP = 256  # walkers in a block: their state fits the first-level cache

_HASH = np.uint64(0x9E3779B1)  # Knuth's multiplicative hashing, 2^32 / golden ratio
_LOW = np.uint64(0xFFFFFFFF)
_S32 = np.uint64(32)


@njit(cache=True, nogil=True)
def first_order_chunk(indptr, slots, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by first-order steps; rows as `walks.alias_rows` gives."""
    n_slots = np.uint64(len(slots))
    counters = np.empty(LOCKSTEP, np.uint64)
    nodes = np.empty(LOCKSTEP, np.uint32)
    picked = np.empty(LOCKSTEP, np.uint64)
    drawn = np.empty(LOCKSTEP, np.uint64)
    for begin in range(np.uint64(first), np.uint64(last), np.uint64(LOCKSTEP)):
        n = min(np.uint64(LOCKSTEP), np.uint64(last) - begin)
        for i in range(n):
            counters[i] = stream(key, begin + i)
            nodes[i] = starts[begin + i]
            walks[begin + i, 0] = starts[begin + i]
        for step in range(ONE, np.uint64(walks.shape[1])):
            for i in range(n):
                start, degree = row(indptr, nodes[i])
                drawn[i] = mix(counters[i])
                picked[i] = pick(start, degree, drawn[i], n_slots)
                counters[i] += GOLDEN
            for i in range(n):
                nodes[i] = choose(slots, picked[i], drawn[i])
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
    limit = lambda factor: np.uint64(min(round(factor / cap * FULL), FULL))  # noqa: E731
    return max(1 / p - cap, 0.0) / cap, limit(min(1 / p, cap)), limit(min(1, 1 / q)), q > 1


@njit(inline="always")
def _home(start, degree, node):
    """Return where the search for `node` begins in the set of the row at `start`."""
    hashed = (np.uint64(node) * _HASH) & _LOW
    return start + start + ((hashed * (degree + degree)) >> _S32)


@njit(inline="always")
def _find(members, start, degree, node, place):
    """Search the row's set from `place` on; return the place of `node` or a free one."""
    end = start + start + degree + degree
    while members[place] != node and members[place] != NOWHERE:
        place += ONE
        if place == end:
            place = start + start
    return place


@njit(cache=True, nogil=True)
def fill_neighbour_sets(indptr, indices, weights, members, shares, first, last):
    """Write the neighbours of rows ``first .. last - 1`` as one hash set a row.

    The set of a row has twice its degree places, from twice its start on. Half of them stay
    `NOWHERE`, so a search by linear probing ends soon, mostly in the cache line it began in.
    `shares` holds, at the same place, the neighbour's share of the row's weight.
    """
    for node in range(first, last):
        start = np.uint64(indptr[node])
        degree = np.uint64(indptr[node + 1]) - start
        total = 0.0
        for k in range(start, start + degree):
            total += weights[k]
        for k in range(start, start + degree):
            neighbour = np.uint32(indices[k])
            place = _find(members, start, degree, neighbour, _home(start, degree, neighbour))
            members[place] = neighbour
            shares[place] = weights[k] / total


@njit(cache=True, nogil=True)
def second_order_chunk(indptr, slots, members, shares, limits, starts, walks, key, first, last):
    """Fill walks ``first .. last - 1`` by second-order steps, drawn by folded rejection.

    A candidate is drawn by weight and accepted by `limits` (see `rejection_limits`), else another
    is drawn. Whether it is near is looked up only where the random number leaves that open.
    """
    extra, back, sure, near = limits
    n_slots = np.uint64(len(slots))
    counters = np.empty(LOCKSTEP, np.uint64)
    # One entry a walker: where it was, is, and goes next, with the rows of the first two.
    before, nodes, after = np.empty((3, LOCKSTEP), np.uint32)
    before_start, before_degree, start, degree = np.empty((4, LOCKSTEP), np.uint64)
    returning = np.zeros(LOCKSTEP, np.uint64)  # take the way back at once below this
    # One entry a trial: who makes it, and how it goes.
    walker, open_trials = np.empty((2, LOCKSTEP), np.uint64)
    picked, drawn, luck, places = np.empty((4, LOCKSTEP), np.uint64)
    candidate = np.empty(LOCKSTEP, np.uint32)
    accepted = np.empty(LOCKSTEP, np.bool_)
    for begin in range(np.uint64(first), np.uint64(last), np.uint64(LOCKSTEP)):
        n = min(np.uint64(LOCKSTEP), np.uint64(last) - begin)
        for i in range(n):
            counters[i] = stream(key, begin + i)
            nodes[i] = starts[begin + i]
            walks[begin + i, 0] = starts[begin + i]
            before[i], returning[i] = NOWHERE, 0
        for step in range(ONE, np.uint64(walks.shape[1])):
            for i in range(n):
                start[i], degree[i] = row(indptr, nodes[i])
                walker[i] = i
            if step > ONE and extra > 0:
                _shares_of_the_way_back(
                    members, shares, extra, before, start, degree, places, returning, n
                )
            waiting = n
            while waiting > 0:
                for j in range(waiting):
                    i = walker[j]
                    drawn[j] = mix(counters[i])
                    luck[j] = mix(counters[i] + GOLDEN)
                    counters[i] += GOLDEN + GOLDEN
                    picked[j] = pick(start[i], degree[i], drawn[j], n_slots)
                n_open = np.uint64(0)
                for j in range(waiting):
                    i = walker[j]
                    x = choose(slots, picked[j], drawn[j])
                    at_once = low(luck[j]) < returning[i]
                    x = before[i] if at_once else x
                    is_back = x == before[i]
                    limit = back if is_back else sure
                    taken = at_once | (high(luck[j]) < limit) | (x == NOWHERE) | (step == ONE)
                    candidate[j] = x
                    accepted[j] = taken
                    open_trials[n_open] = j
                    n_open += np.uint64(not (taken | is_back))
                for k in range(n_open):
                    j = open_trials[k]
                    i = walker[j]
                    places[k] = _home(before_start[i], before_degree[i], candidate[j])
                    accepted[j] = members[places[k]] == candidate[j]
                for k in range(n_open):
                    j = open_trials[k]
                    i = walker[j]
                    place = _find(
                        members, before_start[i], before_degree[i], candidate[j], places[k]
                    )
                    accepted[j] = (members[place] == candidate[j]) == near
                rejected = np.uint64(0)
                for j in range(waiting):
                    i = walker[j]
                    after[i] = candidate[j]
                    walker[rejected] = i
                    rejected += np.uint64(not accepted[j])
                waiting = rejected
            for i in range(n):
                before[i], before_start[i], before_degree[i] = nodes[i], start[i], degree[i]
                nodes[i] = after[i]
                walks[begin + i, step] = np.int32(after[i])


@njit(inline="always")
def _shares_of_the_way_back(members, shares, extra, before, start, degree, places, returning, n):
    """Set `returning`, as 32-bit limits, to the chance of the mixture's second component."""
    for i in range(n):
        places[i] = _home(start[i], degree[i], before[i]) if degree[i] > 0 else np.uint64(0)
        returning[i] = members[places[i]]  # only to have the cache line on its way
    for i in range(n):
        chance = 0.0
        if degree[i] > 0:
            place = _find(members, start[i], degree[i], before[i], places[i])
            if members[place] != NOWHERE:
                mass = extra * shares[place]
                chance = mass / (1.0 + mass)
        returning[i] = np.uint64(chance * FULL)
