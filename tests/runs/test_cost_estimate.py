"""Cost estimates follow from what runs have cost."""

import pytest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.models.base import NUMBERS_PER_PAIR, Cost
from core.models.registry import experiment, resolve_settings
from core.preparation import prepare
from core.runs.cost_estimate import START_SECONDS, estimate
from core.runs.store import Store
from tests.shops import trained, write_edge_list


def cost(model: str, pairs: int = 7, **changes) -> Cost:
    """Return the cost of fitting a model on 100 products."""
    settings = resolve_settings(model, "ours", changes)
    return experiment(model).model_class.cost(settings, 100, pairs)


@pytest.mark.parametrize("model", ["skipgram", "skipgram-side-info", "gensim-cbow"])
def test_work_grows_with_all_that_multiplies(model):
    one = cost(model, dim=10, epochs=1, walk_length=5, walks_per_product=2)
    assert one.work == 100 * 2 * 5 * 10
    assert cost(model, dim=20, epochs=3, walk_length=5, walks_per_product=2).work == 6 * one.work
    # Two tables of floats and twice as many for their gradients and the optimiser.
    assert one.bytes == 100 * 10 * 4 * 4


def test_models_of_edges_work_by_the_pair():
    assert cost("mf", dim=10, epochs=1).work == 7 * 10
    assert cost("spectral", dim=10).work == 7 * 10
    assert cost("three-hop") == Cost(7 * NUMBERS_PER_PAIR, 0)


def test_a_stack_does_the_work_of_all_its_embeddings():
    def stack(pairs=50, **changes):
        return cost("stack", pairs, **{"dim": 10, "lessons": 1, **changes}).work

    # Two skip-grams of ten walks of ten steps, and once each five epochs of MF and spectral.
    walks, once = 2 * 100 * 100 * 10, 6 * 50 * 10
    # Walks of 20 x 30, and twenty epochs of MF by five seeds.
    wide, popular = 100 * 20 * 30 * 10, 20 * 50 * 10
    assert stack(embeddings="few") == walks + once
    assert stack(embeddings="few", lessons=3) == 2 * stack(embeddings="few")
    assert stack(embeddings="many") == 5 * walks + once + wide + 5 * popular
    assert stack() == stack(embeddings="many")
    assert stack(1_000_001) == stack(1_000_001, embeddings="few")


def test_a_run_is_reckoned_from_the_newest_one_of_its_model(tmp_path):
    edges, products = write_edge_list(tmp_path)
    store = Store(tmp_path / "artifacts")
    facts = prepare(store, SplitRequest(dataset="shop"), RawData(edges, products))
    size = (facts["products"], facts["training_pairs"])
    before = estimate(store, "three-hop", {}, *size)
    assert "no run yet" in before.basis
    run = trained(store, "three-hop")
    again = estimate(store, "three-hop", run.config.settings, *size)
    assert "shop" in again.basis
    assert again.seconds == pytest.approx(START_SECONDS + run.metrics["total_seconds"])
    twice = estimate(store, "three-hop", run.config.settings, size[0], 2 * size[1])
    assert twice.seconds - START_SECONDS == pytest.approx(2 * (again.seconds - START_SECONDS))


def test_a_run_of_a_version_with_other_settings_is_no_measure(tmp_path):
    edges, products = write_edge_list(tmp_path)
    store = Store(tmp_path / "artifacts")
    facts = prepare(store, SplitRequest(dataset="shop"), RawData(edges, products))
    config = trained(store, "three-hop").config
    other = config.model_copy(
        update={"model": "stack", "settings": {"dim": 8, "lessons": 1, "x": 2}}
    )
    (run,) = store.runs("shop")
    (run.folder / "config.json").write_text(other.model_dump_json())
    now = resolve_settings("stack", "ours", {}).model_dump()
    found = estimate(store, "stack", now, facts["products"], facts["training_pairs"])
    assert "no run yet" in found.basis
