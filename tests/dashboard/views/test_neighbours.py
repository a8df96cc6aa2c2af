"""The Neighbours page in each of its states."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.explore.example_product import example_product
from core.explore.neighbours import neighbour_table
from core.explore.true_pairs import HELD_OUT
from core.runs.load_run import load_model
from core.runs.store import Store
from dashboard.parts import figures_and_tables
from dashboard.parts.neighbour_tables import WIDTHS
from tests.dashboard.conftest import is_well, texts
from tests.dashboard.neighbours_page import matrix, tables


@pytest.mark.parametrize("state", ["fresh", "prepared", "one", "many"])
def test_it_opens_in_every_state(state, artifacts, open_page):
    app = open_page(artifacts(state), "neighbours")
    assert is_well(app)
    assert state in ("one", "many") or {"go-train"} <= {button.key for button in app.button}


@pytest.fixture
def open_tables(open_page):
    """Open the tables with known pairs among them, as links made before there was a switch."""

    def run(root, **query):
        query = {"near": "together", "hide-known": "false", **query}
        return open_page(root, "neighbours", **query)

    return run


def test_the_tables_are_the_models_neighbours(artifacts, open_tables):
    root = artifacts("many")
    store = Store(root)
    shown = tables(open_tables(root, item="P007", k="12"))
    assert len(shown) >= 3
    for run_id, table in shown.items():
        run = store.run("shop", run_id)
        model, split = load_model(store, run)
        product = int(split.catalogue.index_of["P007"])
        expected = neighbour_table(model, split, product, 12)
        assert table["id"].tolist() == expected["id"].tolist()
        hits = table["pair"].str.contains("★").to_numpy()
        assert hits.tolist() == (expected["relation"] == HELD_OUT).tolist()


def test_known_pairs_are_hidden_until_the_switch_is_turned(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "neighbours", item="P007", k="30", near="together")
    assert app.toggle(key="hide-known").value
    hidden = tables(app)
    assert len(hidden) >= 3 and all("✓" not in " ".join(t["pair"]) for t in hidden.values())
    app.toggle(key="hide-known").set_value(False).run()
    assert any("✓" in " ".join(table["pair"]) for table in tables(app).values())
    assert app.query_params["hide-known"] == "false" and is_well(app)
    # The switch was a filter in earlier versions.
    old = open_page(root, "neighbours", item="P007", k="30", near="together", truth="new")
    assert all(hidden[run].equals(table) for run, table in tables(old).items()) and is_well(old)


def test_a_filter_by_relation_overrules_the_switch(artifacts, open_tables):
    app = open_tables(artifacts("many"), item="P007", **{"hide-known": "true"})
    app.selectbox(key="truth").set_value("training").run()
    assert all(table["pair"].str.startswith("✓").all() for table in tables(app).values())
    assert app.toggle(key="hide-known").disabled and len(tables(app)) >= 3
    app.text_input(key="brand").set_value("no such brand").run()
    assert tables(app) == {} and len(app.info) >= 3 and is_well(app)


def test_the_matrix_lists_what_the_tables_list(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "neighbours", item="P007", k="12")
    columns = matrix(app)
    shown = tables(open_page(root, "neighbours", item="P007", k="12", near="together"))
    assert len(columns) == len(shown) >= 3 and is_well(app)
    for column, table in zip(columns, shown.values()):
        assert [cell["id"] for cell in column["cells"]] == table["id"].tolist()
        hits = table["pair"].str.startswith("★")
        assert [cell["hit"] for cell in column["cells"]] == hits.tolist()
        assert column["note"].startswith(f"{hits.sum()} hit")
    shared = set.intersection(*(set(table["id"]) for table in shown.values()))
    bold = {cell["id"] for column in columns for cell in column["cells"] if cell["shared"]}
    assert bold == shared


def test_a_basket_is_filled_and_shared(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "neighbours", item="P007", near="basket")
    assert "up to five products" in texts(app)
    app.button(key="basket-add").click().run()
    app.session_state["item"] = "P011"
    app.run()
    app.button(key="basket-add").click().run()
    assert app.query_params["basket"] == "P007,P011"
    columns = matrix(app)
    assert len(columns) >= 3 and is_well(app)
    for column in columns:
        ids = {cell["id"] for cell in column["cells"]}
        assert ids and not ids & {"P007", "P011"}
        assert all(cell["sign"] != "✓" for cell in column["cells"])
    again = open_page(root, "neighbours", near="basket", basket="P007,gone,P011")
    assert matrix(again) == columns and "gone" in again.warning[0].value
    again.button(key="basket-remove-P011").click().run()
    assert again.query_params["basket"] == "P007" and is_well(again)
    again.toggle(key="hide-known").set_value(False).run()
    cells = [cell for column in matrix(again) for cell in column["cells"]]
    assert any(cell["sign"] == "✓" for cell in cells) and is_well(again)


def test_products_without_titles_show_their_ids(artifacts, open_page):
    root = artifacts("many")
    path = next(root.glob("shop/prepared/*/products.parquet"))
    products = pd.read_parquet(path)
    products["title"] = ""
    products.to_parquet(path)
    app = open_page(root, "neighbours", item="P007")
    cells = [cell for column in matrix(app) for cell in column["cells"]]
    assert cells and all(cell["text"] == cell["id"] for cell in cells)
    assert "**P007**" in texts(app) and is_well(app)


def test_two_tables_fit_side_by_side_on_a_1440_pixel_screen():
    """What a table of 558 pixels cannot hold is cut off; images are the exception."""
    assert sum(WIDTHS.values()) - WIDTHS["image"] <= 558
    # Only in rows higher than four times the type's size does Streamlit break lines.
    assert figures_and_tables.row_height(1) > 4 * 16


def test_a_stopped_run_does_not_replace_a_finished_one(artifacts, open_page):
    root = artifacts("many")
    kept, other = [run for run in Store(root).runs("shop") if run.config.model == "skipgram"][::-1]
    (kept.folder / "metrics.json").unlink()
    status = {**kept.status, "state": "stopped", "kept": {"epoch": 1, "scoring": "dot"}}
    (kept.folder / "status.json").write_text(json.dumps(status))
    chosen = open_page(root, "neighbours").multiselect(key="models").value
    assert other.id in chosen and kept.id not in chosen


def test_why_shows_a_path_between_two_products(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours", item="P007", near="why")
    assert "step" in texts(app) and "In common" in texts(app)
    # Path scores, degree, and vectors, which have no parts.
    for said in ("shares of the score", "logarithm", "no parts to show"):
        assert said in texts(app)
    app.button(key="go-other").click().run()
    assert app.session_state["item"] != "P007" and is_well(app)


@pytest.mark.parametrize("near", ["together", "why", "differ", "new"])
def test_a_model_without_vectors_lists_neighbours_too(near, artifacts, open_tables):
    root = artifacts("stack")
    app = open_tables(root, item="P007", near=near)
    assert is_well(app)
    if near == "together":
        (run,) = (run for run in Store(root).runs("shop") if run.config.model == "stack")
        model, split = load_model(Store(root), run)
        expected = neighbour_table(model, split, int(split.catalogue.index_of["P007"]), 10)
        assert tables(app)[run.id]["id"].tolist() == expected["id"].tolist()


def test_the_default_product_is_well_known_and_leaves_room_for_hits(artifacts):
    split = Store(artifacts("prepared")).load_split("shop", "random")
    chosen = example_product(split)
    pairs, training = split.known.degree, split.graph.degree
    assert pairs[chosen] > np.median(pairs) and 5 <= training[chosen] < 10
    held_out = pairs - training
    assert held_out[chosen] == held_out[(training >= 5) & (training < 10)].max()
    # A product without a title is hard to recognise.
    split.catalogue.frame.loc[chosen, "title"] = ""
    other = example_product(split)
    assert other != chosen and held_out[other] > 0


def test_disagreement_states_its_sample(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "neighbours", near="differ")
    assert "products of the evaluation" in texts(app) and is_well(app)
    assert app.dataframe(key="differ").value["Jaccard@k"].is_monotonic_increasing
    # Lists longer than the saved ones are compared on a sample.
    app = open_page(root, "neighbours", near="differ", k="12")
    assert "drawn at random (seed 42)" in texts(app)
    assert app.dataframe(key="differ").value["Jaccard@k"].is_monotonic_increasing and is_well(app)


def test_a_slow_comparison_pauses_and_continues_on_request(artifacts, open_page, monkeypatch):
    root = artifacts("many")
    for run in Store(root).runs("shop"):
        (run.folder / "lists.parquet").unlink()
    monkeypatch.setattr("dashboard.parts.disagreements.SECONDS", 0)
    app = open_page(root, "neighbours", near="differ")
    assert "10 products drawn" in texts(app)
    app.run()
    assert "10 products drawn" in texts(app)
    monkeypatch.setattr("dashboard.parts.disagreements.SECONDS", 60)
    app.button(key="compare-more").click().run()
    assert "compare-more" not in {button.key for button in app.button} and is_well(app)
    assert "10 products drawn" not in texts(app)


def test_disagreement_needs_two_models(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours", near="differ")
    assert {"go-train"} <= {button.key for button in app.button} and is_well(app)


def test_the_similarity_can_be_chosen(artifacts, open_tables):
    root = artifacts("many")
    store = Store(root)
    run = next(run for run in store.runs("shop") if run.config.model == "skipgram")
    app = open_tables(root, item="P007", models=run.id)
    for scoring in ("cosine", "in-out"):
        app.segmented_control(key="by").set_value(scoring).run()
        model, split = load_model(store, run)
        model.scoring = scoring
        expected = neighbour_table(model, split, int(split.catalogue.index_of["P007"]), 10)
        assert tables(app)[run.id]["id"].tolist() == expected["id"].tolist()
        assert f"by {scoring.replace('-', chr(92) + '-')}" in texts(app) and is_well(app)


def test_a_stopped_run_that_was_kept_lists_neighbours(artifacts, open_page):
    root = artifacts("many")
    store = Store(root)
    run = next(run for run in store.runs("shop") if run.config.model == "skipgram")
    scoring = run.metrics["scoring"]
    (run.folder / "metrics.json").unlink()
    kept = {"phase": "final", "epoch": 1, "scoring": scoring}
    status = {**run.status, "state": "stopped", "kept": kept}
    (run.folder / "status.json").write_text(json.dumps(status))
    app = open_page(root, "neighbours", item="P007", models=run.id)
    assert is_well(app) and list(tables(app)) == [run.id]
    assert "stopped after epoch 1" in texts(app)
    assert run.id not in str(open_page(root, "compare").multiselect(key="runs").value)


def test_one_shared_neighbour_is_counted_in_the_singular():
    def script():
        import pandas as pd

        from dashboard.parts.neighbour_tables import NeighbourTables, agreement

        tables = {run: pd.DataFrame({"product": [0, other]}) for run, other in (("a", 1), ("b", 2))}
        agreement(NeighbourTables([], tables), {"a": "A", "b": "B"})

    app = AppTest.from_function(script).run()
    assert is_well(app)
    assert "1 product is listed by all" in app.caption[0].value
