"""Making maps: an existing map is reused, an outdated one is not shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.explore import map as maps
from core.explore.map import is_being_made, make_map, map_arguments, map_stage, read_map
from core.explore.umap_projection import DEFAULTS, MapSettings, Projection
from core.runs.atomic_files import write_json
from core.runs.store import Store

TABLE = pd.DataFrame({"product": [0, 1], "x": [0.0, 1.0], "y": [1.0, 0.0], "region": [0, -1]})


class Vectors:
    vectors = np.ones((2, 3), np.float32)
    scores_unseen = False


@pytest.fixture
def run(tmp_path):
    run = Store(tmp_path).run("shop", "skipgram-s42")
    run.folder.mkdir(parents=True)
    config = {"dataset": "shop", "model": "skipgram"}
    write_json(run.folder / "config.json", config)
    write_json(run.folder / "metrics.json", {"finished": "2030-01-01"})
    return run


@pytest.fixture
def made(monkeypatch):
    """Count how often a map is made instead of making one."""
    calls = []

    def project(vectors, split, settings, **options):
        calls.append((settings, options))
        return Projection(TABLE, {**settings.model_dump(), "preserved": 0.5})

    monkeypatch.setattr(maps, "project", project)
    return calls


DEEP = MapSettings(dimensions=3)


def load():
    return Vectors(), None


def test_a_map_is_made_once_and_read_back(run, made):
    assert run.map() is None and run.map_stamp() == 0
    facts = make_map(run, load)
    table, kept = run.map()
    assert table.equals(TABLE) and kept["preserved"] == facts["preserved"] == 0.5
    make_map(run, load)
    assert len(made) == 1 and read_map(run, DEEP) is None
    make_map(run, load, again=True)
    make_map(run, load, DEEP)
    assert len(made) == 3 and read_map(run, DEEP).facts["dimensions"] == 3
    settings, options = made[0]
    assert settings == DEFAULTS and options["include_unseen"] is False


def test_each_set_of_settings_has_a_separate_map(run, made):
    other = MapSettings(n_neighbors=50, min_dist=0, metric="euclidean", seed=7)
    for settings in (DEFAULTS, other, DEFAULTS, other):
        make_map(run, load, settings)
    assert [settings for settings, _ in made] == [DEFAULTS, other]
    assert read_map(run, DEFAULTS).facts["n_neighbors"] == 15
    assert read_map(run, other).facts["n_neighbors"] == 50
    assert (DEFAULTS.name, other.name) == ("map-2d", "map-2d-n50-d0-euclidean-s7")


def test_a_map_of_an_earlier_version_has_the_default_settings(run):
    TABLE.to_parquet(run.folder / "map-2d.parquet")
    facts = {
        "method": "umap", "dimensions": 2, "n_neighbors": 15, "min_dist": 0.1, "metric": "cosine",
        "seed": 42, "points": 2, "candidates": 2, "left_out": 0, "preserved": 0.5,
        "preserved_checked": 2, "seconds": 1.0, "of": "2030-01-01",
    }  # fmt: skip
    write_json(run.folder / "map-2d.json", facts)
    found = read_map(run, DEFAULTS)
    assert found.table.equals(TABLE) and found.facts["preserved_neighbours"] == 15


def test_the_command_of_a_map_names_settings_that_are_not_defaults(run):
    assert map_arguments(run, DEFAULTS) == ["map", "shop", "--run", "skipgram-s42"]
    arguments = map_arguments(run, MapSettings(dimensions=3, min_dist=0.5))
    assert arguments[4:] == ["--dimensions", "3", "--min-dist", "0.5"]


def test_settings_that_umap_cannot_use_are_refused():
    for wrong in ({"dimensions": 4}, {"n_neighbors": 1}, {"min_dist": 2}, {"metric": "l1"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            MapSettings(**wrong)


def test_a_map_of_an_earlier_training_is_not_used(run, made):
    make_map(run, load)
    write_json(run.folder / "metrics.json", {"finished": "2030-01-02"})
    assert run.map() is None
    make_map(run, load)
    assert run.map() is not None and len(made) == 2


def test_a_stopped_run_with_a_kept_checkpoint_has_a_map_of_that_checkpoint(run, made):
    (run.folder / "metrics.json").unlink()
    kept = {"state": "stopped", "started": "2030-01-01", "ended": "2030-01-02", "kept": {}}
    write_json(run.folder / "status.json", kept)
    make_map(run, load)
    assert run.map() is not None
    write_json(run.folder / "status.json", {**kept, "ended": "2030-01-03"})
    assert run.map() is None


def test_a_model_without_vectors_has_no_map(run, made):
    class Graph(Vectors):
        vectors = None

    with pytest.raises(UserError, match="no vectors to map"):
        make_map(run, lambda: (Graph(), None))


def test_only_one_process_makes_a_map(run, made):
    assert not is_being_made(run, DEFAULTS)
    with run.map_lock():
        assert is_being_made(run, DEFAULTS) and not is_being_made(run, DEEP)
        with pytest.raises(UserError, match="already being made"):
            make_map(run, load)
    assert made == []


def test_the_stage_can_be_read_while_the_map_is_made(run, monkeypatch):
    stages = []

    def project(vectors, split, settings, *, progress, **options):
        progress.stage("map: layout")
        stages.append(map_stage(run, settings))
        return Projection(TABLE, {**settings.model_dump(), "preserved": 0.5})

    monkeypatch.setattr(maps, "project", project)
    make_map(run, load)
    assert stages == ["map: layout"] and map_stage(run, DEFAULTS) == ""


def test_a_damaged_map_is_named(run, made):
    make_map(run, load)
    (run.folder / "map-2d.parquet").write_bytes(b"no")
    with pytest.raises(UserError, match=r"map-2d\.parquet is damaged"):
        run.map()


def test_only_the_default_model_on_enough_products_is_mapped_after_training(community_split):
    from dataclasses import replace

    large = replace(community_split, n_products=maps.WORTH_WAITING)
    assert maps.is_made_by_default("skipgram", large)
    assert not maps.is_made_by_default("skipgram", community_split)
    assert not maps.is_made_by_default("three-hop", large)
