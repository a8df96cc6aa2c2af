"""Skip-gram with side information: composed rows, their gradients, and cold products."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from core.graph.split import Split
from core.models import create
from core.models.embedding import side_info_table
from core.models.embedding.fields import Encoded
from core.models.embedding.net import Table
from core.models.embedding.settings import SideInfoSettings
from core.models.embedding.side_info_model import FIELD_TITLES
from core.models.embedding.side_info_table import SideInfoTable
from core.models.registry import resolve_settings
from tests.communities import SIZE, described_split

NAMES = ["skipgram-side-info", "eges"]
FAST = {"dim": 16, "epochs": 3, "rare": 0, "text_dim": 4}
N = 203


@pytest.fixture(scope="module")
def split() -> Split:
    return described_split()


@pytest.fixture(scope="module", params=NAMES)
def fitted(request, split):
    return create(request.param, resolve_settings(request.param, "ours", FAST)).fit(split)


def table(fields: str, optimiser: str = "adam", dropout: float = 0.0) -> SideInfoTable:
    """Return a table of 5 products: two with fields and text, one with a field but untrained, one
    with its own vector only, one with nothing."""
    rng = np.random.default_rng(0)
    slots = np.array([[0, 2], [1, 2], [0, -1], [-1, -1], [-1, -1]], np.int32)
    text = rng.standard_normal((2, 3)).astype(np.float32)
    encoded = Encoded(slots, text, np.array([0, 1, -1, -1, -1], np.int32))
    trained = np.array([True, True, False, True, False])
    settings = SideInfoSettings(fields=fields, optimiser=optimiser, dim=4, id_dropout=dropout)
    own = Table(rng.standard_normal((5, 4)).astype(np.float32), optimiser)
    composed = SideInfoTable(own, encoded, 3, trained, settings, rng)
    if fields == "attention":
        with torch.no_grad():
            composed.shared.weight += torch.from_numpy(rng.standard_normal((1, 4), np.float32))
            composed.personal.weight += torch.from_numpy(rng.standard_normal((5, 4), np.float32))
    return composed


@pytest.mark.parametrize("fields", ["mean", "attention"])
def test_rows_are_the_weighted_means_of_the_present_parts(fields):
    composed = table(fields)
    values, own = composed.values.weight.detach().numpy(), composed.own.weight.detach().numpy()
    text_vectors = composed.text.numpy() @ composed.topics.weight.detach().numpy()
    parts = [
        {0: own[0], 1: text_vectors[0], 2: values[0], 3: values[2]},
        {0: own[1], 1: text_vectors[1], 2: values[1], 3: values[2]},
        {2: values[0]},
        {0: own[3]},
        {},
    ]
    composed.fill()
    for product, present in enumerate(parts):
        logits = np.zeros(4)
        if fields == "attention":
            logits = composed.shared.weight[0].detach() + composed.personal.weight[product].detach()
            logits = logits.numpy()
        weights = {column: np.exp(logits[column]) for column in present}
        expected = sum(weights[c] * present[c] for c in present) / max(sum(weights.values()), 1e-9)
        np.testing.assert_allclose(composed.weight[product], expected, atol=1e-6)


@pytest.mark.parametrize("fields", ["mean", "attention"])
def test_backpropagated_gradients_are_those_of_autograd(fields):
    ids = torch.tensor([[0, 1, 0], [2, 3, -1]], dtype=torch.int32)
    direction = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    direction[1, 2] = 0
    compare_with_autograd(table(fields), table(fields, "row-adagrad"), ids, direction)


@pytest.mark.parametrize("fields", ["mean", "attention"])
def test_threads_backpropagate_the_same_gradients(fields, monkeypatch):
    monkeypatch.setattr(side_info_table, "PRODUCTS_PER_TASK", 7)
    monkeypatch.setattr(side_info_table, "DIMENSIONS_PER_TASK", 3)
    rng = np.random.default_rng(1)
    slots = rng.integers(-1, 9, (100, 3)).astype(np.int32)
    text_row = np.where(rng.random(100) < 0.5, np.arange(100), -1).astype(np.int32)
    encoded = Encoded(slots, rng.standard_normal((100, 5)).astype(np.float32), text_row)

    def composed(optimiser: str) -> SideInfoTable:
        settings = SideInfoSettings(fields=fields, optimiser=optimiser, dim=8, id_dropout=0)
        own = Table(np.random.default_rng(2).standard_normal((100, 8), np.float32), optimiser)
        every = np.ones(100, bool)
        return SideInfoTable(own, encoded, 9, every, settings, np.random.default_rng(3))

    ids = torch.from_numpy(rng.integers(0, 100, (30, 6)).astype(np.int32))
    direction = torch.from_numpy(rng.standard_normal((30, 6, 8), np.float32))
    with ThreadPoolExecutor(3) as pool:
        by_rows = composed("row-adagrad")
        # Twice: the scratch space of the first batch must not affect the second.
        compare_with_autograd(composed("adam"), by_rows, ids[:10], direction[:10], pool.map)
        compare_with_autograd(composed("adam"), by_rows, ids, direction, pool.map)


def compare_with_autograd(
    plain: SideInfoTable, by_rows: SideInfoTable, ids, direction, parallel_map=map
):
    (plain.rows(ids) * direction).sum().backward()
    rows, places = by_rows.lookup(ids, parallel_map)
    is_product = ids >= 0
    composed = torch.from_numpy(rows[places[is_product.numpy()]])
    torch.testing.assert_close(composed, plain.rows(ids[is_product].long()).detach())
    by_rows.touched.append((ids.view(-1), direction.view(-1, direction.shape[-1])))

    def compare() -> None:
        for name, part in plain.named_children():
            touched, gradients = by_rows.get_submodule(name).take_gradients()
            is_row = touched >= 0
            found = torch.zeros_like(part.weight).index_add_(0, touched[is_row], gradients[is_row])
            torch.testing.assert_close(found, part.weight.grad)

    by_rows.backpropagate(parallel_map)
    compare()
    # As on a GPU.
    (by_rows.rows(ids) * direction).sum().backward()
    compare()


def test_own_vectors_are_dropped_at_the_set_rate_if_there_are_fields():
    composed = table("mean", dropout=0.4)
    ids = torch.arange(5)
    full = composed.compose(ids, torch.zeros(5, dtype=torch.bool))

    def by_kernel() -> torch.Tensor:
        rows, places = composed.lookup(ids.int())
        composed.touched.append((ids.int(), torch.zeros(5, 4)))
        composed.backpropagate()
        return torch.from_numpy(rows[places])

    for compose in (lambda: composed.rows(ids), by_kernel):
        changed = torch.stack([((compose() - full).abs() > 1e-5).any(1) for _ in range(2000)])
        rate = changed.float().mean(0)
        # 5 standard errors of a coin with p = 0.4 thrown 2000 times.
        assert (rate[:2] - 0.4).abs().max() < 5 * (0.24 / 2000) ** 0.5
        assert not rate[2:].any()


def test_cold_products_are_placed_in_their_community(fitted, split):
    cold = np.flatnonzero(split.is_cold)
    candidates = np.flatnonzero(split.seen)
    same = cold[:, None] // SIZE == candidates[None, :] // SIZE
    for scoring in fitted.scorings:
        fitted.scoring = scoring
        scores = fitted.score_all(cold)[:, candidates]
        best = np.argsort(-scores, axis=1)[:, :10]
        # By chance one in eight.
        assert np.take_along_axis(same, best, axis=1).mean() > 0.8


def test_products_without_pairs_and_fields_score_lowest_and_tie(fitted, split):
    bare = np.array([200, 201, 202])
    others = np.flatnonzero(split.seen)
    for scoring in fitted.scorings:
        fitted.scoring = scoring
        lowest = fitted.score(bare[[0, 1, 2]], np.array([201, 5, int(others[0])]))
        everything = fitted.score_all(np.arange(N))
        assert (lowest == lowest[0]).all()
        assert (everything[bare] == lowest[0]).all() and (everything[:, bare] == lowest[0]).all()
        assert (everything[np.ix_(others, others)] > lowest[0]).all()


def test_a_new_product_gets_the_vector_of_a_cold_product_with_the_same_fields(
    fitted, split, tmp_path
):
    row = split.catalogue.frame.iloc[cold := int(np.flatnonzero(split.is_cold)[0])]
    placed = fitted.vector_of_new(row["title"], row["brand"], [row["category_1"]])
    np.testing.assert_allclose(placed, fitted.vectors_[cold], atol=1e-6)
    assert not fitted.vector_of_new().any()
    fields = fitted.field_vectors_of_new(split.catalogue.frame.iloc[[cold, 202]])
    np.testing.assert_allclose(sum(fields.values()), [placed, np.zeros_like(placed)], atol=1e-6)
    assert fields["brand"][0].any() and not fields["category_4"].any()
    fitted.save(tmp_path)
    name = "eges" if fitted.settings.fields == "attention" else "skipgram-side-info"
    loaded = create(name, fitted.settings).load(tmp_path, split)
    again = loaded.vector_of_new(row["title"], row["brand"], [row["category_1"]])
    np.testing.assert_array_equal(placed, again)


def test_the_weights_of_the_fields_are_those_of_the_vectors(fitted, split, tmp_path):
    cold = int(np.flatnonzero(split.is_cold)[0])
    other = int(np.flatnonzero(split.seen)[0])
    found = fitted.explain(other, cold)
    of_cold = {name: weight for name, weight in found.parts["product"].items() if weight}
    assert sum(of_cold.values()) == pytest.approx(1) == sum(found.parts["query"].values())
    assert found.parts["query"]["own vector"] > 0 and "own vector" not in of_cold
    encoded = fitted.encoder_.encode(split.catalogue.frame.iloc[[cold]])
    vectors = {"text": encoded.text @ fitted.topic_vectors_} | {
        FIELD_TITLES.get(name, name): fitted.value_vectors_[slot]
        for name, slot in zip(fitted.encoder_.columns, encoded.slots[0])
    }
    composed = sum(weight * np.ravel(vectors[name]) for name, weight in of_cold.items())
    np.testing.assert_allclose(composed, fitted.vectors_[cold], atol=1e-5)
    fitted.save(tmp_path)
    name = "eges" if fitted.settings.fields == "attention" else "skipgram-side-info"
    loaded = create(name, fitted.settings).load(tmp_path, split)
    assert loaded.explain(other, cold).parts == found.parts


def test_fields_can_be_left_out(split):
    settings = resolve_settings("eges", "ours", {**FAST, "fields_used": ["category_1"]})
    model = create("eges", settings).fit(split)
    cold = np.flatnonzero(split.is_cold)
    # All products have the same category 1, so all cold products have the same vector.
    np.testing.assert_allclose(model.vectors_[cold], model.vectors_[cold[:1]].repeat(len(cold), 0))


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize("name", NAMES)
def test_the_study_preset_runs_and_repeats(name, split):
    changes = {"epochs": 1, "dim": 8, "walks_per_product": 1, "rare": 0}
    settings = resolve_settings(name, "study", changes)
    models = [create(name, settings, seed=5).fit(split) for _ in range(2)]
    np.testing.assert_array_equal(models[0].vectors_, models[1].vectors_)


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize("name", NAMES)
def test_the_result_does_not_depend_on_the_workers_or_the_curve(name, split):
    settings = resolve_settings(name, "ours", FAST)
    one = create(name, settings, workers=1).fit(split)
    two = create(name, settings, workers=2).fit(split)
    quiet = settings.model_copy(update={"points_per_epoch": 0})
    np.testing.assert_array_equal(one.vectors_, two.vectors_)
    np.testing.assert_array_equal(one.vectors_, create(name, quiet).fit(split).vectors_)


def test_likelihood_adds_the_frequency_of_the_negatives(fitted, split):
    u, v = np.random.default_rng(0).choice(np.flatnonzero(split.seen), (2, 50))
    fitted.scoring = "in-out"
    expected = fitted.score(u, v)
    strength = np.zeros(N)
    np.add.at(strength, split.train.u, split.train.weight)
    np.add.at(strength, split.train.v, split.train.weight)
    expected = expected + 0.75 * np.log(strength[u] * strength[v]) / 2
    fitted.scoring = "likelihood"
    np.testing.assert_allclose(fitted.score(u, v), expected, atol=1e-4)


def test_in_out_of_a_cold_product_is_its_centred_likelihood(fitted, split):
    seen, cold = np.flatnonzero(split.seen), np.flatnonzero(split.is_cold)
    strength, degree = split.graph.strength, split.graph.degree
    u, v = np.random.default_rng(0).choice(seen, (2, 50))
    center, context = fitted.vectors_, fitted.context_
    fitted.scoring = "in-out"
    both = ((center[u] * context[v]).sum(1) + (context[u] * center[v]).sum(1)) / 2
    np.testing.assert_allclose(fitted.score(u, v), both, atol=1e-4)
    usual = np.average(np.log(strength[seen]), weights=degree[seen])
    known = center[cold[0]] @ context[u].T + 0.75 * (np.log(strength[u]) - usual)
    alone = np.full(len(u), cold[0])
    for first, second in ((u, alone), (alone, u)):
        np.testing.assert_allclose(fitted.score(first, second), known, atol=1e-4)
    np.testing.assert_allclose(fitted.score_all(cold[:1])[0, u], known, atol=1e-4)
