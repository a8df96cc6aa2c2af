"""Artifacts: complete or absent, and named if damaged."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.data.product_catalogue import COLUMNS, Catalogue
from core.data.product_relations import Relations
from core.graph.list_position_weights import Mentions
from core.graph.split import Split
from core.runs.atomic_files import (
    read_array,
    read_json,
    read_table,
    replacing_folder,
    write_array,
    write_json,
    write_table,
)
from core.runs.store import Store


def some_catalogue(n: int) -> Catalogue:
    frame = pd.DataFrame({name: [f"{name} {i}" for i in range(n)] for name in COLUMNS})
    frame["price"] = np.float32(1.5)
    frame["private_label"] = False
    frame["has_metadata"] = np.arange(n) % 2 == 0
    return Catalogue(frame)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def test_a_loaded_split_equals_the_saved_one(store, community_split):
    split = Split(
        **{
            **{name: getattr(community_split, name) for name in Split.__dataclass_fields__},
            "catalogue": some_catalogue(200),
            "mentions": Mentions(
                np.array([3, 0, 3], "i4"), np.array([0, 0, 1], "i4"), np.array([1, 0.5, 1], "f4")
            ),
        }
    )
    store.save_split("shop", "random", split, {"kind": "random", "seed": 42})
    back = store.load_split("shop", "random")
    assert (back.kind, back.seed, back.n_products) == ("random", 42, 200)
    for part in ("train", "test"):
        for column in ("u", "v", "weight", "relations"):
            ours, theirs = (
                getattr(getattr(split, part), column),
                getattr(getattr(back, part), column),
            )
            assert np.array_equal(ours, theirs) and ours.dtype == theirs.dtype
    assert np.array_equal(split.development_mask, back.development_mask)
    assert np.array_equal(split.lists_relations, back.lists_relations)
    for ours, theirs in zip(vars(split.mentions).values(), vars(back.mentions).values()):
        assert np.array_equal(ours, theirs) and ours.dtype == theirs.dtype
    assert back.catalogue.label(3) == "title 3"
    assert store.prepared("shop") == ["random"]
    shutil.copytree(store.prepared_folder("shop", "random"), store.prepared_folder("shop", "cold"))
    assert store.prepared("shop") == ["random", "cold"]


def test_data_read_without_list_positions_must_be_read_again(store):
    nothing = np.empty(0, np.int32)
    store.save_source(
        "shop", some_catalogue(2), {"all": Relations(*[nothing] * 5)}, {}, {"file": None}
    )
    assert len(store.load_source("shop")[1]["all"]) == 0
    path = store.dataset_folder("shop") / "relations-all.parquet"
    write_table(path, read_table(path).drop(columns="place"))
    with pytest.raises(UserError, match="--replace"):
        store.load_source("shop")


def test_a_split_of_an_earlier_version_must_be_prepared_again(store, community_split):
    split = replace(community_split, catalogue=some_catalogue(200))
    store.save_split("shop", "random", split, {"kind": "random", "seed": 42})
    path = store.prepared_folder("shop", "random") / "pairs.parquet"
    write_table(path, read_table(path).assign(nearness=1.0))
    with pytest.raises(UserError, match="--replace"):
        store.load_split("shop", "random")


def test_json_has_no_nan_and_keeps_unicode(tmp_path):
    write_json(
        tmp_path / "a.json", {"x": float("nan"), "y": np.float32(2), "z": ["é", np.int64(1)]}
    )
    assert read_json(tmp_path / "a.json") == {"x": None, "y": 2.0, "z": ["é", 1]}
    json.loads((tmp_path / "a.json").read_text(), parse_constant=lambda name: pytest.fail(name))


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path):
    write_json(tmp_path / "a.json", 1)
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", object())
    assert read_json(tmp_path / "a.json") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_replacement_leaves_the_old_folder(tmp_path):
    target = tmp_path / "folder"
    with replacing_folder(target) as folder:
        (folder / "old").touch()
    with pytest.raises(RuntimeError), replacing_folder(target) as folder:
        (folder / "new").touch()
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["old"]
    with replacing_folder(target) as folder:
        (folder / "new").touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("damage", [b"", b"\x00\x01", b"{"])
def test_damaged_files_are_named(tmp_path, damage):
    for name, read in (("a.json", read_json), ("a.parquet", read_table), ("a.npy", read_array)):
        (tmp_path / name).write_bytes(damage)
        with pytest.raises(UserError, match=name):
            read(tmp_path / name)


def test_the_message_about_a_damaged_array_does_not_suggest_pickle(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"no")
    with pytest.raises(UserError, match="it is not an array") as error:
        read_array(tmp_path / "a.npy")
    assert "pickle" not in str(error.value)


def test_missing_files_are_named(tmp_path):
    for name, read in (("a.json", read_json), ("a.csv", read_table), ("a.npy", read_array)):
        with pytest.raises(UserError, match=f"{name} is missing"):
            read(tmp_path / name)


def test_arrays_that_hold_objects_are_refused(tmp_path):
    with pytest.raises(ValueError):
        write_array(tmp_path / "a.npy", np.array([{}], dtype=object))
    with open(tmp_path / "b.npy", "wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(UserError, match=r"b\.npy"):
        read_array(tmp_path / "b.npy")


def test_tables_keep_their_types(tmp_path):
    table = pd.DataFrame({"a": np.array([1, 2], np.int32), "b": ["x", "y"]})
    write_table(tmp_path / "t.parquet", table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet"), table)


def test_names_cannot_lead_out_of_the_folder(store):
    for name in ("../x", "a/b", ".."):
        with pytest.raises(UserError):
            store.dataset_folder(name)
        with pytest.raises(UserError):
            store.run("demo", name)


def test_a_running_run_whose_process_died_is_interrupted(store):
    run = store.run("demo", "degree-s42-0")
    run.folder.mkdir(parents=True)
    write_json(run.folder / "status.json", {"state": "running"})
    assert run.status["state"] == "interrupted"
    with run.lock():
        assert run.status["state"] == "running"
