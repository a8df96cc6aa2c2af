"""`run`, which trains in the background, and the commands that watch and stop what it queued."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from core.cli.app import app
from core.jobs.training_queue import Queue
from core.runs.store import Store
from tests.shops import write_edge_list

MODELS = ["three-hop", "resource-allocation", "degree"]


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Return a function that runs a command on an empty folder; ``run`` has three models."""
    monkeypatch.setattr("core.cli.queue_commands.training_order", lambda preset: MODELS)
    warmed: list[bool] = []
    monkeypatch.setattr("core.jobs.warm_up.start_warm_up", lambda: warmed.append(True))
    monkeypatch.setenv("ARTIFACTS_DIR", str(tmp_path / "artifacts"))
    edges, _ = write_edge_list(tmp_path)

    def command(*words: str):
        files = ("--file", str(edges)) if words[0] == "run" else ()
        result = CliRunner().invoke(app, [*words, *files])
        assert result.exit_code == 0, result.output
        return result

    command.store, command.warmed = Store(tmp_path / "artifacts"), warmed
    return command


def finished(store: Store) -> set[str]:
    return {run.config.model for run in store.finished_runs("shop")}


def test_run_trains_the_baseline_and_queues_the_others_in_order(lab, monkeypatch):
    started = []
    monkeypatch.setattr(Queue, "start_worker", lambda queue: started.append(queue))
    result = lab("run", "shop")
    assert finished(lab.store) == {"three-hop"} and len(started) == 1
    assert [job.request.model for job in Queue(lab.store).jobs()] == MODELS[1:]
    assert "Three-hop" in result.stdout and "Degree" not in result.stdout
    assert "Training 2 models in the background" in result.stderr
    assert "core queue --watch" in result.stderr and "core queue --stop" in result.stderr
    lab("run", "shop")
    # No run is queued twice; code is compiled ahead only after data has been read.
    assert [job.request.model for job in Queue(lab.store).jobs()] == MODELS[1:]
    assert lab.warmed == [True]
    listed = lab("queue")
    assert "degree" in listed.stdout and "waiting" in listed.stdout
    assert "core work" in listed.stderr
    assert "degree on shop: stopped" in lab("queue", "--stop").stderr
    assert "Nothing is training" in lab("queue").stderr


def test_the_queue_is_followed_to_its_end(lab):
    lab("run", "shop")
    watched = lab("queue", "--watch").stderr
    assert finished(lab.store) == set(MODELS)
    assert not Queue(lab.store).active() and "core work" not in watched


def test_run_and_wait_trains_all_and_prints_one_table(lab):
    result = lab("run", "shop", "--wait")
    assert finished(lab.store) == set(MODELS) and not Queue(lab.store).jobs()
    assert "Three-hop" in result.stdout and "Degree" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    refused = CliRunner().invoke(app, ["run", "shop", "--jobs", "2"])
    assert refused.exit_code == 1 and "add --wait" in str(refused.exception)
