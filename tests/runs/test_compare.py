"""What a run finds beyond three-hop: which run it is compared with, and when."""

import pytest

from core.pipeline import plan, train, train_many
from core.prepare import prepare
from core.runs.run_folder import Run
from core.runs.store import Store
from tests.shops import prepared_shop


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


def test_gain_over_three_hop_is_the_difference_of_the_two_rows(store):
    configs = [plan(store, "shop", name) for name in ("three-hop", "degree")]
    three_hop, degree = train_many(store, configs, workers=1)
    assert three_hop.metrics["gain_over_three_hop"] is None
    gain, low, high = degree.metrics["gain_over_three_hop"]["auc_seen"]
    assert gain == pytest.approx(degree.metrics["auc_seen"] - three_hop.metrics["auc_seen"])
    assert low < gain < high < 0


def test_there_is_no_gain_over_another_split_s_run(store):
    for split_seed in (42, 7):
        prepare(store, "shop", split_seed=split_seed)
    fresh = plan(store, "shop", "common-neighbours", split_seed=7)
    train(store, plan(store, "shop", "three-hop"), workers=1)
    assert train(store, fresh, workers=1).metrics["gain_over_three_hop"] is None
    train(store, plan(store, "shop", "three-hop", split_seed=7), workers=1)
    assert train(store, fresh, workers=1, again=True).metrics["gain_over_three_hop"]


def test_another_three_hop_or_a_damaged_one_is_no_baseline(store):
    prepare(store, "shop", split_seed=11)

    def trained(name: str, **changes) -> Run:
        return train(store, plan(store, "shop", name, split_seed=11, changes=changes), workers=1)

    other = trained("three-hop", exponent=1.0)
    assert trained("degree").metrics["gain_over_three_hop"] is None
    baseline = trained("three-hop")
    assert other.metrics["gain_over_three_hop"] and not baseline.metrics["gain_over_three_hop"]
    (baseline.folder / "ranking.parquet").unlink()
    late = trained("adamic-adar")
    assert late.has_finished() and late.metrics["gain_over_three_hop"] is None


def test_a_run_that_finished_before_three_hop_gets_its_difference_when_that_has(store):
    prepare(store, "shop", split_seed=9)

    def trained(name: str) -> Run:
        return train(store, plan(store, "shop", name, split_seed=9), workers=1)

    earlier = trained("degree")
    assert earlier.metrics["gain_over_three_hop"] is None
    (trained("adamic-adar").folder / "metrics.json").write_text("{")
    before = earlier.metrics
    three_hop = trained("three-hop")
    gain = earlier.metrics["gain_over_three_hop"]["hits_at_10"][0]
    assert gain == pytest.approx(before["hits_at_10"] - three_hop.metrics["hits_at_10"])
    assert {**earlier.metrics, "gain_over_three_hop": None} == before


def test_a_run_that_is_being_trained_again_is_left_alone(store):
    prepare(store, "shop", split_seed=13)

    def trained(name: str) -> Run:
        return train(store, plan(store, "shop", name, split_seed=13), workers=1)

    earlier = trained("degree")
    with earlier.lock().acquire():
        trained("three-hop")
    assert earlier.metrics["gain_over_three_hop"] is None
