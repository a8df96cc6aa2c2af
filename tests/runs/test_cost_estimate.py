"""Cost estimates follow from the costs of earlier runs."""

import pytest

from core.config import SplitRequest
from core.data.raw_data import RawData
from core.models import create
from core.models.cost import NUMBERS_PER_PAIR, Cost
from core.models.registry import resolve_settings
from core.pipeline.preparation import prepare
from core.runs.cost_estimate import START_SECONDS, estimate
from core.runs.store import Store
from tests.shops import trained, write_edge_list


def cost(model: str, pairs: int = 7, **changes) -> Cost:
    """Return the cost of fitting a model on 100 products."""
    return create(model, resolve_settings(model, "ours", changes)).cost(100, pairs)


@pytest.mark.parametrize("model", ["skipgram", "skipgram-side-info", "gensim-cbow"])
def test_work_grows_with_every_factor(model):
    one = cost(model, dim=10, epochs=1, walk_length=5, walks_per_product=2)
    assert one.work == 100 * 2 * 5 * 10
    assert cost(model, dim=20, epochs=3, walk_length=5, walks_per_product=2).work == 6 * one.work
    # Two tables of floats and twice as many for their gradients and the optimiser.
    assert one.bytes == 100 * 10 * 4 * 4


def test_the_work_of_models_on_edges_is_counted_in_pairs():
    assert cost("mf", dim=10, epochs=1).work == 7 * 10
    assert cost("spectral", dim=10).work == 7 * 10
    assert cost("three-hop") == Cost(7 * NUMBERS_PER_PAIR, 0)


def test_a_stack_fits_its_embeddings_twice():
    def stack(**changes):
        return cost("stack", 50, **{"dim": 10, **changes}).work

    walks = 100 * 100 * 10  # an epoch of ten walks of ten steps
    assert stack(skipgram_epochs=3) - stack(skipgram_epochs=1) == 4 * 2 * walks
    assert stack(skipgram_epochs=1) == 4 * (50 * 10 + walks)


def test_the_estimate_uses_the_newest_run_of_the_model(tmp_path):
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


def test_a_run_of_a_version_with_other_settings_is_not_used(tmp_path):
    edges, products = write_edge_list(tmp_path)
    store = Store(tmp_path / "artifacts")
    facts = prepare(store, SplitRequest(dataset="shop"), RawData(edges, products))
    config = trained(store, "three-hop").config
    other = config.model_copy(update={"model": "stack", "settings": {"dim": 8, "lessons": 3}})
    (run,) = store.runs("shop")
    (run.folder / "config.json").write_text(other.model_dump_json())
    now = resolve_settings("stack", "ours", {}).model_dump()
    found = estimate(store, "stack", now, facts["products"], facts["training_pairs"])
    assert "no run yet" in found.basis
