"""Training runs of a small shop: prepare, train, reuse, stop, fail."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.config import Execution, SplitRequest, UserError
from core.data.raw_data import RawData
from core.graph.evaluation_negatives import sample_negatives
from core.models.registry import resolve_settings
from core.pipeline.preparation import prepare
from core.pipeline.train_run import train
from core.pipeline.train_several_runs import RunListener, train_many
from core.progress import Progress, Stopped
from core.runs.load_run import load_model
from core.runs.recorder import request_stop
from core.runs.result_rows import result_rows
from core.runs.store import Store
from tests.shops import AGAIN, ONE_WORKER, planned, prepared_shop, trained, write_edge_list


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("lab"))


QUICK = {"dim": 16, "epochs": 3}


@pytest.fixture(scope="module")
def skipgram(store):
    return trained(store, "skipgram", changes=QUICK)


def test_preparing_again_reuses_the_split(store):
    assert prepare(store, SplitRequest(dataset="shop"))["reused"]


def test_other_data_under_a_taken_name_is_refused_and_nothing_is_lost(store, tmp_path):
    edges, _ = write_edge_list(tmp_path)
    edges.write_text(edges.read_text() + "P000,P199,9\n")
    before = store.split_facts("shop", "random")
    with pytest.raises(UserError, match=r"already holds other data.*--replace"):
        prepare(store, SplitRequest(dataset="shop"), RawData(edges))
    assert store.split_facts("shop", "random") == before


def test_an_unusable_file_leaves_nothing_behind(store, tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(UserError):
        prepare(store, SplitRequest(dataset="broken"), RawData(tmp_path / "empty.csv"))
    assert not (store.root / "broken").exists()


def test_a_time_split_without_times_is_a_clear_error(store):
    with pytest.raises(UserError, match="no time stamps"):
        prepare(store, SplitRequest(dataset="shop", split="time"))


def test_training_without_data_says_what_to_run(store):
    with pytest.raises(UserError, match="prepare shop --split cold"):
        planned(store, "degree", split="cold")


def test_a_run_has_all_documented_files(skipgram):
    names = {path.name for path in skipgram.folder.iterdir()}
    assert names >= {
        "config.json", "status.json", "metrics.json", "curve.csv", "log.txt", "vectors.npy",
        "thresholds.csv", "pr.csv", "roc.csv", "slices.csv", "ranking.parquet", "scores", "model",
        "lists.parquet",
    }  # fmt: skip
    assert skipgram.status["state"] == "finished"
    assert skipgram.config.settings["dim"] == 16
    assert np.load(skipgram.folder / "vectors.npy").shape == (200, 16)
    assert not list(skipgram.folder.rglob("*.pkl"))


def test_the_metrics_follow_from_the_saved_model_alone(store, skipgram):
    model, split = load_model(store, skipgram)
    negatives = sample_negatives(split, "uniform")
    seen = split.both_seen(split.test.u, split.test.v)
    open_ = split.both_seen(negatives.u, negatives.v)
    true = model.score(split.test.u[seen], split.test.v[seen])
    false = model.score(negatives.u[open_], negatives.v[open_])
    labels = np.repeat([1, 0], [len(true), len(false)])
    expected = roc_auc_score(labels, np.concatenate([true, false]))
    assert skipgram.metrics["auc_seen"] == pytest.approx(expected, abs=1e-9)
    assert expected > 0.8


@pytest.mark.parametrize("model", ["skipgram", "eges", "three-hop"])
def test_a_plan_keeps_the_types_of_settings_so_that_runs_on_disk_are_found(store, model):
    """The integer 1 of a float setting is not written as 1.0, which would be another run."""
    config = planned(store, model)
    settings = json.loads(json.dumps(resolve_settings(model).model_dump()))
    assert config.run_id == config.model_copy(update={"settings": settings}).run_id


def test_a_finished_run_is_reused_and_another_setting_makes_another_run(store, skipgram):
    finished = skipgram.metrics["finished"]
    again = trained(store, "skipgram", changes=QUICK)
    assert again.id == skipgram.id and again.metrics["finished"] == finished
    other = planned(store, "skipgram", changes={**QUICK, "dim": 17})
    assert other.run_id != skipgram.id


def test_the_same_run_twice_is_bit_equal(store, skipgram):
    first = np.load(skipgram.folder / "vectors.npy").copy()
    config = planned(store, "skipgram", changes=QUICK)
    second = train(store, config, AGAIN)
    assert np.array_equal(first, np.load(second.folder / "vectors.npy"))


def test_a_run_that_is_trained_again_and_stopped_is_no_longer_a_result(store):
    config = planned(store, "mf", changes=QUICK)
    run = train(store, config, ONE_WORKER)
    assert run.id in [row["run"] for row in result_rows("shop", store=store)]
    with pytest.raises(Stopped):
        train(store, config, AGAIN, Ends(Stopped()))
    assert (run.folder / "metrics.json").exists()
    assert run.id not in [row["run"] for row in result_rows("shop", store=store)]


def test_the_rows_of_the_table_have_all_documented_keys(store, skipgram):
    trained(store, "three-hop")
    rows = result_rows("shop", store=store)
    promised = {
        "model", "run", "preset", "seed", "auc_all", "auc_all_median", "auc_seen", "ap_all",
        "auc_possible", "auc_degree", "auc_degree_all", "auc_hard", "hits_at_10", "hits_at_50",
        "mrr", "words_per_second", "train_seconds", "total_seconds", "peak_memory_mb",
        "unseen_rule",
    }  # fmt: skip
    assert all(promised <= row.keys() for row in rows)
    row = next(row for row in rows if row["model"] == "skipgram")
    assert row["data"] == store.split_facts("shop", "random")["fingerprint"]
    assert row["words_per_second"] > 0 and row["peak_memory_mb"] > 0
    assert row["published_electronics_auc_all"] == 0.9554


class StopsAt(Progress):
    """Asks the run to stop as soon as the training of a phase has begun."""

    def __init__(self, run, stage: str):
        self.run, self.wanted = run, stage

    def stage(self, name, total=None, unit=""):
        if name == self.wanted:
            request_stop(self.run)


def test_a_run_stops_on_request_and_can_be_started_again(store):
    config = planned(store, "skipgram", changes={"dim": 16, "epochs": 400})
    run = store.run("shop", config.run_id)
    with pytest.raises(Stopped):
        train(store, config, ONE_WORKER, StopsAt(run, "development: training"))
    assert run.status["state"] == "stopped"
    assert not (run.folder / "metrics.json").exists()
    assert not run.is_locked()
    with pytest.raises(UserError, match="no run"):
        request_stop(store.run("shop", "nothing"))


class Ends(Progress):
    """Ends training with an error or a stop."""

    def __init__(self, error: Exception):
        self.error = error

    def stage(self, name, total=None, unit=""):
        if name == "final: training":
            raise self.error


class EndsAfterAnEpoch(Progress):
    """Ends the training after its first epoch, as Ctrl-C or a job's request to stop does."""

    def __init__(self, error: BaseException):
        self.error = error

    def point(self, **values):
        if values.get("epoch_end"):
            raise self.error


