"""The two runs that are compared, and their measures side by side."""

import json

import numpy as np
import pandas as pd
import pytest

from core.config import SplitRequest, UserError
from core.pipeline.preparation import prepare
from core.pipeline.train_run import train
from core.runs.differences import comparison_table
from core.runs.find_two_runs import find_two_runs
from core.runs.run_folder import Run
from core.runs.saved_evaluation import all_metrics
from core.runs.store import Store
from tests.shops import ONE_WORKER, planned, prepared_shop


def trained(store: Store, name: str, split: str = "random", seed: int = 42, **changes) -> Run:
    config = planned(store, name, split=split, seed=seed, changes=changes)
    return train(store, config, ONE_WORKER)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """A shop with runs of other settings and seeds, trained after the default ones."""
    store = prepared_shop(tmp_path_factory.mktemp("lab"))
    for seed in (42, 43):
        trained(store, "three-hop", seed=seed)
    trained(store, "degree")
    trained(store, "three-hop", exponent=1.0)
    prepare(store, SplitRequest(dataset="shop", split="cold"))
    for name in ("degree", "three-hop"):
        trained(store, name, split="cold")
    return store


def test_default_settings_are_preferred_then_one_seed_then_the_lowest(store):
    default = [trained(store, name) for name in ("three-hop", "degree")]
    assert list(find_two_runs("shop", "three-hop", "degree", store=store)) == default
    later = trained(store, "degree", seed=43)
    assert list(find_two_runs("shop", "degree", "three-hop", store=store)) == default[::-1]
    pair = find_two_runs("shop", later.id, "three-hop", store=store)
    assert pair == (later, trained(store, "three-hop", seed=43))
    other = trained(store, "three-hop", exponent=1.0)
    assert find_two_runs("shop", other.id, "three-hop", store=store) == (other, default[0])
    pair = find_two_runs("shop", "three-hop", "three-hop", store=store)
    assert {run.id for run in pair} == {default[0].id, trained(store, "three-hop", seed=43).id}


def test_a_named_run_determines_the_split(store):
    cold = trained(store, "degree", split="cold")
    pair = find_two_runs("shop", "three-hop", cold.id, store=store)
    assert pair == (trained(store, "three-hop", split="cold"), cold)
    assert find_two_runs("shop", "three-hop", "degree", split="cold", store=store) == pair
    table = comparison_table(*pair)
    # On the cold split no pair has two products that were seen.
    assert {"auc_all", "auc_degree_all", "hits_at_10", "mrr"} <= set(table["measure"])
    assert not {"auc_seen", "auc_possible", "auc_degree", "auc_hard"} & set(table["measure"])
    with pytest.raises(UserError, match="on the same pairs"):
        find_two_runs("shop", trained(store, "three-hop").id, cold.id, store=store)
    with pytest.raises(UserError, match="the same run: name two"):
        find_two_runs("shop", "degree", cold.id, store=store)


def test_the_table_has_both_figures_and_their_difference(store):
    pair = trained(store, "three-hop"), trained(store, "degree")
    table = comparison_table(*pair).set_index("measure")
    row = table.loc["auc_degree"]
    first, second = (run.metrics["auc_degree"] for run in pair)
    assert (row["first"], row["second"]) == (first, second)
    assert row["difference"] == pytest.approx(first - second)
    assert row["low"] < row["difference"] < row["high"]


def test_a_measure_that_an_earlier_version_did_not_have_is_computed(store):
    pair = trained(store, "three-hop"), trained(store, "degree", seed=8)
    whole = comparison_table(*pair)
    path = pair[1].folder / "metrics.json"
    metrics = json.loads(path.read_text())
    for name in ("mrr", "auc_hard"):
        del metrics[name]
    path.write_text(json.dumps(metrics))
    assert all_metrics(pair[1])["mrr"] == pytest.approx(
        whole.set_index("measure").loc["mrr", "second"]
    )
    pd.testing.assert_frame_equal(comparison_table(*pair), whole)


def test_an_unknown_data_set_is_refused_with_the_known_ones(store):
    with pytest.raises(UserError, match=r"no data set 'nosuch'\. Prepared: shop"):
        find_two_runs("nosuch", "three-hop", "degree", store=store)


def test_damaged_scores_are_reported(store):
    pair = trained(store, "three-hop"), trained(store, "degree", seed=5)
    path = pair[1].folder / "scores" / "hard.npy"
    np.save(path, np.load(path)[1:], allow_pickle=False)
    with pytest.raises(UserError, match=r"cannot be compared: .* Train it again"):
        comparison_table(*pair)
    path.unlink()
    with pytest.raises(UserError, match=r"cannot be compared: .* Train it again"):
        comparison_table(*pair)
