"""The stack as a whole, on a graph whose communities are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.data.product_catalogue import TEXT_COLUMNS, Catalogue
from core.evaluation.metrics import auc
from core.graph.evaluation_negatives import sample_negatives
from core.graph.product_graph import Pairs
from core.graph.split import Split, random_split
from core.models import create
from core.models.stack import model as stack_model
from core.models.stack.features import FEATURES, PairFeatures
from core.models.stack.model import Stack
from core.models.stack.settings import StackSettings
from core.parallel import use_workers
from tests.communities import community_pairs, described_split

N = 203
QUICK = {"trees": 20, "dim": 16, "skipgram_epochs": 2}


def described(**changes) -> Split:
    """Return a split of communities whose last three products have no field and no pair."""
    catalogue = described_split().catalogue
    split = random_split(community_pairs(), N, np.ones(N, bool), catalogue=catalogue)
    return replace(split, **changes)


def fit(split: Split, seed: int = 1, workers: int = 1, **changes) -> Stack:
    return create("stack", StackSettings(**QUICK | changes), seed=seed, workers=workers).fit(split)


@pytest.fixture(scope="module")
def split() -> Split:
    return described()


@pytest.fixture(scope="module")
def stack(split) -> Stack:
    return fit(split)


def every_pair() -> tuple[np.ndarray, np.ndarray]:
    return np.divmod(np.arange(N * N), N)


def test_the_stack_beats_its_components():
    # Paths and embeddings find the communities; the brands of half the products name them, too.
    size, n = 40, 1000
    frame = pd.DataFrame("", index=range(n), columns=["id", *TEXT_COLUMNS])
    frame["id"] = [f"p{i * 37 % n:03d}" for i in range(n)]
    frame["brand"] = [f"brand {i // size}" if i % 2 else "" for i in range(n)]
    frame["price"] = np.float32("nan")
    pairs, every = community_pairs(n // size, size, 0.1, 0.0005), np.ones(n, bool)
    split = random_split(pairs, n, every, catalogue=Catalogue(frame))
    negatives = sample_negatives(split, "degree")
    found = {}
    for name in ("stack", "three-hop", "adamic-adar", "spectral"):
        model = fit(split) if name == "stack" else create(name).fit(split)
        found[name] = auc(*(model.score(p.u, p.v) for p in (split.test, negatives)))
    assert found.pop("stack") > max(found.values()) + 0.05


def test_one_seed_gives_one_stack_at_any_number_of_threads(split, stack):
    u, v = every_pair()
    expected = stack.score(u, v)
    for workers in (2, 4):
        np.testing.assert_array_equal(fit(split, workers=workers).score(u, v), expected)
    use_workers(1)
    assert not np.array_equal(fit(split, seed=2).score(u, v), expected)


def test_a_saved_stack_gives_the_same_scores(split, stack, tmp_path):
    stack.save(tmp_path)
    assert (tmp_path / "order.txt").read_text().startswith("tree")
    again = create("stack", stack.settings, seed=9).load(tmp_path, split)
    u, v = every_pair()
    np.testing.assert_array_equal(again.score(u, v), stack.score(u, v))
    np.testing.assert_array_equal(again.score_all(np.arange(N)), stack.score_all(np.arange(N)))


def test_a_stack_with_other_features_or_a_damaged_file_is_refused(split, stack, tmp_path):
    fit(split, ids=False).save(tmp_path)
    with pytest.raises(ValueError, match="features are those of another version"):
        create("stack", stack.settings).load(tmp_path, split)
    (tmp_path / "order.txt").write_text("tree\nversion=v4\n", "utf-8")
    with pytest.raises(ValueError, match="Model file"):
        create("stack", stack.settings).load(tmp_path, split)


def test_true_pairs_that_are_not_retrieved_are_scored_above_others(split):
    # Of 5 candidates and the 3 by Adamic-Adar, most true pairs are missed.
    stack, negatives = fit(split, candidates=5), sample_negatives(split, "degree")
    row, product = stack._candidates.of(np.arange(N))
    retrieved = np.isin(split.test.u * N + split.test.v, row * N + product)
    assert retrieved.mean() < 0.5
    u, v = split.test.u[~retrieved], split.test.v[~retrieved]
    assert auc(stack.score(u, v), stack.score(negatives.u, negatives.v)) > 0.8


def test_all_products_are_scored_exactly_if_candidates_else_by_popularity(split, monkeypatch):
    stack = fit(split, candidates=10)
    monkeypatch.setattr(stack_model, "QUERIES", 30)
    everything = stack.score_all(np.arange(N))
    row, product = stack._candidates.of(np.arange(N))
    candidate = np.zeros((N, N), bool)
    candidate[row, product] = True
    assert 5 < candidate[split.seen].sum(axis=1).mean() < 60
    exact = stack.score(*every_pair()).reshape(N, N)
    np.testing.assert_array_equal(everything[candidate], exact[candidate])
    assert everything[~candidate].max() < exact.min()
    degree = np.tile(split.graph.degree, (N, 1))[~candidate]
    order = np.argsort(everything[~candidate], kind="stable")
    assert (np.diff(degree[order]) >= 0).all()


def test_recall_counts_pairs_among_candidates(split, stack):
    row, product = stack._candidates.of(np.arange(N))
    retrieved = set(zip(row.tolist(), product.tolist()))
    u, v = split.test.u, split.test.v
    by_hand = np.mean([pair in retrieved for pair in zip(u.tolist(), v.tolist())])
    assert stack.recall(u, v) == pytest.approx(by_hand)
    # 250 candidates are all products within reach.
    both = split.both_seen(u, v)
    assert stack.recall(u[both], v[both]) > 0.9
    assert fit(split, candidates=5).recall(u, v) < by_hand / 2
    assert 0.5 < stack.recall_ < 1


def test_an_unseen_product_is_scored_by_content(split, stack):
    # Brands say the community; of two unseen products nothing else is known but ids.
    stack = fit(split, ids=False, share=0.4)
    unseen = np.flatnonzero(~split.seen)[:-3]
    described_ = described_split()
    new = np.flatnonzero(~described_.seen & described_.is_cold)
    cold = fit(described_, ids=False, share=0.4)
    same, other = [], []
    for product in new:
        scores = cold.score(np.full(200, product), np.arange(200))
        known = described_.seen[:200]
        inside = np.arange(200) // 25 == product // 25
        same.append(scores[inside & known].mean())
        other.append(scores[~inside & known].mean())
    assert np.mean(same) > np.mean(other)
    assert np.isfinite(stack.score_all(unseen)).all()


def test_flags_and_held_out_pairs_are_not_read(split, stack):
    rng, (u, v) = np.random.default_rng(0), every_pair()
    flipped = split.catalogue.frame.copy()
    flipped["has_metadata"] = rng.random(N) < 0.5
    flipped["private_label"] = True
    other = replace(
        split,
        catalogue=replace(split.catalogue, frame=flipped),
        lists_relations=rng.random(N) < 0.5,
        is_cold=rng.random(N) < 0.5,
        test=split.test[:5],
    )
    np.testing.assert_array_equal(fit(other).score(u, v), stack.score(u, v))


def test_removed_pairs_are_in_no_feature(split, monkeypatch):
    graphs, examples = [], []
    built, drawn = PairFeatures.__init__, Stack._examples

    def build(self, graph, *rest):
        graphs.append(graph)
        built(self, graph, *rest)

    def draw(self, inner, *rest):
        examples.append((inner, drawn(self, inner, *rest)))
        return examples[-1][1]

    monkeypatch.setattr(PairFeatures, "__init__", build)
    monkeypatch.setattr(Stack, "_examples", draw)
    fit(split, share=0.25)
    (inner, sample), (small, whole) = examples[0], graphs
    out = inner.test
    assert len(out) == round(0.25 * len(split.train)) and sample.positive.any()
    assert small.adjacency[out.u, out.v].max() == 0
    assert whole.adjacency[out.u, out.v].min() > 0
    assert whole.adjacency[split.test.u, split.test.v].max() == 0


def test_data_that_are_switched_off_are_in_no_feature(split):
    without = fit(split, ids=False, content=False)._features.names
    switched = [name for name in FEATURES if "id " in name]
    switched += ["same brand", "same categories", "text cosine", "price ratio"]
    assert set(FEATURES) - set(without) == set(switched)


@pytest.mark.parametrize("pair", [(0, 1), (0, 100)], ids=["near", "far"])
def test_contributions_name_the_decisive_features(stack, pair):
    found = stack.contributions(*pair)
    assert list(found) == sorted(found, key=lambda name: -abs(found[name]))
    assert set(found) == set(stack._features.names)
    # They add up to the score, up to a constant.
    ends = [np.array([end]) for end in pair]
    features, ranker = stack._features.of_pairs(*ends), stack.ranker_
    assert set(ranker.weights_) == {"order", "probability", "any-pair"}
    # Without a path, the trees that order candidates are not asked.
    path = features[0, :2].any()
    constant = (0 if path else ranker.no_path_) + sum(
        weight
        * (1 if path else 2)
        * ranker.models_[part].predict(features, pred_contrib=True)[0, -1]
        for part, weight in ranker.weights_.items()
        if path or part == "any-pair"
    )
    score = stack.score(*ends)[0]
    assert score == pytest.approx(max(sum(found.values()) + constant, ranker.floor_), rel=1e-5)


def pairs_of(u: list[int], v: list[int]) -> Pairs:
    ends = (np.array(end, np.int32) for end in (u, v))
    return Pairs(*ends, np.ones(len(u), np.float32), np.ones(len(u), np.uint8))


@pytest.mark.parametrize(
    "train",
    [
        pairs_of([0, 2], [1, 3]),
        pairs_of([0] * 5, [1, 2, 3, 4, 5]),
        pairs_of([0] * 60, list(range(1, 61))),
    ],
    ids=["two pairs", "small star", "star"],
)
def test_degenerate_graphs_can_be_fitted(train):
    n = 70
    split = random_split(train, n, np.ones(n, bool))
    split = replace(split, train=train, development_mask=np.zeros(len(train), bool))
    stack = fit(split)
    assert np.isfinite(stack.score(*np.divmod(np.arange(n * n), n))).all()
    scores = stack.score_all(np.arange(n))
    assert scores.shape == (n, n) and np.isfinite(scores).all()
