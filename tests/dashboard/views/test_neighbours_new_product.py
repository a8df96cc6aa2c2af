"""The Neighbours page: a product that is not in the catalogue."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.runs.load_run import load_model
from core.runs.store import Store
from dashboard import page_frame
from tests.dashboard.conftest import is_well, texts
from tests.dashboard.neighbours_page import tables


def test_a_new_product_needs_a_model_with_side_information(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours", near="new")
    assert {"go-train"} <= {button.key for button in app.button} and is_well(app)


def test_a_new_product_is_placed_by_its_fields(artifacts, open_page):
    root = artifacts("cold")
    app = open_page(root, "neighbours", near="new")
    assert "Enter at least a title" in texts(app) and is_well(app)
    app.text_input(key="cold-title").set_value("Gadget 999 of group 3")
    assert {"Brand 3", "Brand 6"} <= set(app.selectbox(key="cold-brand").options)
    app.selectbox(key="cold-brand").set_value("Brand 3")
    app.button[-1].click().run()
    assert is_well(app)
    shown = next(table.value for table in app.dataframe if "product" in table.value)
    store = Store(root)
    run = next(run for run in store.runs("shop") if "side-info" in run.id)
    model, split = load_model(store, run)
    vector = model.vector_of_new(title="Gadget 999 of group 3", brand="Brand 3")
    unit = model.vectors / np.maximum(np.linalg.norm(model.vectors, axis=1, keepdims=True), 1e-9)
    cosine = unit @ (vector / np.linalg.norm(vector))
    cosine[~split.seen] = -2
    assert shown["score"].to_numpy() == pytest.approx(np.sort(cosine)[::-1][:10], abs=1e-5)
    # A link reproduces the view.
    again = open_page(
        root,
        "neighbours",
        near="new",
        **{"cold-title": "Gadget 999 of group 3", "cold-brand": "Brand 3"},
    )
    assert any(shown.equals(table.value) for table in again.dataframe) and is_well(again)


def test_missing_facts_of_a_new_product_are_stated(artifacts, open_page):
    root = artifacts("cold")
    app = open_page(root, "neighbours", near="new", **{"cold-brand": "Qqqq"})
    assert app.warning[0].value == page_frame.plain("Not known: Qqqq.") and is_well(app)
    assert "knows none of these" in texts(app) and not app.dataframe
    link = {"cold-brand": "Qqqq", "cold-title": "Gadget Oatly"}
    app = open_page(root, "neighbours", near="new", **link)
    assert app.warning[0].value == page_frame.plain("Not known: oatly, Qqqq.") and is_well(app)
    assert app.dataframe and "cold-brand" in app.query_params


def test_a_run_of_another_version_says_so_and_does_not_affect_others(artifacts, open_page):
    root = artifacts("cold")
    store = Store(root)
    (run,) = [run for run in store.runs("shop") if run.config.model == "three-hop"]
    config = json.loads((run.folder / "config.json").read_text())
    config["settings"]["gone"] = 1
    (run.folder / "config.json").write_text(json.dumps(config))
    app = open_page(root, "neighbours", near="new", **{"cold-brand": "Brand 1"})
    assert is_well(app) and app.selectbox(key="cold-model").value
    app = open_page(root, "neighbours", near="together")
    assert is_well(app) and len(tables(app)) == 1
    assert "made by another version" in texts(app)
    assert "go-train" in {button.key for button in app.button}
