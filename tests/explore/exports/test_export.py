"""Every export is read back by the tool that it is for; a failed one leaves no file."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest

import core
from core.config import UserError
from core.explore.exports.export import export
from core.explore.exports.export_options import (
    ExportOptions,
    ExportRules,
    export_options,
    option_arguments,
)
from core.explore.exports.registry import FORMATS
from core.explore.neighbours import neighbour_table
from core.runs.load_run import load_model
from core.runs.run_folder import Run
from tests.shops import trained


@pytest.fixture(scope="module")
def paths(store) -> Run:
    return trained(store, "three-hop")


def read_rows(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_json(path, lines=True)


@pytest.mark.parametrize("ending", FORMATS["neighbours"].endings)
def test_pandas_reads_the_neighbours_of_all_products(store, paths, tmp_path, ending):
    path = tmp_path / f"near{ending}"
    done = export(paths, "neighbours", path, ExportOptions(k=4, why=True))
    table = read_rows(path)
    assert done.files == (path,) and done.facts["rows"] == len(table)
    assert list(table) == ["id", "title", "rank", "neighbour", "neighbour_title", "score", "why"]
    model, split = load_model(store, paths)
    for product in (0, 77, 199):
        own = table[table["id"] == f"P{product:03d}"]
        shown = neighbour_table(model, split, product, 4)
        assert own["neighbour"].tolist() == shown["id"].tolist()
        assert own["neighbour_title"].tolist() == shown["title"].tolist()
        assert own["score"].to_numpy() == pytest.approx(shown["score"].to_numpy(), rel=1e-5)
        assert own["rank"].tolist() == [1, 2, 3, 4]
        known = [relation != "none" for relation in shown["relation"]]
        assert own["why"].str.contains("pair: linked").tolist() == known


def test_exports_follow_the_rules_of_a_shop(paths, tmp_path):
    gone = tmp_path / "gone.txt"
    gone.write_text('id,stock\nP001,0\n"P002"\nno-such-id\n')
    rules = ExportRules(leave_out=("known", "brand"), out_of_stock=gone)
    export(paths, "neighbours", tmp_path / "a.csv", ExportOptions(k=20, rules=rules, why=True))
    table = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert len(table) > 1000
    assert not table["neighbour"].isin(["P001", "P002"]).any()
    assert {"P001", "P002"} <= set(table["id"])
    assert not table["why"].str.contains("pair|brand").any()
    numbers = [table[name].str[1:].astype(int) % 7 for name in ("id", "neighbour")]
    assert (numbers[0] != numbers[1]).all()


def test_a_file_without_ids_of_the_shop_is_refused(paths, tmp_path):
    (tmp_path / "gone.txt").write_text("x\ny\n")
    rules = ExportRules(out_of_stock=tmp_path / "gone.txt")
    with pytest.raises(UserError, match="begins with the id of a product, such as 'P"):
        export(paths, "neighbours", tmp_path / "a.csv", ExportOptions(rules=rules))
    assert [path.name for path in tmp_path.iterdir()] == ["gone.txt"]


def test_every_program_reads_its_vectors(run, tmp_path):
    expected, ids = np.load(run.vectors_path), [f"P{i:03d}" for i in range(200)]

    def write(ending):
        return export(run, "vectors", tmp_path / f"v{ending}").files

    array, names = write(".npy")
    assert np.array_equal(np.load(array, allow_pickle=False), expected)
    assert names.name == "v.ids.txt" and names.read_text().split() == ids
    (path,) = write(".parquet")
    table = pd.read_parquet(path)
    assert table["id"].tolist() == ids
    assert np.array_equal(np.stack(table["vector"].tolist()), expected)
    from gensim.models import KeyedVectors

    read = KeyedVectors.load_word2vec_format(write(".txt")[0], binary=False)
    assert read.index_to_key == ids and np.allclose(read.vectors, expected, rtol=1e-4, atol=1e-6)
    from safetensors.numpy import load_file

    names.unlink()
    path, names = write(".safetensors")
    assert np.array_equal(load_file(path)["vectors"], expected)
    assert names.read_text().split() == ids
    with zipfile.ZipFile(write(".zip")[0]) as archive:
        numbers = np.loadtxt(archive.open("vectors.tsv"), delimiter="\t")
        about = pd.read_csv(archive.open("metadata.tsv"), sep="\t")
    assert np.allclose(numbers, expected, rtol=1e-4, atol=1e-6) and about["id"].tolist() == ids


def test_an_export_says_when_the_model_scores_with_more_than_its_vectors(store, run, tmp_path):
    biased = trained(store, "mf-bias", changes={"dim": 4, "epochs": 1})
    exported = export(biased, "vectors", tmp_path / "biased.npy")
    assert "biases or context vectors" in exported.facts["note"]
    assert "note" not in export(run, "vectors", tmp_path / "spectral.npy").facts


@pytest.mark.parametrize(
    ("form", "name", "reason"),
    [
        ("nope", "x.csv", "no format 'nope'. Formats: neighbours, vectors, index"),
        ("neighbours", "x.doc", "end it in .parquet"),
        ("neighbours", "there.csv", "--replace"),
        ("neighbours", "there.csv/x.csv", "cannot be made"),
        ("neighbours", "folder.csv", "is a folder"),
        ("vectors", "x.npy", "'three-hop' has no vectors"),
    ],
)
def test_an_impossible_export_is_refused_and_leaves_no_file(paths, tmp_path, form, name, reason):
    (tmp_path / "there.csv").write_text("mine")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match=reason):
        export(paths, form, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "there.csv"]
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_a_failed_export_keeps_the_previous_file(paths, tmp_path, monkeypatch):
    path = tmp_path / "near.csv"
    export(paths, "neighbours", path, ExportOptions(k=2))
    before = path.read_bytes()

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr("core.explore.exports.neighbours.rows_of", fail)
    with pytest.raises(OSError, match="full"):
        export(paths, "neighbours", path, ExportOptions(replace=True))
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"leave_out": ("price",)}, "'leave_out.0' of the export"),
        ({"k": 0}, "'k' of the export"),
        ({"price_from": 5.0, "price_to": 2.0}, "the lowest price, 5, is above the highest, 2"),
        ({"colour": "red"}, "'colour' of the export"),
    ],
)
def test_options_are_checked(values, reason):
    with pytest.raises(UserError, match=reason):
        export_options(**values)


def test_options_on_the_command_line_are_those_of_the_form(tmp_path):
    rules = ExportRules(leave_out=("known", "brand"), price_from=2.5, min_score=0.0)
    options = ExportOptions(k=7, why=False, rules=rules, products=("a b", "c"), replace=True)
    assert option_arguments(ExportOptions()) == []
    assert option_arguments(options) == [
        "--product", "a b", "--product", "c", "-k", "7", "--no-why", "--replace",
        "--leave-out", "known", "--leave-out", "brand", "--price-from", "2.5",
        "--min-score", "0.0",
    ]  # fmt: skip


def test_the_api_and_the_registry_name_the_same_formats():
    assert core.export is export and core.ExportRules is ExportRules
    for entry in FORMATS.values():
        assert callable(entry.write) and entry.endings
        assert set(entry.companions) <= set(entry.endings)
        assert set(entry.options) <= {*ExportOptions.model_fields}
