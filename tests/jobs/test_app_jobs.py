"""The jobs that the app starts: their names and their commands."""

from __future__ import annotations

import pytest

from core.explore.umap_projection import MapSettings
from core.jobs.app_jobs import (
    all_maps_job,
    map_job,
    prepare_job,
    prepares_running,
    start_all_maps,
    start_map,
    start_prepare,
    start_study,
    study_job,
)
from core.jobs.job import Job, JobRecord
from core.runs.store import Store
from tests.shops import prepared_shop, trained


@pytest.fixture
def store(tmp_path) -> Store:
    return prepared_shop(tmp_path)


@pytest.fixture
def started(monkeypatch) -> dict[str, list[str]]:
    """The commands of jobs, which are not started."""
    commands: dict[str, list[str]] = {}
    monkeypatch.setattr(Job, "start", lambda self, command: commands.update({self.name: command}))
    return commands


def test_every_job_runs_its_command_on_the_same_artifacts(store, started):
    run = trained(store, "spectral")
    settings = MapSettings(dimensions=3, min_dist=0.5)
    start_prepare(store, "shop", ["--file", "edges.csv"])
    start_study(store, "leaks", "shop")
    start_map(store, run, settings)
    start_all_maps(store, "shop", settings)
    jobs = [
        prepare_job(store, "shop"),
        study_job(store, "leaks", "shop"),
        map_job(store, run, settings),
        all_maps_job(store, "shop", settings),
    ]
    assert [started[job.name][:3] for job in jobs] == [
        ["core", "prepare", "shop"],
        ["core", "study", "leaks"],
        ["core", "map", "shop"],
        ["core", "map", "shop"],
    ]
    assert started[jobs[3].name][3:-2] == ["--all", "--dimensions", "3", "--min-dist", "0.5"]
    for command in started.values():
        assert command[-2:] == ["--artifacts", str(store.root.resolve())]
    assert started[jobs[0].name][3:5] == ["--file", "edges.csv"]


def test_maps_with_other_settings_are_other_jobs(store):
    run = trained(store, "spectral")
    settings = [MapSettings(), MapSettings(min_dist=0.5), MapSettings(dimensions=3)]
    assert len({map_job(store, run, one).name for one in settings}) == 3


def test_the_data_sets_that_are_being_read_are_found(store):
    for name in ("first", "second"):
        prepare_job(store, name).save(JobRecord(command=["core"], state="running"))
    with prepare_job(store, "second").lock():
        assert prepares_running(store) == ["second"]
    assert prepares_running(store) == []
