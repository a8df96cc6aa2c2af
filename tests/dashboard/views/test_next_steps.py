"""The next step that every page offers: to the first run, to another page, along the tour."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from core.config import SplitRequest, TrainRequest
from core.jobs.training_queue import Queue
from core.pipeline.preparation import prepare
from core.runs.store import Store
from dashboard import pages
from tests.dashboard.conftest import is_well, texts
from tests.shops import trained

# Jobs are queued and nothing is trained.
pytestmark = pytest.mark.usefixtures("no_worker")


def test_a_fresh_install_trains_the_demo_by_one_button(artifacts, open_page):
    root = artifacts("fresh")
    app = open_page(root, "overview")
    app.button(key="train-demo").click().run()
    jobs = Queue(Store(root)).jobs()
    assert [job.request.dataset for job in jobs] == ["demo"] * len(jobs)
    assert {"three-hop", "skipgram"} <= {job.request.model for job in jobs}
    assert is_well(app)


@pytest.mark.parametrize("view", ["data", "compare", "neighbours", "map"])
def test_pages_that_need_data_train_the_demo_by_one_button(view, artifacts, open_page):
    root = artifacts("fresh")
    app = open_page(root, view)
    assert "No data yet" in "".join(str(info.proto) for info in app.info)
    app.button(key="train-demo").click().run()
    assert is_well(app) and app.title[0].value == "Train"
    assert {job.request.dataset for job in Queue(Store(root)).jobs()} == {"demo"}


@pytest.mark.parametrize("view", ["overview", "data", "compare", "neighbours", "map"])
def test_nothing_is_queued_twice_while_the_first_run_trains(view, artifacts, open_page):
    root = artifacts("fresh")
    Queue(Store(root)).add(TrainRequest(dataset="demo", model="degree"))
    app = open_page(root, view)
    assert is_well(app) and "1 run is training or waiting" in texts(app)
    assert "train-demo" not in {button.key for button in app.button}


@pytest.mark.parametrize("query", [{}, {"presenter": "true"}])
@pytest.mark.parametrize("view", ["compare", "neighbours", "map"])
def test_pages_that_need_runs_lead_to_training(view, query, artifacts, open_page):
    """Streamlit refuses to leave a page while the link holds what a control is bound to."""
    app = open_page(artifacts("prepared"), view, **query)
    app.button(key="go-train").click().run()
    assert is_well(app) and app.title[0].value == "Train"
    assert app.toggle(key="presenter").value is bool(query)


def test_the_demo_starts_a_tour_that_waits_for_the_first_run(artifacts, open_page):
    app = open_page(artifacts("fresh"), "overview")
    app.button(key="train-demo").click().run()
    assert app.toggle(key="tour").value and app.button(key="tour-next").disabled


def test_the_tour_leads_through_the_pages(artifacts, open_page):
    root, views = artifacts("many"), [page.name for page in pages.tour()]
    for view, after in itertools.pairwise(views):
        app = open_page(root, view, tour="true")
        app.button(key="tour-next").click().run()
        assert is_well(app) and app.title[0].value == pages.page(after).title
    app = open_page(root, views[-1], tour="true")
    assert "tour-next" not in {button.key for button in app.button}
    app.button(key="tour-end").click().run()
    assert "tour-end" not in {button.key for button in app.button} and is_well(app)


def press(app, key: str):
    """Press the button of that key."""
    return app.button(key=key).click().run()


def test_compare_without_a_run_chosen_offers_all_of_them(artifacts, open_page):
    app = open_page(artifacts("many"), "compare", runs=",")
    assert app.multiselect(key="runs").value == []
    press(app, "choose-runs")
    assert len(app.multiselect(key="runs").value) == 4 and is_well(app)


def test_neighbours_without_a_model_chosen_offers_some(artifacts, open_page):
    app = open_page(artifacts("many"), "neighbours", models=",")
    press(app, "choose-models")
    assert len(app.multiselect(key="models").value) == 3 and is_well(app)


def test_a_comparison_without_a_second_model_offers_to_train_one(artifacts, open_page):
    app = press(open_page(artifacts("one"), "compare"), "go-train")
    assert app.multiselect(key="train-models-ours").value == ["skipgram"] and is_well(app)


def test_without_a_learning_curve_the_runs_that_have_one_are_offered(artifacts, open_page):
    root = artifacts("many")
    runs = {run.config.model: run.id for run in Store(root).runs("shop")}
    app = open_page(root, "compare", part="learning", runs=runs["degree"])
    press(app, "choose-runs")
    assert app.get("plotly_chart") and runs["degree"] not in app.multiselect(key="runs").value


def test_without_a_learning_model_one_is_offered_for_training(artifacts, open_page):
    app = press(open_page(artifacts("one"), "compare", part="learning"), "go-train")
    assert app.multiselect(key="train-models-ours").value == ["skipgram"] and is_well(app)


def test_without_different_settings_a_button_shows_all(artifacts, open_page):
    root = artifacts("many")
    run = next(run.id for run in Store(root).runs("shop") if run.config.model == "degree")
    other = next(run.id for run in Store(root).runs("shop") if run.config.model == "three-hop")
    app = open_page(root, "compare", part="settings", runs=f"{run},{other}")
    assert not app.dataframe
    press(app, "all-settings")
    assert app.dataframe and not app.toggle(key="diff").value and is_well(app)


@pytest.mark.parametrize(("view", "key"), [("neighbours", "item"), ("data", "product")])
def test_a_search_without_results_can_be_cleared(view, key, artifacts, open_page):
    app = open_page(artifacts("many"), view)
    app.text_input(key=f"{key}-query").set_value("zzz nothing").run()
    press(app, f"{key}-query-clear")
    assert app.text_input(key=f"{key}-query").value == "" and is_well(app)


def test_a_missing_product_is_left_out(artifacts, open_page):
    app = press(open_page(artifacts("many"), "neighbours", item="nothing"), "item-forget")
    assert not app.warning and app.session_state["item"] == "" and is_well(app)


@pytest.fixture
def lonely(artifacts):
    """Artifacts with a product that is in no pair; its id is the second."""
    root = artifacts("one")
    folder = root / "shop/prepared/random"
    pairs = pd.read_parquet(folder / "pairs.parquet")
    pairs[(pairs["u"] != 3) & (pairs["v"] != 3)].to_parquet(folder / "pairs.parquet")
    return root


@pytest.mark.parametrize("look", ["relations", "network", "walk", "examples"])
def test_a_product_without_relations_leads_to_one_with_relations(look, lonely, open_page):
    app = open_page(lonely, "data", product="P003", look=look)
    press(app, "product-another")
    assert app.session_state["product"] != "P003" and is_well(app)
    assert "product-another" not in {button.key for button in app.button}


@pytest.mark.parametrize("near", ["together", "why"])
def test_a_product_unknown_to_all_models_leads_to_a_known_one(near, lonely, open_page):
    app = open_page(lonely, "neighbours", item="P003", near=near)
    press(app, "item-another")
    assert app.session_state["item"] != "P003" and is_well(app)
    assert "item-another" not in {button.key for button in app.button}


def test_a_new_product_can_be_tried_with_an_example(artifacts, open_page):
    app = open_page(artifacts("cold"), "neighbours", near="new")
    press(app, "cold-example")
    assert app.text_input(key="cold-title").value.startswith("Gadget") and app.dataframe
    assert is_well(app)


def test_a_button_leads_to_the_runs_of_another_split(artifacts, open_page):
    root = artifacts("one")
    store = Store(root)
    prepare(store, SplitRequest(dataset="shop", split="cold"))
    trained(store, "degree", split="cold")
    app = open_page(root, "compare")
    assert "has 1 more finished run, evaluated on other pairs" in app.info[0].value
    press(app, "other-split")
    assert app.selectbox(key="split").value == "cold" and is_well(app)
    assert set(app.dataframe[0].value["Model"]) == {"Degree"}
