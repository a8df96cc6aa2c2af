"""What a run finds beyond three-hop: which run it is compared with, and when."""

import pytest

from core.pipeline import train, train_many
from core.preparation import prepare
from core.runs.store import Store
from tests.shops import AGAIN, ONE_WORKER, planned, prepared_shop, trained


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


def test_gain_over_three_hop_is_the_difference_of_the_two_rows(store):
    configs = [planned(store, name) for name in ("three-hop", "degree")]
    three_hop, degree = train_many(store, configs, ONE_WORKER)
    assert three_hop.metrics["gain_over_three_hop"] is None
    gain, low, high = degree.metrics["gain_over_three_hop"]["auc_seen"]
    assert gain == pytest.approx(degree.metrics["auc_seen"] - three_hop.metrics["auc_seen"])
    assert low < gain < high < 0


def test_there_is_no_gain_over_another_split_s_run(store):
    for split_seed in (42, 7):
        prepare(store, "shop", split_seed=split_seed)
    fresh = planned(store, "common-neighbours", split_seed=7)
    trained(store, "three-hop")
    assert train(store, fresh, ONE_WORKER).metrics["gain_over_three_hop"] is None
    trained(store, "three-hop", split_seed=7)
    assert train(store, fresh, AGAIN).metrics["gain_over_three_hop"]


def test_another_three_hop_or_a_damaged_one_is_no_baseline(store):
    prepare(store, "shop", split_seed=11)

    other = trained(store, "three-hop", split_seed=11, changes={"exponent": 1.0})
    assert trained(store, "degree", split_seed=11).metrics["gain_over_three_hop"] is None
    baseline = trained(store, "three-hop", split_seed=11)
    assert other.metrics["gain_over_three_hop"] and not baseline.metrics["gain_over_three_hop"]
    (baseline.folder / "ranking.parquet").unlink()
    late = trained(store, "adamic-adar", split_seed=11)
    assert late.has_finished() and late.metrics["gain_over_three_hop"] is None


def test_a_run_that_finished_before_three_hop_gets_its_difference_when_that_has(store):
    prepare(store, "shop", split_seed=9)

    earlier = trained(store, "degree", split_seed=9)
    assert earlier.metrics["gain_over_three_hop"] is None
    (trained(store, "adamic-adar", split_seed=9).folder / "metrics.json").write_text("{")
    before = earlier.metrics
    three_hop = trained(store, "three-hop", split_seed=9)
    gain = earlier.metrics["gain_over_three_hop"]["hits_at_10"][0]
    assert gain == pytest.approx(before["hits_at_10"] - three_hop.metrics["hits_at_10"])
    assert {**earlier.metrics, "gain_over_three_hop": None} == before


def test_a_run_that_is_being_trained_again_is_left_alone(store):
    prepare(store, "shop", split_seed=13)

    earlier = trained(store, "degree", split_seed=13)
    with earlier.lock().acquire():
        trained(store, "three-hop", split_seed=13)
    assert earlier.metrics["gain_over_three_hop"] is None
