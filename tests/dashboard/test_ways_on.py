"""The ways on: from nothing to the first run, from page to page, and the tour."""

from __future__ import annotations

import itertools

import pytest

from core.queue import Queue
from core.store import Store
from dashboard import tour
from tests.dashboard.test_pages import is_well, texts


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Jobs are queued and nothing is trained."""
    monkeypatch.setattr(Queue, "start_worker", lambda self: None)


def test_a_fresh_install_trains_the_demo_at_one_press(artifacts, open_page):
    root = artifacts("fresh")
    app = open_page(root, "overview")
    app.button(key="train-demo").click().run()
    jobs = Queue(Store(root)).jobs()
    assert [job.dataset for job in jobs] == ["demo"] * len(jobs)
    assert {"three-hop", "skipgram"} <= {job.model for job in jobs}
    assert is_well(app)


@pytest.mark.parametrize("view", ["data", "compare", "neighbours", "map"])
def test_pages_that_need_data_train_the_demo_at_one_press(view, artifacts, open_page):
    root = artifacts("fresh")
    app = open_page(root, view)
    assert "There is no data yet" in "".join(str(info.proto) for info in app.info)
    app.button(key="train-demo").click().run()
    assert is_well(app) and app.title[0].value == "Train"
    assert {job.dataset for job in Queue(Store(root)).jobs()} == {"demo"}


@pytest.mark.parametrize("view", ["overview", "data", "compare", "neighbours", "map"])
def test_nothing_is_begun_twice_while_the_first_run_is_under_way(view, artifacts, open_page):
    root = artifacts("fresh")
    Queue(Store(root)).add("demo", "degree")
    app = open_page(root, view)
    assert is_well(app) and "1 run is in training or waits" in texts(app)
    assert "train-demo" not in {button.key for button in app.button}


@pytest.mark.parametrize("query", [{}, {"presenter": "true"}])
@pytest.mark.parametrize("view", ["compare", "neighbours", "map"])
def test_pages_that_need_runs_lead_to_training(view, query, artifacts, open_page):
    """Streamlit refuses to leave a page while the link holds what a control is bound to."""
    app = open_page(artifacts("prepared"), view, **query)
    app.button(key="go-train").click().run()
    assert is_well(app) and app.title[0].value == "Train"
    assert app.toggle(key="presenter").value is bool(query)


def test_the_demo_begins_a_tour_that_waits_for_its_first_run(artifacts, open_page):
    app = open_page(artifacts("fresh"), "overview")
    app.button(key="train-demo").click().run()
    assert app.toggle(key="tour").value and app.button(key="tour-next").disabled


def test_the_tour_leads_through_the_pages(artifacts, open_page):
    root, views = artifacts("many"), list(tour.STEPS)
    for view, after in itertools.pairwise(views):
        app = open_page(root, view, tour="true")
        app.button(key="tour-next").click().run()
        assert is_well(app) and app.title[0].value == tour.STEPS[after][0]
    app = open_page(root, views[-1], tour="true")
    assert "tour-next" not in {button.key for button in app.button}
    app.button(key="tour-end").click().run()
    assert "tour-end" not in {button.key for button in app.button} and is_well(app)
