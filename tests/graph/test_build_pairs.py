"""Mentions to pairs, against the rules spelled out with dicts."""

from collections import defaultdict
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from core.data.formats.amazon_metadata import read_amazon
from core.data.ids_and_catalogue import make_catalogue
from core.data.product_catalogue import Catalogue
from core.data.product_relations import RELATIONS, WEIGHTS, Relations
from core.graph.build_pairs import build_pairs, build_time_pairs


def random_data(seed: int, n: int = 40, mentions: int = 300) -> tuple[Catalogue, Relations]:
    """Return products some of which differ in case only, and distinct mentions, selfs included."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P{i:02}" if i % 5 else f"p{i + 1:02}" for i in range(n)], object)
    titles = np.where(rng.random(n // 2) < 0.7, "A title", "")
    catalogue = make_catalogue(ids, {"title": titles}, n // 2)
    key = rng.choice(n // 2 * n * 4, mentions, replace=False)
    source, target, relation = key // (4 * n), key // 4 % n, key % 4
    weight = np.where(relation == 3, rng.uniform(0.1, 9, mentions), WEIGHTS[relation])
    return catalogue, Relations(
        source.astype(np.int32),
        target.astype(np.int32),
        relation.astype(np.uint8),
        weight.astype(np.float32),
        rng.integers(0, 100, mentions).astype(np.uint8),
    )


def arrays_of(relations: Relations) -> tuple:
    return relations.source, relations.target, relations.relation, relations.weight


def plain_pairs(catalogue, relations, study=False, min_also_bought=2):
    """Return {(id, id): [weight, names of relations]} and the sources' ids."""
    ids = catalogue.frame["id"].tolist()
    titles = catalogue.frame["title"].tolist()
    name = str.lower if study else str
    lists = defaultdict(list)
    for s, t, r, w in zip(
        *(getattr(relations, f) for f in ("source", "target", "relation", "weight"))
    ):
        lists[s].append((t, RELATIONS[r], float(w)))
    pairs, sources = {}, set()
    for s, listed in lists.items():
        if sum(r == "also_bought" for _, r, _ in listed) < min_also_bought:
            continue
        if study and not titles[s]:
            continue
        proper = [entry for entry in listed if study or entry[0] != s]
        if proper:
            sources.add(name(ids[s]))
        for t, r, w in proper:
            pair = pairs.setdefault(tuple(sorted((name(ids[s]), name(ids[t])))), [0.0, set()])
            pair[0] += w
            pair[1].add(r)
    return pairs, sources


def spelled(catalogue, pairs, study=False):
    ids = catalogue.frame["id"].str.lower() if study else catalogue.frame["id"]
    ids = ids.tolist()
    return {
        tuple(sorted((ids[u], ids[v]))): (w, {r for i, r in enumerate(RELATIONS) if bits >> i & 1})
        for u, v, w, bits in zip(pairs.u, pairs.v, pairs.weight, pairs.relations)
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("study", [False, True])
@pytest.mark.parametrize("min_also_bought", [0, 2])
def test_pairs_equal_a_plain_sum_of_mentions(seed, study, min_also_bought):
    catalogue, relations = random_data(seed)
    rules = "study" if study else "ours"
    kept, pairs, lists_relations = build_pairs(catalogue, relations, rules, min_also_bought)
    expected, sources = plain_pairs(catalogue, relations, study, min_also_bought)
    found = spelled(kept, pairs, study)
    assert len(pairs) == len(found) == len(expected) > 50
    for pair, (weight, names) in expected.items():
        assert found[pair][0] == pytest.approx(weight, rel=1e-6)
        assert found[pair][1] == names
    # Only what is in a pair is a product; sorted; u before v.
    assert len(kept) == len(np.union1d(pairs.u, pairs.v))
    key = pairs.keys(len(kept))
    assert (np.diff(key) > 0).all() and (pairs.u <= pairs.v).all()
    assert (pairs.u == pairs.v).any() == study
    ids = kept.frame["id"].str.lower() if study else kept.frame["id"]
    assert set(ids[lists_relations]) == sources
    if study:
        assert ids.is_monotonic_increasing and ids.is_unique
    else:
        assert (np.diff(catalogue.index_of[kept.frame["id"]].to_numpy()) > 0).all()


def test_pairs_have_compact_types():
    catalogue, relations = random_data(0)
    _, pairs, lists_relations = build_pairs(catalogue, relations)
    assert [
        a.dtype for a in (pairs.u, pairs.v, pairs.weight, pairs.relations, lists_relations)
    ] == [
        np.int32,
        np.int32,
        np.float32,
        np.uint8,
        bool,
    ]


def test_without_mentions_there_are_no_pairs():
    catalogue, relations = random_data(0)
    none = Relations(*(getattr(relations, f.name)[:0] for f in fields(relations)))
    kept, pairs, lists_relations = build_pairs(catalogue, none)
    assert len(kept) == len(pairs) == len(lists_relations) == 0
    kept, pairs, late, lists_relations = build_time_pairs(catalogue, none, relations)
    assert late.all() and len(pairs)


@pytest.mark.parametrize("seed", range(3))
def test_late_pairs_first_appear_after_the_date(seed):
    catalogue, before = random_data(seed)
    _, after = random_data(seed + 100)
    kept, pairs, late, lists_relations = build_time_pairs(catalogue, before, after)
    early_expected, early_sources = plain_pairs(catalogue, before, min_also_bought=0)
    late_expected, late_sources = plain_pairs(catalogue, after, min_also_bought=0)
    found = spelled(kept, pairs)
    assert set(found) == set(early_expected) | set(late_expected)
    ids = kept.frame["id"].tolist()
    for u, v, is_late in zip(pairs.u, pairs.v, late):
        pair = tuple(sorted((ids[u], ids[v])))
        assert is_late == (pair not in early_expected)
        weight, names = (late_expected if is_late else early_expected)[pair]
        assert found[pair][0] == pytest.approx(weight, rel=1e-6) and found[pair][1] == names
    assert (np.diff(pairs.keys(len(kept))) > 0).all()
    assert set(kept.frame["id"][lists_relations]) == early_sources | late_sources


def test_beauty_has_the_published_size(lab_data):
    read = read_amazon(lab_data / "meta_Beauty.json.gz")
    assert read.min_also_bought == 2
    for rules, n_pairs in (("ours", 891_194), ("study", 891_195)):
        catalogue, pairs, _ = build_pairs(read.catalogue, read.relations, rules, 2)
        assert len(catalogue) == 118_422
        assert int(catalogue.frame["has_metadata"].sum()) == 11_875
        assert len(pairs) == n_pairs
        assert (pairs.u == pairs.v).sum() == (rules == "study")
        assert pairs.weight.min() == 0.5 and pairs.weight.max() == pytest.approx(5.4)


def test_gift_cards_are_read_and_paired(lab_data):
    read = read_amazon(lab_data / "meta_Gift_Cards.json.gz")
    catalogue, pairs, lists_relations = build_pairs(read.catalogue, read.relations, "ours", 2)
    assert len(pairs) > 20_000 and lists_relations.sum() > 300
    assert isinstance(catalogue.frame, pd.DataFrame)
