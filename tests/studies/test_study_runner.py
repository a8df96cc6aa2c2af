"""The runner of studies: which runs are left out, what is cached, what is compared."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.config import SplitRequest, UserError
from core.data.raw_data import RawData
from core.evaluation.significance import Interval
from core.pipeline.preparation import prepare
from core.runs.store import Store
from core.studies.study_runner import StudyRunner, required_metrics, run_study


def test_a_measure_that_could_not_be_computed_is_nan(runner):
    run = runner.run("three-hop")
    kinds = ["auc_seen", "auc_degree"]
    assert required_metrics(run, kinds) == {kind: run.metrics[kind] for kind in kinds}
    config = SimpleNamespace(dataset="shop")
    tiny = SimpleNamespace(id="x-s42", config=config, metrics={"auc_seen": 0.5, "auc_degree": None})
    with pytest.raises(UserError, match=r"auc_degree of 'x-s42'.*'shop' has too few"):
        required_metrics(tiny, kinds)


def test_models_that_cannot_be_trained_are_left_out(runner, monkeypatch):
    original = type(runner).run

    def run(self, model, **options):
        if model == "degree":
            raise UserError("no degree today")
        return original(self, model, **options)

    monkeypatch.setattr(type(runner), "run", run)
    assert "degree" not in runner.each(["degree", "three-hop"])
    with pytest.raises(UserError, match="None of the models"):
        runner.each(["degree"])
    study_result = run_study(runner, "relations")
    assert study_result.left_out == ["degree: no degree today"]


def test_a_cached_result_is_computed_once(runner):
    made = []
    for _ in range(2):
        value = runner.cached({"what": "test"}, lambda: made.append(1) or [1.5, None])
        assert value == [1.5, None]
    assert made == [1]
    runner.cached({"what": "other"}, lambda: made.append(2))
    assert made == [1, 2]


@pytest.mark.parametrize("damaged", ["{", "{}", "[]", '{"key": {"what": 1}, "value": 2}'])
def test_a_damaged_cached_result_is_computed_again(runner, damaged):
    key = {"what": damaged}
    runner.cached(key, lambda: 7)
    parts = runner.store.dataset_folder("shop") / "studies" / "parts"
    newest = max(parts.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    newest.write_text(damaged)
    assert runner.cached(key, lambda: 8) == 8
    assert runner.cached(key, lambda: 9) == 8


def test_a_difference_that_could_not_be_computed_is_left_out(runner, monkeypatch):
    intervals = {"auc_hard": Interval(np.nan, np.nan, np.nan), "mrr": Interval(0.1, 0.0, 0.2)}
    monkeypatch.setattr("core.studies.study_runner.difference", lambda *_, **__: intervals)
    runs = runner.run("three-hop"), runner.run("common-neighbours")
    assert runner.difference(*runs) == {"mrr": (0.1, 0.0, 0.2)}


def test_data_whose_late_part_is_empty_has_no_time_split(tmp_path):
    lines = ["basket,product,customer,time"]
    for basket in range(900):
        day = np.datetime64("2020-01-01") + basket // 3
        late = basket > 600
        first = basket % 12 * 4
        products = [first] if late else range(first, first + 4)
        lines += [f"b{basket},p{product},c{basket},{day}" for product in products]
    (tmp_path / "orders.csv").write_text("\n".join(lines) + "\n")
    store = Store(tmp_path / "artifacts")
    prepare(store, SplitRequest(dataset="orders"), RawData(tmp_path / "orders.csv"))
    runner = StudyRunner(store, "orders", models=["degree", "three-hop"], workers=1)
    assert not runner.has_time_split()
    study_result = run_study(runner, "relations")
    assert len(study_result.tables) == 1
    (reason,) = study_result.left_out
    assert reason.startswith("the time split: ")
    # The four products of a group are all paired, so no product is two steps away: none is hard.
    leaks = run_study(runner, "leaks")
    row = dict(zip(leaks.tables[0].columns, leaks.tables[0].rows[0]))
    assert row["AUC hard"] is None
