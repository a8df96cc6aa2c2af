"""The contract of all models, tested for every row of the results table."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.data.product_catalogue import TEXT_COLUMNS, Catalogue
from core.evaluation.metrics import auc
from core.graph.evaluation_negatives import sample_negatives
from core.graph.split import Split, random_split
from core.models import create
from core.models.base import Model
from core.models.registry import MODELS, model_entry, resolve_settings
from tests.conftest import community_pairs

SIZE, N = 25, 210  # 8 communities of 25, and ten products that are in no pair
# Popularity cannot separate communities, whose products are about equally popular. Two steps do
# not reach all of a community, and pairs without a path all tie.
TWO_HOP = ("common-neighbours", "adamic-adar", "resource-allocation")
# The study's MF sees each of a thousand pairs only five times here.
STUDY_MF = [(name, "study") for name in ("mf", "mf-bias", "mf-continuous", "mf-bias-continuous")]
FLOOR = {
    ("degree", "ours"): 0.35,
    **{(name, "ours"): 0.85 for name in TWO_HOP},
    **dict.fromkeys(STUDY_MF, 0.7),
}
QUICK = {"trees": 30, "epochs": 5, "walks_per_product": 5, "dim": 16}
# The study's learning rate and initial vectors suit millions of pairs. On this small graph its
# PyTorch models need larger steps and shorter vectors; its gensim models keep gensim's steps.
STUDY_QUICK = {**QUICK, "batch_size": 32, "learning_rate": 0.1, "initial_scale": 0.1}

ROWS = [
    (name, preset)
    for name, entry in MODELS.items()
    for preset in ("ours", "study")
    if (entry.ours if preset == "ours" else entry.study) is not None
]


@cache
def split() -> Split:
    frame = pd.DataFrame("", index=range(N), columns=["id", *TEXT_COLUMNS])
    frame["id"] = [f"p{i}" for i in range(N)]
    frame.loc[:99, "brand"] = [f"brand {i // SIZE}" for i in range(100)]
    frame.loc[:149, "title"] = [f"thing number{i % 5}" for i in range(150)]
    frame["price"] = np.float32("nan")
    frame["has_metadata"] = np.arange(N) < 150
    return random_split(community_pairs(), N, np.ones(N, bool), catalogue=Catalogue(frame))


def new(name: str, preset: str, seed: int = 1, workers: int = 1) -> Model:
    fields = model_entry(name).settings_class.model_fields
    changes = STUDY_QUICK if preset == "study" and "batch_size" in fields else QUICK
    changes = {key: value for key, value in changes.items() if key in fields}
    return create(name, resolve_settings(name, preset, changes), seed=seed, workers=workers)


@cache
def fitted(name: str, preset: str) -> Model:
    return new(name, preset).fit(split())


def each_scoring(model: Model):
    for scoring in model.scorings:
        model.scoring = scoring
        yield scoring


def finite_pairs(n: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of two different products with training pairs."""
    u, v = np.random.default_rng(0).choice(np.flatnonzero(split().seen), (2, n))
    return u[u != v], v[u != v]


every_model = pytest.mark.parametrize(("name", "preset"), ROWS, ids=["-".join(row) for row in ROWS])


