"""Weights by the places in lists, counted among the training pairs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from core.data.amazon import read_amazon
from core.data.relations import RELATIONS, Relations
from core.experiments import resolve_settings
from core.graph.build import build_pairs
from core.graph.nearness import HALF, training_nearness
from core.graph.split import random_split
from core.models import create
from tests.graph.test_build import random_data


def made(seed: int):
    catalogue, relations = random_data(seed)
    kept, pairs, is_source = build_pairs(catalogue, relations)
    return catalogue, relations, random_split(pairs, len(kept), is_source, seed, kept)


@pytest.mark.parametrize("seed", range(4))
def test_nearness_equals_that_counted_by_hand(seed):
    catalogue, relations, split = made(seed)
    ids, kept_ids = catalogue.frame["id"].tolist(), split.catalogue.frame["id"].tolist()
    training = {frozenset((kept_ids[u], kept_ids[v])) for u, v in zip(split.train.u, split.train.v)}
    sources = {kept_ids[row] for row in np.flatnonzero(split.is_source)}
    lists = defaultdict(list)
    for s, t, r, w, p in zip(*vars(relations).values()):
        pair = frozenset((ids[s], ids[t]))
        if s != t and ids[s] in sources and pair in training:
            lists[s, r].append((p, len(lists[s, r]), w, pair))
    expected = defaultdict(float)
    for mentions in lists.values():
        for place, (_, _, weight, pair) in enumerate(sorted(mentions, key=lambda m: m[:2])):
            expected[pair] += weight / (1 + place / HALF)
    found = training_nearness(split, catalogue, relations)
    assert len(found) == len(training) == len(expected) > 50
    for u, v, near in zip(split.train.u, split.train.v, found):
        assert near == pytest.approx(expected[frozenset((kept_ids[u], kept_ids[v]))], rel=1e-5)


def test_nothing_is_said_of_what_is_held_out():
    catalogue, relations, split = made(1)
    found = training_nearness(split, catalogue, relations)
    index = catalogue.index_of[split.catalogue.frame["id"]].to_numpy()
    of_row = np.full(len(catalogue), -1)
    of_row[index] = np.arange(len(index))
    ends = of_row[relations.source], of_row[relations.target]
    held_out = set(map(tuple, np.column_stack([split.test.u, split.test.v]).tolist()))
    gone = np.array([(min(pair), max(pair)) in held_out for pair in zip(*ends)])
    assert gone.sum() > 50
    without = Relations(*(array[~gone] for array in vars(relations).values()))
    np.testing.assert_array_equal(training_nearness(split, catalogue, without), found)


def test_the_development_slice_and_the_graph_take_it_along():
    catalogue, relations, split = made(2)
    split = type(split)(
        **{**vars(split), "nearness": training_nearness(split, catalogue, relations)}
    )
    near = split.by_nearness()
    np.testing.assert_array_equal(near.train.weight, split.nearness)
    np.testing.assert_array_equal(near.graph.indices, split.graph.indices)
    assert near.nearness is None and near.by_nearness() is near
    inner = split.development()
    np.testing.assert_array_equal(inner.nearness, split.nearness[~split.development_mask])
    assert len(inner.nearness) == len(inner.train)


def test_beauty_lists_the_nearest_first(lab_data):
    read = read_amazon(lab_data / "meta_Beauty.json.gz")
    kept, pairs, is_source = build_pairs(read.catalogue, read.relations, "ours", 2)
    split = random_split(pairs, len(kept), is_source, 42, kept)
    near = training_nearness(split, read.catalogue, read.relations)
    assert (near > 0).all() and (near <= split.train.weight * (1 + 1e-6)).all()
    # Of pairs that one list names, those that stand higher have more in common otherwise, too.
    once = (split.train.relations == 1 << RELATIONS.index("also_bought")) & np.isclose(
        split.train.weight, 1.0
    )
    model = create("resource-allocation", resolve_settings("resource-allocation", "ours", {}))
    common = model.fit(split).score(split.train.u[once], split.train.v[once])
    high = near[once] > np.median(near[once])
    assert once.sum() > 100_000
    assert common[high].mean() > 1.05 * common[~high].mean()
