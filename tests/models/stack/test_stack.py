"""The stack as a whole: the same score in whatever pieces the pairs are worked on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from core.graph.split import random_split
from core.models import create
from core.models.stack import features, model, strong
from core.models.stack.content import Content
from core.models.stack.cost import bytes_per_product
from core.models.stack.path_trees import PathTrees
from core.models.stack.settings import SEEDS, StackSettings
from core.models.stack.strong import find_strong, put_back
from core.parallel import use_workers
from tests.communities import community_pairs, described_split


@pytest.fixture(scope="module", params=["few", "many"])
def fitted(request):
    described = described_split()
    pairs = community_pairs()
    split = random_split(pairs, 203, np.ones(203, bool), catalogue=described.catalogue)
    settings = StackSettings(trees=20, dim=16, lessons=2, embeddings=request.param)
    stack = create("stack", settings, seed=1, workers=2).fit(split)
    embeddings = stack._features.embeddings
    assert ("wide cosine" in embeddings) == (request.param == "many")
    assert len(embeddings["cosine"].each) == (SEEDS if request.param == "many" else 1)
    assert len(embeddings["spectral cosine"].each) == 1
    arrays = [array for dots in embeddings.values() for array in dots.arrays().values()]
    kept = sum(array.nbytes for array in arrays if array.dtype == np.int8)
    assert kept == 203 * bytes_per_product(settings, len(split.train))
    return stack, split


def test_a_stack_comes_back_from_its_files(fitted, tmp_path):
    stack, split = fitted
    stack.save(tmp_path)
    again = create("stack", stack.settings, seed=1, workers=1).load(tmp_path, split)
    some = np.array([11, 4, 200, 63])
    np.testing.assert_array_equal(again.score_all(some), stack.score_all(some))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("size", "dense"), [(31, 5), (150, 0), (150, 10**9), (1 << 16, 5)])
def test_a_pair_has_one_score_to_the_last_bit(fitted, size, dense, workers, monkeypatch):
    stack, split = fitted
    u, v = np.divmod(np.arange(203**2), 203)
    at_once = stack.score(u, v).reshape(203, 203)
    assert 0.02 < (stack._features.reach.pairs(u, v) > 0).mean() < 0.98
    monkeypatch.setattr(model, "ROWS", size)
    monkeypatch.setattr(model, "QUERIES", 30)
    monkeypatch.setattr(features, "DENSE", dense)
    use_workers(workers)
    np.testing.assert_array_equal(stack.score(u, v), at_once.ravel())
    np.testing.assert_array_equal(stack.score_all(np.arange(203)), at_once)
    some = np.array([11, 4, 200, 63])
    np.testing.assert_array_equal(stack.score_all(some), at_once[some])
    seen = stack.score_seen(some)[:, split.seen]
    np.testing.assert_array_equal(seen, at_once[some][:, split.seen])


@pytest.mark.parametrize(
    "changes",
    [{"path_negatives": 0}, {"content": False}, {"lessons": 1, "positives": 3}, {"share": 0.5}],
    ids=str,
)
def test_other_settings_make_a_stack_too(changes):
    described = described_split()
    split = random_split(community_pairs(), 203, np.ones(203, bool), catalogue=described.catalogue)
    settings = StackSettings(trees=20, dim=16, embeddings="few", **changes)
    stack = create("stack", settings, seed=1, workers=2).fit(split)
    scores = stack.score_all(np.arange(203))
    assert np.isfinite(scores).all()
    true, false = scores[split.test.u, split.test.v], scores[split.known.adjacency.toarray() == 0]
    assert ("positives" in changes) or true.mean() > np.quantile(false, 0.7)
    assert (stack.content_ is None) == (changes == {"content": False})


def test_content_is_learned_from_pairs_that_its_trees_have_not_seen(monkeypatch):
    described, pairs = described_split(), community_pairs()
    split = random_split(pairs, 203, np.ones(203, bool), catalogue=described.catalogue)
    settings = StackSettings(trees=20, dim=16, embeddings="few")
    trained, shown = [], []
    fit_trees, fit_content = PathTrees.fit, Content.fit

    def trees(near, reach, *rest):
        trained.append(len(near))
        return fit_trees(near, reach, *rest)

    def content(self, frame, seen, u, *rest):
        shown.append(len(u))
        return fit_content(self, frame, seen, u, *rest)

    def fit(halved: int) -> list[int]:
        monkeypatch.setattr(model, "HALVED", halved)
        trained.clear()
        create("stack", settings, seed=1, workers=2).fit(split)
        return list(trained)

    monkeypatch.setattr(PathTrees, "fit", trees)
    monkeypatch.setattr(Content, "fit", content)
    everything, half = fit(halved=1)
    # Of too few pairs none are kept from the trees.
    assert fit(halved=10**9) == [everything]
    assert half == pytest.approx(everything / 2, rel=0.1)
    assert shown[0] == pytest.approx(shown[1] / 2, rel=0.1)


def test_content_is_what_is_unusual_for_the_log_odds():
    split = described_split()
    frame, n = split.catalogue.frame, 203
    rng = np.random.default_rng(3)
    u, v = rng.integers(0, n, (2, 4000))
    brand = frame["brand"].to_numpy()
    branded = (brand[u] != "") & (brand[v] != "")
    same = branded & (brand[u] == brand[v])
    logit = rng.normal(size=4000)
    positive = rng.random(4000) < expit(logit + 2 * same)
    learned = Content(0).fit(frame, split.seen, u, v, logit, positive)
    known, compared = learned._compare(u, v)
    np.testing.assert_array_equal(known[0], branded)
    np.testing.assert_array_equal(compared[0], same)
    assert learned.weights_[0] > 1
    # Beyond the outermost knots as well.
    logit = rng.normal(size=4000) * 3
    expected = logit.copy()
    for weight, usual, is_known, value in zip(learned.weights_, learned.usual_, known, compared):
        unusual = value - np.interp(logit, learned.knots_, usual)
        expected += np.where(is_known, weight * unusual, 0)
    found = logit.copy()
    learned.add(u, v, found)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_so_many_rivals_of_a_product_are_strong_as_are_asked_for(fitted, monkeypatch):
    stack, split = fitted
    monkeypatch.setattr(stack, "strong_", np.inf)
    weak = stack.score_all(np.arange(203))
    rival = split.seen[:, None] & split.seen & (split.graph.adjacency.toarray() == 0)
    np.fill_diagonal(rival, False)
    # So many ends that each product seen is among them.
    monkeypatch.setattr(strong, "COUNTED", 100_000)
    monkeypatch.setattr(strong, "QUERIES", 30)
    for rivals in (0.5, 5, 40):
        threshold = find_strong(stack.score_seen, split, rivals, seed=1)
        wanted = round(rivals * split.seen.sum())
        assert (weak[rival] > threshold).sum() < wanted <= (weak[rival] >= threshold).sum()
    assert find_strong(stack.score_seen, split, 0, seed=1) == np.inf
    assert find_strong(stack.score_seen, split, 1000, seed=1) == -np.inf


def test_popular_products_count_most_in_what_is_strong(fitted, monkeypatch):
    _, split = fitted
    asked = []

    def score_seen(queries):
        asked.extend(queries)
        return np.zeros((len(queries), 203), np.float32)

    monkeypatch.setattr(strong, "COUNTED", 10)
    for seed in range(20):
        find_strong(score_seen, split, 5, seed)
    degree = split.graph.degree
    assert degree[asked].mean() > 1.1 * degree[split.seen].mean()


def test_rivals_are_put_back_as_densely_as_they_were_drawn():
    # p / (p + flat + popular + drawn) was learned; weak pairs are to meet all but `drawn`,
    # strong ones only `flat`.
    flat, popular, drawn, true = 0.2, 0.3, 0.4, np.array([1e-9, 1e9])
    learned = np.log(true / (flat + popular + drawn))
    found = put_back(learned, np.full(2, drawn), np.full(2, popular), flat, 3.0)
    weak = np.log(true[0] / (flat + popular))
    if_strong = learned[1] + np.log1p(drawn / flat)
    np.testing.assert_allclose(found, [weak, if_strong], rtol=1e-6)
