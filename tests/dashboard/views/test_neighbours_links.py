"""The Neighbours page: links, the search, and presenter mode."""

from __future__ import annotations

from core.runs.store import Store
from tests.dashboard.conftest import is_well, texts
from tests.dashboard.neighbours_page import matrix, tables


def test_the_url_reproduces_the_view(artifacts, open_page):
    root = artifacts("many")
    run = next(run.id for run in Store(root).runs("shop") if run.config.model == "three-hop")
    app = open_page(root, "neighbours", item="P011", near="why")
    assert "P011" in texts(app)
    assert app.session_state["item"] == "P011"
    app.multiselect(key="models").set_value([run]).run()
    app.segmented_control(key="near").set_value("together").run()
    assert list(tables(app)) == [run] and is_well(app)


def test_a_link_to_a_missing_product_is_reported(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours", item="<b>*nothing*")
    assert not app.exception
    assert "no product" in app.warning[0].value and "\\*nothing\\*" in app.warning[0].value


def test_a_found_product_can_be_chosen(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours")
    app.text_input(key="item-query").set_value("P019").run()
    found = [button for button in app.button if button.key.startswith("item-take-")]
    assert len(found) == 1
    found[0].click().run()
    assert app.session_state["item"] == "P019"
    assert app.text_input(key="item-query").value == ""
    app.text_input(key="item-query").set_value("zzz nothing").run()
    assert "No product matches" in texts(app)
    app.button(key="item-any").click().run()
    assert app.session_state["item"].startswith("P") and is_well(app)


def test_presenter_mode_has_the_switch_too(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours", presenter="true")
    assert app.toggle(key="hide-known").value and len(matrix(app)) >= 3 and is_well(app)


def test_a_presenters_search_closes_once_a_product_is_chosen(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours", presenter="true")
    app.text_input(key="item-query").set_value("P042").run()
    app.session_state["item-open"] = True
    app.button(key="item-take-42").click().run()
    assert is_well(app) and app.session_state["item-open"] is False
    assert app.query_params["item"] == "P042" and "Gadget 42" in texts(app)


def test_presenter_mode_keeps_what_the_link_sets(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours", presenter="true", truth="training", k="5")
    assert app.selectbox(key="truth").value == "training" and is_well(app)
    (table,) = tables(app).values()
    assert table["pair"].str.startswith("✓").all()


def test_filters_without_results_can_be_cleared(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours", brand="no such brand")
    assert not tables(app)
    next(button for button in app.button if button.label == "Clear filters").click().run()
    assert len(tables(app)) == 1 and "brand" not in app.query_params and is_well(app)


def test_the_link_holds_ids_and_not_labels(artifacts, open_page):
    root = artifacts("many")
    runs = [run.id for run in Store(root).runs("shop")][-2:]
    app = open_page(root, "neighbours")
    app.multiselect(key="models").set_value(runs).run()
    app.segmented_control(key="near").set_value("why").run()
    assert app.query_params["models"] == ",".join(runs)
    assert app.query_params["near"] == "why"
    again = open_page(root, "neighbours", models=",".join(runs), near="why", by="cosine")
    assert again.multiselect(key="models").value == runs
    assert again.segmented_control(key="by").value == "cosine" and is_well(again)


def test_a_link_with_unknown_ids_shows_the_default_page(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "neighbours", models="gone,<b>", near="nothing", truth="x", other="y")
    assert is_well(app) and len(matrix(app)) >= 3


def test_the_product_is_passed_to_the_next_page(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours", item="P011")
    app.switch_page("views/data.py").run()
    assert app.session_state["product"] == "P011" and is_well(app)