@every_model
def test_communities_are_separated(name, preset):
    model, data = fitted(name, preset), split()
    u, v = finite_pairs()
    across = u // SIZE != v // SIZE
    test = data.test[(data.test.u // SIZE == data.test.v // SIZE)]
    test = test[data.both_seen(test.u, test.v)]
    labels = np.repeat([1, 0], [len(test), across.sum()])
    found = []
    for _ in each_scoring(model):
        scores = [model.score(test.u, test.v), model.score(u[across], v[across])]
        found.append(roc_auc_score(labels, np.concatenate(scores)))
    assert max(found) > FLOOR.get((name, preset), 0.9)


@every_model
def test_the_same_seed_gives_the_same_scores_bit_by_bit(name, preset):
    model, again = fitted(name, preset), new(name, preset).fit(split())
    u, v = finite_pairs()
    for scoring in each_scoring(model):
        again.scoring = scoring
        np.testing.assert_array_equal(model.score(u, v), again.score(u, v))


@cache
def larger_split() -> Split:
    """Return a split with a thousand held-out pairs instead of two hundred."""
    return random_split(community_pairs(40, across=0.001), 1000, np.ones(1000, bool))


@every_model
def test_two_workers_give_the_same_auc_within_three_thousandths(name, preset):
    data, found = larger_split(), []
    negatives = sample_negatives(data, "uniform")
    before = None
    for _ in range(5):
        model = new(name, preset, workers=2).fit(data)
        scores = [model.score(pairs.u, pairs.v) for pairs in (data.test, negatives)]
        found.append(auc(*scores))
        # If two fits agree bit by bit, no threads race, and the fits need not be repeated.
        if before and all(map(np.array_equal, before, scores)):
            break
        before = scores
    assert max(found) - min(found) < 0.003


@every_model
def test_scores_are_symmetric_and_all_ways_of_scoring_agree(name, preset):
    model, data = fitted(name, preset), split()
    u, v = finite_pairs()
    for _ in each_scoring(model):
        scores = model.score(u, v)
        assert scores.dtype == np.float32 and scores.shape == u.shape
        tolerance = {"rtol": 1e-4, "atol": 1e-5 * max(1, np.abs(scores).max())}
        np.testing.assert_allclose(scores, model.score(v, u), **tolerance)
        queries = np.flatnonzero(data.seen)[:20]
        everything = model.score_all(queries)
        assert everything.shape == (20, N)
        of_seen = model.score_seen(queries)[:, data.seen]
        np.testing.assert_array_equal(of_seen, everything[:, data.seen])
        for row, query in zip(everything, queries):
            others = data.seen & (np.arange(N) != query)
            one_by_one = model.score(np.full(N, query), np.arange(N))
            if model.scores_only_retrieved:
                exact = np.isclose(row, one_by_one, **tolerance)
                assert row[others & exact].min() > row[others & ~exact].max()
                others &= exact
            np.testing.assert_allclose(row[others], one_by_one[others], **tolerance)


@every_model
def test_score_one_agrees_with_score_all_for_every_neighbour_score(name, preset):
    model, data = fitted(name, preset), split()
    for scoring in dict.fromkeys((model.scoring, *model.neighbour_scorings)):
        asked = model.scored_by(scoring)
        assert asked.scoring == scoring
        for query in (30, int(np.flatnonzero(~data.seen)[0])):
            expected = asked.score_all(np.array([query]))[0]
            tolerance = {"rtol": 1e-4, "atol": 1e-5 * max(1, np.abs(expected).max())}
            scores = asked.score_one(query)
            np.testing.assert_allclose(scores, expected, **tolerance)
            scores[:] = np.nan
            assert np.isfinite(asked.score_one(30)).all()


@every_model
def test_models_that_declare_it_place_new_products(name, preset):
    model = fitted(name, preset)
    if not model.places_new_products:
        with pytest.raises(NotImplementedError):
            model.vector_of_new(brand="brand 1")
        return
    vector = model.vector_of_new(brand="brand 1")
    assert vector.shape == model.vectors[0].shape and vector.dtype == np.float32
    assert np.isfinite(vector).all() and vector.any()
    np.testing.assert_array_equal(model.vector_of_new(), np.zeros_like(vector))
    known = model.known("thing oatly", "brand 1")
    assert list(known) == ["thing", "oatly", "brand 1"] and not known["oatly"]
    assert not any(model.known("oatly", "Oatly", ["Oat drinks"]).values())
    assert model.known() == {}


@every_model
def test_a_score_can_be_explained(name, preset):
    model = fitted(name, preset)
    for query, product in ((30, 31), (30, 120), (30, N - 1)):
        found = model.explain(query, product)
        if found is None:
            continue
        assert found.about.endswith(".") and (found.parts or found.paths)
        values = [value for series in found.parts.values() for value in series.values()]
        assert np.isfinite(values).all() and set(found.parts) <= {"", "query", "product"}
        shares = [share for _, share in found.paths]
        assert shares == sorted(shares, reverse=True) and 0 <= sum(shares) <= 1 + 1e-6
        for path, _ in found.paths:
            assert path[0] == query and path[-1] == product and len(set(path)) == len(path)
            assert all(split().graph.adjacency[u, v] > 0 for u, v in pairwise(path))


@every_model
def test_the_cost_is_known_before_fitting_and_grows_with_the_data(name, preset):
    model = create(name, resolve_settings(name, preset))
    small, large = (model.cost(1000 * n, 10_000 * n) for n in (1, 10))
    assert 0 < small.work < large.work
    assert 0 <= small.bytes <= large.bytes
    assert (small.bytes > 0) == (fitted(name, preset).vectors is not None or name == "stack")


@every_model
def test_similar_products_are_the_best_of_score_all_in_order(name, preset):
    model = fitted(name, preset)
    for _ in each_scoring(model):
        query, exclude = 30, np.zeros(N, bool)
        exclude[40:60] = True
        products, scores = model.similar(query, 7, exclude)
        assert len(products) == 7 and query not in products and not exclude[products].any()
        assert (np.diff(scores) <= 0).all()
        everything = model.score_all(np.array([query]))[0]
        left = np.delete(everything, [query, *range(40, 60)])
        np.testing.assert_allclose(scores, np.sort(left)[::-1][:7], rtol=1e-4, atol=1e-6)


@every_model
def test_products_without_training_pairs_have_scores(name, preset):
    model, data = fitted(name, preset), split()
    unseen = np.flatnonzero(~data.seen)
    u, v = np.repeat(unseen, N), np.tile(np.arange(N), len(unseen))
    for _ in each_scoring(model):
        scores = model.score(u, v)
        assert not np.isnan(scores).any()
        if model.scores_unseen:
            assert np.isfinite(scores).all()
            assert np.isfinite(model.score_all(unseen)).all()


@every_model
def test_a_saved_model_gives_the_same_scores(name, preset, tmp_path):
    model = fitted(name, preset)
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".npy", ".npz", ".json", ".txt"}
    loaded = new(name, preset, seed=9).load(tmp_path, split())
    u, v = finite_pairs()
    for scoring in each_scoring(model):
        loaded.scoring = scoring
        np.testing.assert_array_equal(model.score(u, v), loaded.score(u, v))


@every_model
def test_vectors_have_a_row_per_product(name, preset):
    vectors = fitted(name, preset).vectors
    if vectors is not None:
        assert vectors.ndim == 2 and len(vectors) == N
        assert vectors.dtype == np.float32 and np.isfinite(vectors).all()


@pytest.mark.parametrize("name", MODELS)
def test_another_seed_gives_another_model_if_and_only_if_it_is_random(name):
    model, other = new(name, "ours"), new(name, "ours", seed=2)
    if name == "spectral":
        # Its start is random, its result is not, up to rounding.
        assert not model.is_random
        return
    u, v = finite_pairs()
    same = np.array_equal(model.fit(split()).score(u, v), other.fit(split()).score(u, v))
    assert same != model.is_random
