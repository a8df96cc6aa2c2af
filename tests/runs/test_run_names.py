"""Names of runs: they say what differs, can be changed, and leave the standard run the default."""

from __future__ import annotations

import json
import shutil

import pytest

from core.config import SplitRequest, TrainRequest, UserError
from core.pipeline.preparation import prepare
from core.runs.load_run import find_run
from core.runs.result_rows import result_rows
from core.runs.run_folder import Run
from core.runs.run_names import LONGEST_NAME, rename, request_name, run_names
from core.runs.store import Store
from tests.shops import prepared_shop, trained

TITLE = "Three-hop"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    return prepared_shop(tmp_path_factory.mktemp("names"))


def names(*runs: Run) -> list[str]:
    return list(run_names(runs).values())


def test_a_name_states_what_differs_from_the_default_run(store):
    standard = trained(store, "three-hop")
    changed = trained(store, "three-hop", changes={"exponent": 1.0})
    reseeded = trained(store, "three-hop", seed=7)
    assert names(standard) == [TITLE]
    assert names(standard, changed) == [TITLE, f"{TITLE}, exponent 1.0"]
    assert names(standard, reseeded) == [f"{TITLE}, seed 42", f"{TITLE}, seed 7"]
    assert names(reseeded, trained(store, "degree")) == [TITLE, "Degree"]


def test_runs_of_several_splits_are_told_apart_and_in_one_table_they_need_not_be(store):
    prepare(store, SplitRequest(dataset="shop", split="cold"))
    here, there = trained(store, "degree"), trained(store, "degree", split="cold")
    assert names(here, there) == ["Degree, random split", "Degree, cold split"]
    labels = {row["label"] for row in result_rows("shop", store=store) if row["model"] == "degree"}
    assert labels == {"Degree"}


def test_many_changes_are_counted_unless_the_difference_is_among_them(store):
    run = trained(store, "three-hop")
    copies = []
    for number in range(3):
        folder = run.folder.with_name(f"mf-s42-{number}")
        shutil.copytree(run.folder, folder)
        rates = {"learning_rate": 0.5 if number else 0.25, "l2": 0.5}
        settings = {"dim": 8, "epochs": 1, "batch_size": 8, **rates}
        config = {**run.config.model_dump(), "model": "mf", "settings": settings}
        (folder / "config.json").write_text(json.dumps(config))
        copies.append(Run(folder))
    assert ", 2 more" in names(copies[0])[0]
    assert all("learning rate 0" in name and "more" not in name for name in names(*copies))
    assert names(*copies)[1].endswith(" (1)") and len(set(names(*copies))) == 3
    for copy in copies:
        shutil.rmtree(copy.folder)


def test_a_request_has_the_name_of_its_run(store):
    request = TrainRequest(dataset="shop", model="three-hop", seed=7, changes={"exponent": 1.0})
    assert request_name(request) == f"{TITLE}, exponent 1.0, seed 7"
    assert request_name(TrainRequest(dataset="shop", model="degree", preset="study")) == (
        "Degree, study"
    )


def test_a_run_can_be_renamed_without_a_change_of_its_results(store):
    run = trained(store, "three-hop", seed=8)
    before = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()}
    rename(run, "  My <b>best</b>  ")
    assert names(run) == ["My <b>best</b>"]
    assert find_run(store, "shop", "My <b>best</b>") == run
    assert {name: (run.folder / name).read_bytes() for name in before} == before
    with pytest.raises(UserError, match="at most"):
        rename(run, "x" * (LONGEST_NAME + 1))
    rename(run, "")
    assert names(run) == [TITLE] and not (run.folder / "name.txt").exists()
    with pytest.raises(UserError, match="no run"):
        rename(store.run("shop", "mf-s1-0"), "x")


def test_neither_a_sweep_nor_a_seed_nor_a_name_displaces_the_default_run(store):
    standard = trained(store, "adamic-adar")
    trained(store, "adamic-adar", seed=7)
    assert find_run(store, "shop", "adamic-adar") == standard
    changed = [trained(store, "rp3-beta", changes={"beta": beta}) for beta in (0.15, 0.25)]
    assert find_run(store, "shop", "rp3-beta") == changed[-1]
    first = trained(store, "rp3-beta")
    trained(store, "rp3-beta", again=True, changes={"beta": 0.15})
    rename(changed[0], "rp3")
    assert find_run(store, "shop", "rp3-beta") == first
