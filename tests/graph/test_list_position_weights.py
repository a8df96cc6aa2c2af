"""Weights by positions in lists, counted among the pairs of the split."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from core.data.formats.amazon_metadata import read_amazon
from core.data.product_relations import RELATIONS, Relations
from core.graph.build_pairs import build_pairs
from core.graph.list_position_weights import HALF_WEIGHT_POSITION, Mentions, find_mentions
from core.graph.split import random_split
from core.models import create
from core.models.registry import resolve_settings
from tests.graph.test_build_pairs import random_data


def training_mentions(split, catalogue, relations) -> Mentions:
    return find_mentions(split.train, split.catalogue, split.lists_relations, catalogue, relations)


def split_with_mentions(seed: int):
    catalogue, relations = random_data(seed)
    kept, pairs, lists_relations = build_pairs(catalogue, relations)
    split = random_split(pairs, len(kept), lists_relations, seed, kept)
    split = replace(split, mentions=training_mentions(split, catalogue, relations))
    return catalogue, relations, split


def plain_weights(catalogue, relations, split) -> list[float]:
    """Return the expected weights of the training pairs of `split`."""
    ids, kept_ids = catalogue.frame["id"].tolist(), split.catalogue.frame["id"].tolist()
    pairs = [frozenset((kept_ids[u], kept_ids[v])) for u, v in zip(split.train.u, split.train.v)]
    training = set(pairs)
    sources = {kept_ids[row] for row in np.flatnonzero(split.lists_relations)}
    lists = defaultdict(list)
    for s, t, r, w, p in zip(*vars(relations).values()):
        pair = frozenset((ids[s], ids[t]))
        if s != t and ids[s] in sources and pair in training:
            lists[s, r].append((p, len(lists[s, r]), w, pair))
    expected = defaultdict(float)
    for mentions in lists.values():
        for place, (_, _, weight, pair) in enumerate(sorted(mentions, key=lambda m: m[:2])):
            expected[pair] += weight / (1 + place / HALF_WEIGHT_POSITION)
    assert len(expected) == len(training)
    return [expected[pair] for pair in pairs]


@pytest.mark.parametrize("seed", range(4))
def test_nearness_equals_a_plain_sum(seed):
    catalogue, relations, split = split_with_mentions(seed)
    expected = plain_weights(catalogue, relations, split)
    assert len(expected) > 50
    np.testing.assert_allclose(split.by_nearness().train.weight, expected, rtol=1e-5)


def test_list_positions_reveal_nothing_about_held_out_pairs():
    catalogue, relations, split = split_with_mentions(1)
    index = catalogue.index_of[split.catalogue.frame["id"]].to_numpy()
    of_row = np.full(len(catalogue), -1)
    of_row[index] = np.arange(len(index))
    ends = of_row[relations.source], of_row[relations.target]
    held_out = set(map(tuple, np.column_stack([split.test.u, split.test.v]).tolist()))
    gone = np.array([(min(pair), max(pair)) in held_out for pair in zip(*ends)])
    assert gone.sum() > 50
    without = Relations(*(array[~gone] for array in vars(relations).values()))
    again = training_mentions(split, catalogue, without)
    for ours, theirs in zip(vars(split.mentions).values(), vars(again).values()):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("first", ["as prepared", "by nearness"])
def test_list_positions_reveal_nothing_about_any_other_held_out_share(first):
    catalogue, relations, split = split_with_mentions(2)
    outer = split.by_nearness() if first == "by nearness" else split
    out = np.random.default_rng(3).random(len(outer.train)) < 0.3
    for inner in (outer.development(), outer.holding_out(out, "stack", 3)):
        assert 20 < len(inner.train) < 0.95 * len(split.train)
        np.testing.assert_allclose(
            inner.by_nearness().train.weight, plain_weights(catalogue, relations, inner), rtol=1e-5
        )


def test_the_split_weights_its_graph_by_list_positions():
    _, _, split = split_with_mentions(2)
    near = split.by_nearness()
    np.testing.assert_array_equal(near.graph.indices, split.graph.indices)
    assert not np.array_equal(near.graph.weights, split.graph.weights)
    without = replace(split, mentions=None)
    assert without.by_nearness() is without


def test_beauty_lists_the_nearest_first(lab_data):
    read = read_amazon(lab_data / "meta_Beauty.json.gz")
    kept, pairs, lists_relations = build_pairs(read.catalogue, read.relations, "ours", 2)
    split = random_split(pairs, len(kept), lists_relations, 42, kept)
    mentions = training_mentions(split, read.catalogue, read.relations)
    near = mentions.nearness(len(split.train))
    assert (near > 0).all() and (near <= split.train.weight * (1 + 1e-6)).all()
    # Pairs higher on a list have more in common in other ways, too.
    once = (split.train.relations == 1 << RELATIONS.index("also_bought")) & np.isclose(
        split.train.weight, 1.0
    )
    model = create("resource-allocation", resolve_settings("resource-allocation", "ours", {}))
    common = model.fit(split).score(split.train.u[once], split.train.v[once])
    high = near[once] > np.median(near[once])
    assert once.sum() > 100_000
    assert common[high].mean() > 1.05 * common[~high].mean()
