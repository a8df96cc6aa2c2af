"""Parallel runs give the same results as sequential ones, and stop together."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from core.config import Execution
from core.jobs.job import Job, JobRecord
from core.jobs.parallel_runs import Claimant, WorkList, train_in_parallel, work_on
from core.pipeline.train_several_runs import RunListener, train_many
from core.progress import Progress
from core.runs.atomic_files import read_json, write_json
from core.runs.store import Store
from tests.jobs.processes import PATIENCE_SECONDS, wait_until
from tests.shops import ONE_WORKER, planned, prepared_shop

ROOT = Path(__file__).resolve().parents[2]
MODELS = {"degree": {}, "three-hop": {}, "mf-bias": {"dim": 8}, "skipgram": {"dim": 8}}


class Heard(Progress):
    """Remembers the last reported progress."""

    def stage(self, name, total=None, unit=""):
        self.total, self.done = total, 0

    def advance(self, done):
        self.done = done


class Ends(RunListener):
    """Remembers how every run ended."""

    def __init__(self):
        self.runs, self.failures = [], []

    def finished(self, run):
        self.runs.append(run)

    def failed(self, config, error):
        self.failures.append((config.model, str(error)))


@pytest.fixture
def store(tmp_path) -> Store:
    return prepared_shop(tmp_path)


def plans(store):
    return [planned(store, model, changes=changes) for model, changes in MODELS.items()]


def test_parallel_runs_equal_sequential_ones(store, tmp_path_factory):
    progress, ends = Heard(), Ends()
    runs = train_in_parallel(store, plans(store), Execution(jobs=2, workers=2), progress, ends)
    assert not ends.failures and runs == ends.runs
    assert {run.config.model for run in runs} == set(MODELS) and len(runs) == len(MODELS)
    assert progress.done == progress.total == len(MODELS)
    other = prepared_shop(tmp_path_factory.mktemp("other"))
    for expected in train_many(other, plans(other), ONE_WORKER):
        run = store.run("shop", expected.id)
        assert run.metrics["workers"] == 1
        for measure in ("auc_all", "auc_seen", "auc_degree", "hits_at_10", "mrr"):
            assert run.metrics[measure] == expected.metrics[measure], measure


def test_a_failed_run_is_reported_and_the_others_continue(store):
    configs, ends = plans(store), Ends()
    locked = store.run("shop", configs[0].run_id)
    locked.folder.mkdir(parents=True)
    with locked.lock():
        train_in_parallel(store, configs, Execution(jobs=3, workers=1), listener=ends)
    ((model, reason),) = ends.failures
    assert model == "degree" and "another process" in reason
    assert {run.config.model for run in ends.runs} == set(MODELS) - {"degree"}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_stop_with_the_first_process_however_it_ends(store, sent):
    command = [
        sys.executable, "-m", "core", "train", "shop", "skipgram", "mf-bias", "--jobs", "2",
        "--epochs", "1000", "--workers", "2", "--artifacts", str(store.root),
    ]  # fmt: skip
    # Processes started in the background of a shell ignore Ctrl-C, and so do their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    runs = [
        store.run("shop", planned(store, model, changes={"epochs": 1000}).run_id)
        for model in ("skipgram", "mf-bias")
    ]
    wait_until(
        lambda: all(run.has_started() and "training" in run.status.get("stage", "") for run in runs)
    )
    os.kill(process.pid, sent)
    said = process.communicate(timeout=PATIENCE_SECONDS)[1]
    assert process.returncode == (-sent if sent == signal.SIGKILL else 130)
    assert sent == signal.SIGKILL or said == "Stopped. Finished runs are kept.\n"
    wait_until(lambda: not any(run.is_locked() for run in runs))
    assert [run.status["state"] for run in runs] == ["stopped", "stopped"]


def test_torchrun_cannot_be_combined_with_parallel_runs(store):
    command = [sys.executable, "-m", "core", "train", "shop", "degree", "spectral", "--jobs", "2"]
    result = subprocess.run(
        [*command, "--artifacts", str(store.root)],
        cwd=ROOT,
        env={**os.environ, "TORCHELASTIC_RUN_ID": "x", "RANK": "0", "LOCAL_WORLD_SIZE": "2"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1 and "leave --jobs out" in result.stderr


def test_a_run_is_claimed_by_one_process_only(store, tmp_path):
    (config, *_) = plans(store)
    claims = []
    claimants = [
        Thread(target=lambda: claims.append(Claimant(tmp_path).claim(config))) for _ in range(8)
    ]
    for claimant in claimants:
        claimant.start()
    for claimant in claimants:
        claimant.join()
    assert sorted(claims) == [False] * 7 + [True]


def test_a_process_trains_only_unclaimed_runs(store, tmp_path):
    configs = plans(store)[:2]
    work = WorkList(artifacts=str(store.root), configs=configs, execution=ONE_WORKER)
    write_json(WorkList.path(tmp_path), work.model_dump(mode="json"))
    assert Claimant(tmp_path).claim(configs[0])
    work_on(tmp_path)
    assert [store.run("shop", config.run_id).has_started() for config in configs] == [False, True]
    assert read_json(WorkList.end_path(tmp_path, configs[1].run_id)) == {"error": None}


def test_a_run_whose_process_dies_has_failed_and_leaves_no_files(store):
    long = planned(store, "skipgram", changes={"epochs": 1000})

    class Killer(Ends):
        """Ends the process that trains the long run as soon as the short one has finished."""

        def finished(self, run):
            super().finished(run)
            other = store.run("shop", long.run_id)
            wait_until(lambda: other.has_started() and "training" in other.status.get("stage", ""))
            os.kill(other.status["pid"], signal.SIGKILL)

    ends = Killer()
    interrupted = Job(store, "runs.1-0")
    interrupted.save(JobRecord(command=["x"], state="running"))
    configs = [planned(store, "degree"), long]
    train_in_parallel(store, configs, Execution(jobs=2, workers=2), listener=ends)
    assert [run.config.model for run in ends.runs] == ["degree"]
    ((model, reason),) = ends.failures
    assert model == "skipgram" and "signal 9" in reason
    assert list((store.root / ".jobs").iterdir()) == []
