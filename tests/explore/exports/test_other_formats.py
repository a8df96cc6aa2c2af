"""The index, the map, the report, the configuration and new products, read back."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from core.config import UserError
from core.explore.exports.export import export
from core.explore.exports.export_options import ExportOptions, ExportRules
from core.explore.exports.run_config import check_same_data, read_config, request_of
from core.explore.nearest_vectors import nearest
from core.explore.new_product import NewProduct, cold_neighbours
from core.pipeline.train_run import plan
from core.runs.load_run import load_model
from core.runs.run_folder import Run
from tests.maps import lay_out
from tests.shops import trained


@pytest.fixture(scope="module")
def placing(store) -> Run:
    changes = {"dim": 8, "epochs": 2, "points_per_epoch": 1, "rare": 1, "text_dim": 8}
    return trained(store, "eges", changes=changes)


def test_usearch_reads_the_index_and_has_the_stated_recall(run, tmp_path):
    from usearch.index import Index

    path = tmp_path / "shop.usearch"
    done = export(run, "index", path)
    names = done.files[1].read_text().split()
    index, vectors = Index.restore(path), np.load(run.vectors_path)
    assert len(index) == len(names) == 200
    exact = nearest(vectors, 10)[0]
    found = index.search(vectors, 11).keys.astype(int)
    pairs = enumerate(zip(found, exact))
    hits = [len(set(near[near != row][:10]) & set(true)) for row, (near, true) in pairs]
    recall = np.mean(hits) / 10
    assert recall > 0.9 and done.facts["recall_at_10"] == pytest.approx(recall, abs=1e-4)
    assert done.facts["queries_per_second"] > 0 and done.facts["measured_on"] == 200
    assert names[int(found[7][0])] == "P007"


def test_a_map_is_exported_as_a_page_and_as_a_table(store, tmp_path):
    run = trained(store, "spectral", changes={"dim": 9})
    with pytest.raises(UserError, match=f"core map shop --run {run.id}"):
        export(run, "map", tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []
    lay_out(run)
    export(run, "map", tmp_path / "map.html")
    page = (tmp_path / "map.html").read_text()
    assert "Gadget 7 of group 0" in page and 'src="http' not in page
    export(run, "map", tmp_path / "map.csv")
    table = pd.read_csv(tmp_path / "map.csv")
    assert table["id"].tolist() == [f"P{i:03d}" for i in range(200)]
    assert table["x"].to_numpy() == pytest.approx(np.load(run.vectors_path)[:, 0], abs=1e-6)


def test_models_without_vectors_have_no_index_and_no_map(store, tmp_path):
    run = trained(store, "three-hop")
    for form, name in (("index", "x.usearch"), ("map", "x.html")):
        with pytest.raises(UserError, match="'three-hop' has no vectors"):
            export(run, form, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_report_holds_everything_in_one_file(store, run, tmp_path):
    trained(store, "three-hop")
    for mapped in (run, trained(store, "spectral", changes={"dim": 9})):
        lay_out(mapped)
    options = ExportOptions(products=("P003", "gadget 77"), k=4)
    done = export(run, "report", tmp_path / "report.html", options)
    page = (tmp_path / "report.html").read_text()
    assert done.facts["maps"] == 2 and done.facts["products"] == 2
    assert 'src="http' not in page and "Three-hop" in page and "Spectral" in page
    assert re.search(r"0\.\d{4}<small>0\.\d{4} – [01]\.\d{4}</small>", page)
    assert "<h3>Gadget 3 of group 0</h3>" in page and "<h3>Gadget 77 of group 3</h3>" in page
    assert "&quot;dim&quot;: 16" in page and "the split and the seed" in page
    with pytest.raises(UserError, match="No product matches 'zzzz'"):
        export(run, "report", tmp_path / "other.html", ExportOptions(products=("zzzz",)))


def test_a_configuration_gives_the_same_run_again(store, run, tmp_path):
    path = tmp_path / "run.json"
    export(run, "config", path)
    config = read_config(path)
    assert plan(store, request_of(config)).run_id == run.id
    assert request_of(config, "other").dataset == "other"
    check_same_data(store, config, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "data": "another"}))
    with pytest.raises(UserError, match=f"core train shop --config {path}"):
        check_same_data(store, read_config(path), path)
    for text, reason in (("[1]", "not the configuration"), ('{"a": 1}', "not the configuration")):
        path.write_text(text)
        with pytest.raises(UserError, match=reason):
            read_config(path)
    with pytest.raises(UserError, match="There is no file"):
        read_config(tmp_path / "none.json")


@pytest.fixture
def new_products(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(
        "id,title,brand\nN1,Gadget 999 of group 3,Brand 3\nN2,,\nN3,,Brand 5\nN4,zzz,nobody\n"
    )
    return path


def test_new_products_get_neighbours_by_their_fields(store, placing, new_products, tmp_path):
    path = tmp_path / "near.csv"
    done = export(placing, "new-products", path, ExportOptions(file=new_products, k=5))
    table = pd.read_csv(path, keep_default_na=False)
    assert done.facts["products"] == 2 and done.facts["without_neighbours"] == 2
    model, split = load_model(store, placing)
    for name, product in {
        "N1": NewProduct("Gadget 999 of group 3", "Brand 3"),
        "N3": NewProduct(brand="Brand 5"),
    }.items():
        own = table[table["id"] == name]
        shown = cold_neighbours(model, split, product, 5)
        assert own["neighbour"].tolist() == shown["id"].tolist()
        assert own["score"].to_numpy() == pytest.approx(shown["score"].to_numpy(), abs=1e-5)
    assert set(table.loc[table["id"] == "N3", "decided_by"]) == {"same brand: Brand 5"}
    rules = ExportRules(leave_out=("brand",))
    export(
        placing, "new-products", tmp_path / "b.csv", ExportOptions(file=new_products, rules=rules)
    )
    other = pd.read_csv(tmp_path / "b.csv", keep_default_na=False)
    numbers = other["neighbour"].str[1:].astype(int)
    assert (numbers[other["id"] == "N3"] % 7 != 5).all()


def test_new_products_need_a_model_and_a_file(run, placing, new_products, tmp_path):
    for chosen, options, reason in (
        (run, ExportOptions(file=new_products), "'spectral' cannot place new products"),
        (placing, ExportOptions(), "--file products.csv"),
        (placing, ExportOptions(file=tmp_path / "none.csv"), "There is no file"),
    ):
        with pytest.raises(UserError, match=reason):
            export(chosen, "new-products", tmp_path / "near.csv", options)
    assert not (tmp_path / "near.csv").exists()
