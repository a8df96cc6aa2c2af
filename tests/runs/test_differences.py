"""Differences between finished runs: to which run, from which pairs, and where they are cached."""

import json

import numpy as np
import pytest

from core.config import SplitRequest, UserError
from core.evaluation.evaluation import intervals
from core.pipeline.preparation import prepare
from core.runs.differences import difference, differences_to_baseline
from core.runs.run_folder import Run
from core.runs.saved_evaluation import evaluation
from core.runs.store import Store
from tests.shops import prepared_shop, trained


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


def files(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()}


def test_the_difference_to_the_baseline_is_that_of_the_two_runs_figures(store):
    three_hop, degree = trained(store, "three-hop"), trained(store, "degree")
    differences = differences_to_baseline([degree, three_hop])
    assert list(differences) == [degree.id]
    for name, (estimate, low, high) in differences[degree.id].items():
        assert estimate == pytest.approx(degree.metrics[name] - three_hop.metrics[name])
        assert low <= estimate <= high
    assert differences[degree.id]["auc_seen"].high < 0


def test_a_run_never_changes_another_ones_files(store):
    prepare(store, SplitRequest(dataset="shop", split_seed=9))
    earlier = trained(store, "degree", split_seed=9)
    before = files(earlier)
    three_hop = trained(store, "three-hop", split_seed=9)
    assert differences_to_baseline([earlier, three_hop]).keys() == {earlier.id}
    assert files(earlier) == before
    assert not any("gain" in name or "difference" in name for name in earlier.metrics)


def test_the_baseline_is_of_the_same_pairs_and_has_default_settings(store):
    prepare(store, SplitRequest(dataset="shop", split_seed=7))
    here, elsewhere = trained(store, "degree"), trained(store, "degree", split_seed=7)
    other = trained(store, "three-hop", split_seed=7, changes={"exponent": 1.0})
    runs = [trained(store, "three-hop"), here, elsewhere, other]
    assert differences_to_baseline(runs).keys() == {here.id}
    runs.append(trained(store, "three-hop", split_seed=7))
    assert differences_to_baseline(runs).keys() == {here.id, elsewhere.id, other.id}


def test_other_runs_have_differences_despite_a_damaged_run(store):
    prepare(store, SplitRequest(dataset="shop", split_seed=11))
    runs = [trained(store, name, split_seed=11) for name in ("three-hop", "degree", "adamic-adar")]
    (runs[1].folder / "ranking.parquet").unlink()
    with pytest.raises(UserError):
        difference(runs[1], runs[0])
    assert differences_to_baseline(runs).keys() == {runs[2].id}


@pytest.fixture
def counted(monkeypatch) -> list[list[str]]:
    """The measures of each computation of differences."""
    from core.evaluation import evaluation

    computed, compare = [], evaluation.compare

    def counting(*runs, measures, **options):
        computed.append(list(measures))
        return compare(*runs, measures=measures, **options)

    monkeypatch.setattr("core.evaluation.evaluation.compare", counting)
    return computed


def test_differences_are_computed_once_for_each_measure(store, counted):
    pair = trained(store, "common-neighbours"), trained(store, "degree")
    first = difference(*pair, ["mrr"])
    assert difference(*pair, ["mrr"]) == first and counted == [["mrr"]]
    both = difference(*pair, ["mrr", "hits_at_10"])
    assert both["mrr"] == first["mrr"] and counted == [["mrr"], ["hits_at_10"]]
    # The reverse difference is computed separately.
    assert difference(*pair[::-1], ["mrr"])["mrr"].estimate == -first["mrr"].estimate


@pytest.mark.parametrize("damage", ["stale", "by pair", "not json", "another form"])
def test_a_cached_difference_that_is_stale_or_damaged_is_computed_again(store, counted, damage):
    pair = trained(store, "resource-allocation"), trained(store, "degree")
    right = difference(*pair, ["mrr"])
    (path,) = (store.dataset_folder("shop") / "comparisons").glob("resource*--degree*.json")
    content = json.loads(path.read_text())
    content["differences"]["mrr"] = [9.0, 8.0, 10.0]
    if damage == "stale":
        content["of"]["second"][1] = "2001-01-01T00:00:00+00:00"
    if damage == "by pair":
        del content["intervals"]  # as earlier versions, whose intervals were too narrow
    content = json.dumps(content)
    texts = {"stale": content, "by pair": content, "not json": "{", "another form": '{"of": 3}'}
    path.write_text(texts[damage])
    counted.clear()
    assert difference(*pair, ["mrr"]) == right and counted == [["mrr"]]


def test_intervals_of_an_earlier_versions_artifacts_are_the_same(store):
    run = trained(store, "common-neighbours")
    wanted = intervals(evaluation(run, with_products=True))
    path = store.prepared_folder("shop", "random") / "evaluation.parquet"
    path.unlink()
    assert intervals(evaluation(run, with_products=True)) == wanted
    assert path.exists()


def test_scores_of_pairs_that_an_earlier_version_drew_are_refused(store):
    prepare(store, SplitRequest(dataset="shop", split_seed=15))
    run = trained(store, "common-neighbours", split_seed=15)
    path = run.folder / "scores" / "degree-seen.npy"
    np.save(path, ~np.load(path))
    with pytest.raises(UserError, match=r"other pairs.*--again"):
        intervals(evaluation(run, with_products=True))


def test_a_difference_that_could_not_be_computed_is_cached_too(store, counted):
    prepare(store, SplitRequest(dataset="shop", split="cold"))
    pair = [trained(store, name, split="cold") for name in ("degree", "three-hop")]
    for _ in range(2):
        assert np.isnan(difference(*pair, ["auc_seen"])["auc_seen"]).all()
    assert len(counted) == 1


def test_runs_of_other_pairs_have_no_difference(store):
    prepare(store, SplitRequest(dataset="shop", split_seed=13))
    pair = trained(store, "degree"), trained(store, "degree", split_seed=13)
    with pytest.raises(UserError, match="cannot be compared"):
        difference(*pair)


def test_a_run_that_an_earlier_version_gave_a_difference_still_counts(store):
    three_hop, degree = trained(store, "three-hop"), trained(store, "degree")
    path = degree.folder / "metrics.json"
    old = {**degree.metrics, "gain_over_three_hop": {"mrr": [9.0, 8.0, 10.0]}}
    path.write_text(json.dumps(old))
    differences = differences_to_baseline([three_hop, degree], ["mrr"])[degree.id]["mrr"]
    assert differences.estimate == pytest.approx(degree.metrics["mrr"] - three_hop.metrics["mrr"])
