"""Making and keeping maps: what is there is kept, what is stale is not shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.explore import make_map
from core.explore.umap_projection import Projection
from core.runs.files import write_json
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

    def project(vectors, split, *, dimensions, **options):
        calls.append(options)
        return Projection(TABLE, {"dimensions": dimensions, "preserved": 0.5})

    monkeypatch.setattr("core.explore.umap_projection.project", project)
    return calls


def load():
    return Vectors(), None


def test_a_map_is_made_once_and_read_back(run, made):
    assert run.map() is None and run.map_stamp() == 0
    facts = make_map.make_map(run, load)
    table, kept = run.map()
    assert table.equals(TABLE) and kept["preserved"] == facts["preserved"] == 0.5
    make_map.make_map(run, load)
    assert len(made) == 1 and run.map(3) is None
    make_map.make_map(run, load, again=True)
    make_map.make_map(run, load, dimensions=3)
    assert len(made) == 3 and run.map(3)[1]["dimensions"] == 3
    assert made[0]["seed"] == 42 and made[0]["include_unseen"] is False


def test_a_map_of_an_earlier_training_is_none(run, made):
    make_map.make_map(run, load)
    write_json(run.folder / "metrics.json", {"finished": "2030-01-02"})
    assert run.map() is None
    make_map.make_map(run, load)
    assert run.map() is not None and len(made) == 2


def test_a_stopped_run_that_was_kept_has_a_map_of_what_it_kept(run, made):
    (run.folder / "metrics.json").unlink()
    kept = {"state": "stopped", "started": "2030-01-01", "ended": "2030-01-02", "kept": {}}
    write_json(run.folder / "status.json", kept)
    make_map.make_map(run, load)
    assert run.map() is not None
    write_json(run.folder / "status.json", {**kept, "ended": "2030-01-03"})
    assert run.map() is None


def test_a_model_without_vectors_has_no_map(run, made):
    class Graph(Vectors):
        vectors = None

    with pytest.raises(UserError, match="no vectors to map"):
        make_map.make_map(run, lambda: (Graph(), None))


def test_only_one_process_makes_a_map(run, made):
    assert not make_map.being_made(run)
    with run.map_lock():
        assert make_map.being_made(run) and not make_map.being_made(run, 3)
        with pytest.raises(UserError, match="being made already"):
            make_map.make_map(run, load)
    assert made == []


def test_a_damaged_map_is_named(run, made):
    make_map.make_map(run, load)
    (run.folder / "map-2d.parquet").write_bytes(b"no")
    with pytest.raises(UserError, match=r"map-2d\.parquet is damaged"):
        run.map()


def test_what_people_look_at_first_is_mapped_unasked(community_split):
    from dataclasses import replace

    large = replace(community_split, n_products=make_map.WORTH_WAITING)
    assert make_map.by_default("skipgram", large)
    assert not make_map.by_default("skipgram", community_split)
    assert not make_map.by_default("three-hop", large)
