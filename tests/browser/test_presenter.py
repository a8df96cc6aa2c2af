"""What a presenter does, from a fresh install: read, train, watch, reload, stop, compare, share."""

from __future__ import annotations

import re

import pytest

from core.config import TrainRequest
from core.jobs.training_queue import Queue
from core.models.registry import MODELS
from core.runs.store import Store
from dashboard.pages import PAGES
from tests.browser.conftest import PATIENCE_MS, settled, until
from tests.shops import write_edge_list

pytestmark = pytest.mark.browser
LONG = {"dim": 8, "epochs": 1000, "walks_per_product": 200, "points_per_epoch": 4}
POINTS = ".js-plotly-plot .scatterlayer .trace:first-child .point"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The artifacts folder that begins empty and is filled through the pages."""
    return tmp_path_factory.mktemp("presenter") / "artifacts"


@pytest.fixture(scope="module")
def trained(servers, lab, browser, tmp_path_factory):
    """The address of an app on which data was read and three models trained, all by its pages."""
    edges, products = write_edge_list(tmp_path_factory.mktemp("files"))
    address = servers.start(lab)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page, sent = context.new_page(), []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto(address)
    page.get_by_role("button", name="Train the demo").wait_for()
    page.get_by_role("link", name="Train", exact=True).click()
    page.get_by_text("Your own data").click()
    page.get_by_role("textbox", name="Or a path on this machine").fill(str(edges))
    page.locator("input[type=file]").nth(1).set_input_files(products)
    # The upload reruns the app when it ends; a click on "Read file" before that would be lost.
    until(page, lambda: any(products.name in str(frame) for frame in sent))
    settled(page)
    page.get_by_role("textbox", name="Name of the data set").fill("shop")
    page.get_by_role("textbox", name="Name of the data set").press("Enter")
    settled(page)
    page.get_by_role("button", name="Read file", exact=True).click()
    page.get_by_text("shop has been read").wait_for()
    page.get_by_text("of them with metadata").wait_for()
    settled(page)
    page.get_by_role("button", name="Train 3 models").click()
    page.get_by_role("button", name="Stop and keep").wait_for()
    # A reload during training changes nothing.
    page.reload()
    page.wait_for_selector("h1")
    queue = Queue(Store(lab))
    until(page, lambda: {job.state for job in queue.jobs()} <= {"finished", "failed"})
    assert [job.state for job in queue.jobs()] == ["finished"] * 3
    page.get_by_role("button", name="Stop and keep").wait_for(state="detached")
    settled(page)
    context.close()
    return address


def state_of(job) -> str:
    return job.refresh().state


def test_the_curve_grows_and_a_run_can_be_stopped(trained, lab, visit):
    queue = Queue(Store(lab))
    job = queue.add(TrainRequest(dataset="shop", model="skipgram", changes=LONG), pin=3)
    page = visit(f"{trained}/train")
    page.wait_for_selector(POINTS, state="attached")
    few = page.locator(POINTS).count()
    page.wait_for_function(f"document.querySelectorAll('{POINTS}').length > {few}")
    page.get_by_text("Neighbours of a pinned product as they improve").wait_for()
    # It waited when the page was opened.
    page.get_by_label("Pin another product").wait_for(state="attached")
    page.get_by_role("button", name="Stop and discard").click()
    # The button disappears at once, the run with its last file.
    until(page, lambda: state_of(job) != "running")
    assert state_of(job) == "stopped"
    page.get_by_role("button", name="Stop and discard").wait_for(state="detached")
    assert not job.run().folder.exists()
    settled(page)


def test_a_run_outlives_the_app_and_can_be_kept_up_to_its_last_epoch(trained, servers, lab, visit):
    queue = Queue(Store(lab))
    job = queue.add(TrainRequest(dataset="shop", model="skipgram", seed=7, changes=LONG))
    first = servers.start(lab)
    page = visit(f"{first}/train")
    page.wait_for_selector(POINTS, state="attached")
    page.goto("about:blank")
    assert "python -m core queue --stop" in servers.stop(first)
    run = job.run()
    points = len(run.curve())
    until(page, lambda: len(run.curve()) > points + 4)
    assert state_of(job) == "running"
    # A new app, started while it trains, shows it and can stop it.
    page = visit(f"{trained}/train")
    page.wait_for_selector(POINTS, state="attached")
    page.get_by_role("button", name="Stop and keep").click()
    until(page, lambda: state_of(job) != "running")
    assert state_of(job) == "stopped"
    assert run.status["kept"]["epoch"] >= 1 and (run.folder / "model").is_dir()
    page.get_by_role("button", name="Stop and keep").wait_for(state="detached")
    settled(page)


def test_the_threshold_changes_the_counts_and_is_in_the_link(trained, visit):
    page = visit(f"{trained}/compare?part=threshold&find=scale")
    settled(page)
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"threshold=53"))
    settled(page)
    other = visit(page.url)
    settled(other)
    other.get_by_text("53 %", exact=True).wait_for()
    other.wait_for_selector(".js-plotly-plot")


def test_results_are_downloaded(trained, visit):
    page = visit(f"{trained}/compare")
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Results as CSV").click()
    with open(download.value.path()) as file:
        lines = file.read().splitlines()
    assert len(lines) == 4
    assert "auc_degree" in lines[0]


def test_the_results_table_does_not_scroll_sideways(trained, visit):
    page = visit(f"{trained}/compare")
    page.locator("[data-testid=stDataFrame] .dvn-scroller").first.wait_for()
    settled(page)
    wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stDataFrame] .dvn-scroller')]
            .map(table => table.scrollWidth - table.clientWidth)"""
    )
    assert wide and max(wide) <= 1


def test_a_link_to_a_walk_shows_the_same_walk_elsewhere(trained, visit):
    first = visit(f"{trained}/data?look=walk&walk=5&product=P042")
    settled(first)
    second = visit(first.url)
    settled(second)
    stops = [page.locator("[data-testid=stText]").all_inner_texts() for page in (first, second)]
    assert stops[0] == stops[1]
    assert "Gadget 42 of group 1" in stops[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_drawn(trained, visit, scheme, tmp_path):
    page = visit(trained, color_scheme=scheme)
    for name, title in ((view.name, view.title) for view in PAGES if not view.full_screen):
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
        for width, height in ((1440, 900), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            settled(page)
            errors = page.locator("[data-testid=stAlertContentError]").all_inner_texts()
            assert errors == [], name
            page.screenshot(path=tmp_path / f"{name}-{scheme}-{width}.png", full_page=True)


def test_the_arrow_keys_turn_the_story(trained, visit):
    page = visit(f"{trained}/story")
    settled(page)
    first = page.get_by_role("heading", level=1).inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("scene=2"))
    settled(page)
    assert page.get_by_role("heading", level=1).inner_text() != first
    page.keyboard.press("Escape")
    page.get_by_role("heading", name=PAGES[0].title, exact=True, level=1).wait_for()
    page.get_by_role("link", name="Story", exact=True).wait_for()


def test_every_model_can_be_chosen(trained, visit):
    page = visit(f"{trained}/train")
    settled(page)
    page.get_by_label("Models").click()
    page.keyboard.type("node2vec")
    page.get_by_role("option", name=MODELS["node2vec"].title).wait_for()
