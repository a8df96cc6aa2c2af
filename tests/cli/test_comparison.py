"""Two runs against each other: which two, and what is said of them."""

import json

import numpy as np
import pytest

from core.cli.comparison import compared, find_pair, print_comparison
from core.config import SplitRequest, UserError
from core.pipeline import train
from core.preparation import prepare
from core.runs.run_folder import Run
from core.runs.store import Store
from tests.shops import ONE_WORKER, planned, prepared_shop


def trained(store: Store, name: str, split: str = "random", seed: int = 42, **changes) -> Run:
    config = planned(store, name, split=split, seed=seed, changes=changes)
    return train(store, config, ONE_WORKER)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """A shop with runs of other settings and seeds, trained after the usual ones."""
    store = prepared_shop(tmp_path_factory.mktemp("lab"))
    for seed in (42, 43):
        trained(store, "three-hop", seed=seed)
    trained(store, "degree")
    trained(store, "three-hop", exponent=1.0)
    prepare(store, SplitRequest(dataset="shop", split="cold"))
    for name in ("degree", "three-hop"):
        trained(store, name, split="cold")
    return store


def test_usual_settings_go_before_one_seed_and_that_before_the_first(store):
    usual = [trained(store, name) for name in ("three-hop", "degree")]
    assert list(find_pair(store, "shop", "three-hop", "degree")) == usual
    later = trained(store, "degree", seed=43)
    assert list(find_pair(store, "shop", "degree", "three-hop")) == usual[::-1]
    pair = find_pair(store, "shop", later.id, "three-hop")
    assert pair == (later, trained(store, "three-hop", seed=43))
    other = trained(store, "three-hop", exponent=1.0)
    assert find_pair(store, "shop", other.id, "three-hop") == (other, usual[0])
    pair = find_pair(store, "shop", "three-hop", "three-hop")
    assert {run.id for run in pair} == {usual[0].id, trained(store, "three-hop", seed=43).id}


def test_a_named_run_says_which_split(store):
    cold = trained(store, "degree", split="cold")
    pair = find_pair(store, "shop", "three-hop", cold.id)
    assert pair == (trained(store, "three-hop", split="cold"), cold)
    assert find_pair(store, "shop", "three-hop", "degree", split="cold") == pair
    rows = {row["measure"]: row for row in compared(*pair)}
    # On the cold split no pair has two products that were seen.
    assert set(rows) == {"auc_all", "auc_degree_all", "hits_at_10", "hits_at_50", "mrr"}
    with pytest.raises(UserError, match="on the same pairs"):
        find_pair(store, "shop", trained(store, "three-hop").id, cold.id)
    with pytest.raises(UserError, match="the same run: name two"):
        find_pair(store, "shop", "degree", cold.id)


def test_what_it_prints(store, capsys):
    pair = trained(store, "three-hop"), trained(store, "degree")
    found = {row["measure"]: row for row in compared(*pair)}["auc_degree"]
    first, second = (run.metrics["auc_degree"] for run in pair)
    assert (found["first"], found["second"]) == (first, second)
    assert found["difference"] == pytest.approx(first - second)
    assert found["low"] < found["difference"] < found["high"]
    print_comparison(*pair, "json")
    assert found in json.loads(capsys.readouterr().out)["measures"]
    print_comparison(*pair, "markdown")
    told = f"| {found['difference']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}] |"
    printed = capsys.readouterr().out
    assert "| measure | Three-hop | Degree |" in printed and told in printed
    other = trained(store, "three-hop", exponent=1.0)
    print_comparison(other, pair[1], "markdown")
    assert f"| measure | {other.id} | Degree |" in capsys.readouterr().out


def test_damaged_scores_are_told(store):
    pair = trained(store, "three-hop"), trained(store, "degree", seed=5)
    path = pair[1].folder / "scores" / "hard.npy"
    np.save(path, np.load(path)[1:], allow_pickle=False)
    with pytest.raises(UserError, match=r"cannot be compared: .* Train it again"):
        compared(*pair)
    path.unlink()
    with pytest.raises(UserError, match=r"cannot be compared: .* Train it again"):
        compared(*pair)
