"""The queue on disk, with real processes on a small shop."""

from __future__ import annotations

import time

import pytest

from core.jobs.queue import Job, Queue, work_through
from core.runs.loading import load_model
from core.runs.store import Store
from tests.shops import prepared_shop

LONG = {"dim": 8, "epochs": 1000, "points_per_epoch": 1}
PATIENCE = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("queue"))


@pytest.fixture
def queue(store) -> Queue:
    queue = Queue(store)
    for job in queue.jobs():
        queue.remove(job)
    return queue


def job_now(queue: Queue, job: Job) -> Job:
    return next(other for other in queue.jobs() if other.id == job.id)


def wait_for(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_jobs_come_back_as_they_were_added_in_order(queue):
    first = queue.add("shop", "mf", seed=3, changes={"dim": 4})
    second = queue.add("shop", "degree")
    assert queue.jobs() == [first, second]
    queue.stop(first, keep=True)
    assert queue.jobs() == [second]


def test_a_damaged_job_file_hides_no_other(queue):
    job = queue.add("shop", "degree")
    (queue.folder / "1.json").write_text("{")
    assert queue.jobs() == [job]
    (queue.folder / "1.json").unlink()


def test_the_worker_goes_on_after_a_failure_and_ends_when_nothing_waits(queue):
    bad = queue.add("shop", "skipgram", changes={"dim": -1})
    good = queue.add("shop", "degree")
    work_through(queue.store)
    assert job_now(queue, bad).state == "failed"
    assert "dim" in job_now(queue, bad).error
    assert job_now(queue, good).state == "finished"
    assert job_now(queue, good).run(queue.store).metrics["model"] == "degree"


def test_only_one_worker_works(queue):
    job = queue.add("shop", "degree")
    with queue.lock():
        assert queue.has_worker()
        work_through(queue.store)
    assert job_now(queue, job).state == "waiting"


@pytest.mark.parametrize(("model", "keep"), [("skipgram", True), ("mf", False)])
def test_stopping_keeps_the_last_finished_epoch_or_cleans_up(queue, model, keep):
    job = queue.add("shop", model, changes=LONG, pin=7)
    queue.start_worker()
    run = job.run(queue.store)
    wait_for(lambda: (run.folder / "checkpoint" / "state.json").exists())
    queue.stop(job_now(queue, job), keep)
    wait_for(lambda: job_now(queue, job).state == "stopped")
    wait_for(lambda: not queue.has_worker())
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


def test_a_job_whose_worker_died_is_settled_by_the_next_one(queue):
    job = queue.add("shop", "three-hop")
    job.state = "running"
    queue.save(job)
    work_through(queue.store)
    assert job_now(queue, job).state == "interrupted"
