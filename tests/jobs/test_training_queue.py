"""The training queue on disk, with real processes on a small shop."""

from __future__ import annotations

import json
import os
import signal

import pytest
from filelock import FileLock

from core.config import Execution, TrainRequest
from core.jobs.queue_migration import migrate_queue
from core.jobs.train_job import TrainJob, train_arguments
from core.jobs.training_queue import Queue
from core.runs.load_run import load_model
from core.runs.store import Store
from tests.jobs.processes import parent_of, wait_until
from tests.shops import prepared_shop

LONG = {"dim": 8, "epochs": 1000, "points_per_epoch": 1}


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("queue"))


@pytest.fixture
def queue(store) -> Queue:
    queue = Queue(store)
    for job in queue.jobs():
        assert job.forget()
    return queue


def request(model: str, **options) -> TrainRequest:
    return TrainRequest(dataset="shop", model=model, **options)


def state_now(job: TrainJob) -> str:
    return job.refresh().state


def test_jobs_are_listed_in_the_order_of_their_addition(queue):
    first = queue.add(request("mf", seed=3, changes={"dim": 4}), Execution(again=True), pin=5)
    second = queue.add(request("degree"))
    assert [job.name for job in queue.jobs()] == [first.name, second.name]
    found = queue.jobs()[0].training
    assert found == first.training and found.request.changes == {"dim": 4}
    assert found.execution.again and found.pin == 5
    first.stop(keep=True)
    assert [job.name for job in queue.jobs()] == [second.name]


def test_a_damaged_job_file_does_not_hide_others(queue):
    job = queue.add(request("degree"))
    damaged = job.folder / "train.1.json"
    damaged.write_text("{")
    assert [other.name for other in queue.jobs()] == [job.name]
    damaged.unlink()


def test_the_command_states_the_whole_request():
    asked = TrainRequest(
        dataset="shop", model="mf", preset="study", split="time", split_seed=1, seed=2,
        changes={"dim": 4, "scoring": "dot"},
    )  # fmt: skip
    arguments = train_arguments(asked, Execution(workers=3, again=True, map=False))
    assert " ".join(arguments) == (
        "train shop mf --preset study --split time --split-seed 1 --seed 2 "
        '--set=dim=4 --set=scoring="dot" --workers 3 --again --no-map'
    )
    assert train_arguments(request("mf"), Execution())[-2:] == ["--seed", "42"]


def test_the_worker_continues_after_a_failure_and_ends_when_nothing_waits(queue):
    bad = queue.add(request("skipgram", changes={"dim": -1}))
    good = queue.add(request("degree"))
    queue.work()
    assert state_now(bad) == "failed" and "dim" in bad.error
    assert state_now(good) == "finished" and good.run().metrics["model"] == "degree"
    assert good.training.run_id == good.run().id


def test_only_one_worker_runs_at_a_time(queue):
    job = queue.add(request("degree"))
    with queue.lock():
        assert queue.has_worker()
        queue.work()
    assert state_now(job) == "waiting"


@pytest.mark.parametrize(("model", "keep"), [("skipgram", True), ("mf", False)])
def test_stopping_keeps_the_last_finished_epoch_or_cleans_up(queue, model, keep):
    job = queue.add(request(model, changes=LONG), pin=7)
    queue.start_worker()
    assert queue.has_worker()
    run = job.run()
    wait_until(lambda: (run.folder / "checkpoint" / "state.json").exists())
    job.refresh().stop(keep)
    wait_until(lambda: state_now(job) == "stopped")
    wait_until(lambda: not queue.has_worker())
    if not keep:
        assert not run.folder.exists()
        return
    kept = run.status["kept"]
    assert run.status["state"] == "stopped"
    assert kept["epoch"] >= 1
    fitted, split = load_model(queue.store, run)
    assert fitted.vectors.shape == (split.n_products, 8)
    assert len(fitted.similar(0, 3)[0]) == 3
    assert (run.folder / "pinned.csv").read_text().count("\n7,") >= 8


def test_the_training_of_a_worker_that_died_ends_and_the_next_one_keeps_it_if_asked(queue):
    job = queue.add(request("skipgram", seed=5, changes=LONG))
    queue.start_worker()
    run = job.run()
    wait_until(lambda: (run.folder / "checkpoint" / "state.json").exists())
    os.kill(parent_of(run.status["pid"]), signal.SIGKILL)
    wait_until(lambda: state_now(job) == "interrupted")
    job.file("stop").write_text("keep")
    queue.work()
    assert not run.is_locked()
    assert state_now(job) == "stopped" and run.status["kept"]["epoch"] >= 1


def test_a_job_whose_worker_died_before_its_run_began_is_interrupted(queue):
    job = queue.add(request("three-hop"))
    job.update(state="running")
    assert queue.jobs()[0].state == "interrupted" and queue.has_work()
    queue.work()
    assert state_now(job) == "interrupted" and job.training.ended is not None
    assert not queue.has_work()


def test_a_run_that_cannot_be_kept_has_failed_and_the_queue_continues(queue):
    job = queue.add(request("mf", seed=9))
    run = job.run()
    run.folder.mkdir(parents=True)
    (run.folder / "status.json").write_text("{half")
    job.update(state="running")
    job.file("stop").write_text("keep")
    after = queue.add(request("degree"))
    queue.work()
    assert state_now(job) == "failed" and "status.json is damaged" in job.error
    assert state_now(after) == "finished"


EARLIER = {
    "id": "1764000000000000000", "dataset": "shop", "model": "mf", "preset": "ours",
    "split": "random", "split_seed": 42, "seed": 7, "changes": {"dim": 16}, "again": True,
    "pin": 3, "run_id": None, "state": "waiting", "error": None,
    "created": "2026-11-24T16:00:00+00:00", "started": None, "ended": None,
}  # fmt: skip


def test_the_queue_of_an_earlier_version_is_migrated(queue):
    folder = queue.store.root / ".queue"
    folder.mkdir()
    done = {**EARLIER, "id": "1764000000000000001", "state": "failed", "error": "Error: no"}
    for content in (EARLIER, done):
        (folder / f"{content['id']}.json").write_text(json.dumps(content))
    (folder / "1764000000000000001.log").write_text("Error: no\n")
    (folder / "1764000000000000002.json").write_text("{half")
    with FileLock(folder / ".lock"):
        migrate_queue(queue.store)
        assert len(list(folder.glob("*.json"))) == 3  # its worker still trains
    waiting, failed = queue.jobs()
    assert waiting.state == "waiting" and waiting.training.pin == 3
    assert waiting.request == request("mf", seed=7, changes={"dim": 16})
    assert waiting.training.execution == Execution(again=True)
    assert failed.state == "failed" and failed.error == "Error: no" == failed.log().strip()
    assert [path.name for path in folder.glob("*.json")] == ["1764000000000000002.json"]
    assert len(queue.jobs()) == 2
    (folder / "1764000000000000002.json").unlink()
    assert len(queue.jobs()) == 2 and not folder.exists()
