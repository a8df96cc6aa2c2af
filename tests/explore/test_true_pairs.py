"""The true pairs against a scan of all pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.data.product_relations import RELATIONS
from core.explore.true_pairs import HELD_OUT, TRAINING, TruePairs, relation_names
from core.graph.product_graph import Pairs


def scan(split, query):
    found = {}
    for part, pairs in ((TRAINING, split.train), (HELD_OUT, split.test)):
        for u, v, bits in zip(pairs.u, pairs.v, pairs.relations):
            if query in (u, v):
                names = [name for r, name in enumerate(RELATIONS) if bits & 2**r]
                found[int(v if u == query else u)] = (part, names)
    return found


def test_every_row_equals_a_full_scan(split):
    truth = TruePairs(split)
    for query in range(0, split.n_products, 13):
        expected = scan(split, query)
        assert truth.named(query) == expected
        some = np.array([*list(expected)[::2], query])
        assert truth.named(query, some) == {p: expected[p] for p in list(expected)[::2]}


def test_a_self_pair_occurs_once(split):
    loop = Pairs(
        np.array([5], np.int32),
        np.array([5], np.int32),
        np.ones(1, np.float32),
        np.ones(1, np.uint8),
    )
    with_loop = replace(split, test=Pairs.concatenate(split.test, loop))
    assert TruePairs(with_loop).of(5)[0].tolist().count(5) == 1


def test_bits_are_named():
    assert relation_names(0) == []
    assert relation_names(0b101) == ["bought_together", "also_viewed"]