@pytest.mark.parametrize(
    ("error", "has_checkpoint"), [(Stopped(), True), (KeyboardInterrupt(), False)], ids=repr
)
def test_only_a_job_that_stops_a_training_finds_its_checkpoint(store, error, has_checkpoint):
    config = planned(store, "skipgram", changes={"dim": 8, "epochs": 3})
    with pytest.raises(type(error)):
        train(store, config, ONE_WORKER, EndsAfterAnEpoch(error))
    run = store.run("shop", config.run_id)
    assert run.status["state"] == "stopped"
    assert (run.folder / "checkpoint").exists() == has_checkpoint


class Failures(RunListener):
    """Remembers what failed."""

    def __init__(self):
        self.failures = []

    def failed(self, config, error):
        self.failures.append((config.model, str(error)))


def test_a_failed_run_says_why_and_is_reported_to_the_listener(store):
    config = planned(store, "adamic-adar")
    listener, out_of_luck = Failures(), Ends(RuntimeError("out of luck"))
    assert train_many(store, [config], ONE_WORKER, out_of_luck, listener) == []
    assert listener.failures == [("adamic-adar", "out of luck")]
    run = store.run("shop", config.run_id)
    assert run.status["state"] == "failed" and run.status["error"] == "out of luck"
    assert "Traceback" not in run.log()
    assert "RuntimeError" in (run.folder / "traceback.txt").read_text()
    with pytest.raises(RuntimeError):
        train_many(store, [config], ONE_WORKER, out_of_luck)
    assert train(store, config, ONE_WORKER).status["state"] == "finished"
    assert not (run.folder / "traceback.txt").exists()


def test_two_processes_cannot_train_the_same_run(store, monkeypatch):
    monkeypatch.setattr("core.pipeline.train_run.LOCK_SECONDS", 0.1)
    config = planned(store, "common-neighbours")
    run = store.run("shop", config.run_id)
    run.folder.mkdir(parents=True)
    with run.lock(), pytest.raises(UserError, match="another process"):
        train(store, config, ONE_WORKER)


def test_a_map_is_made_after_the_run_and_its_failure_does_not_fail_the_run(store, monkeypatch):
    config = planned(store, "skipgram", seed=7, changes=QUICK)
    seen = []

    def make_map(run, load, **options):
        model, split = load()
        seen.append((run.status["state"], model.vectors.shape, split.n_products))
        raise ValueError("no room")

    monkeypatch.setattr("core.pipeline.train_run.make_map", make_map)
    run = train(store, config, Execution(workers=1, map=True))
    assert seen == [("finished", (200, 16), 200)]
    assert run.status["state"] == "finished" and run.metrics["finished"]
    train(store, config, AGAIN)
    assert len(seen) == 1
