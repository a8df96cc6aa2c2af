"""What a presenter does: train, watch, reload, stop, compare, move the threshold, share a link."""

from __future__ import annotations

import re

import pytest

from core.experiments import EXPERIMENTS
from core.queue import Queue
from core.store import Store
from tests.browser.conftest import PATIENCE_MS

pytestmark = pytest.mark.browser
LONG = {"dim": 8, "epochs": 1000, "walks_per_product": 200, "points_per_epoch": 4}
VIEWS = {
    "overview": "Overview",
    "data": "Data and walks",
    "train": "Train",
    "compare": "Compare",
    "neighbours": "Neighbours",
    "map": "Map",
    "about": "About the method",
}


def settled(page) -> None:
    """Wait until the app has drawn everything."""
    page.wait_for_timeout(300)
    page.wait_for_selector("[data-testid=stStatusWidget]", state="detached")
    assert page.locator("[data-testid=stException]").count() == 0


@pytest.fixture(scope="module")
def trained(serve, shop, browser):
    """The address of an app on which three models were trained through the page."""
    address = serve(shop)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(f"{address}/train")
    page.get_by_role("button", name="Train 3 models").click()
    page.get_by_role("button", name="Stop and keep").wait_for()
    # A reload in the midst of it changes nothing.
    page.reload()
    page.wait_for_selector("h1")
    queue = Queue(Store(shop))
    for _ in range(1200):
        if {job.state for job in queue.jobs()} <= {"finished", "failed"}:
            break
        page.wait_for_timeout(200)
    assert [job.state for job in queue.jobs()] == ["finished"] * 3
    page.get_by_role("button", name="Stop and keep").wait_for(state="detached")
    context.close()
    return address


def test_a_fresh_install_offers_one_button(serve, visit, tmp_path):
    page = visit(serve(tmp_path))
    settled(page)
    page.get_by_role("button", name="Train the demo").wait_for()


def test_the_curve_grows_and_a_run_can_be_stopped(trained, shop, visit):
    queue = Queue(Store(shop))
    job = queue.add("shop", "skipgram", changes=LONG, pin=3)
    page = visit(f"{trained}/train")
    points = ".js-plotly-plot .scatterlayer .trace:first-child .point"
    page.wait_for_selector(points, state="attached")
    few = page.locator(points).count()
    page.wait_for_function(f"document.querySelectorAll('{points}').length > {few}")
    page.get_by_text("Neighbours of a pinned product as they improve").wait_for()
    page.get_by_role("button", name="Stop and clean up").click()
    # The button goes at once, the run when its last file is gone.
    for _ in range(PATIENCE_MS // 100):
        state = next(other for other in queue.jobs() if other.id == job.id).state
        if state != "running":
            break
        page.wait_for_timeout(100)
    assert state == "stopped"
    page.get_by_role("button", name="Stop and clean up").wait_for(state="detached")
    assert not job.run(Store(shop)).folder.exists()
    settled(page)


def test_the_threshold_moves_the_counts_and_the_link_keeps_it(trained, visit):
    page = visit(f"{trained}/compare?part=Threshold")
    settled(page)
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(6):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"threshold=53"))
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


def test_a_link_to_a_walk_shows_the_same_walk_elsewhere(trained, visit):
    first = visit(f"{trained}/data?look=Random+walk&walk=5&find=Gadget+42")
    settled(first)
    second = visit(first.url)
    settled(second)
    stops = [page.locator("[data-testid=stText]").all_inner_texts() for page in (first, second)]
    assert stops[0] == stops[1]
    assert "Gadget 42 of group 1" in stops[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1920, 1080)])
def test_every_page_is_drawn(trained, visit, scheme, size, tmp_path):
    page = visit(trained, color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name, title in VIEWS.items():
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
        settled(page)
        errors = page.locator("[data-testid=stAlertContentError]").all_inner_texts()
        assert errors == [], name
        page.screenshot(path=tmp_path / f"{name}-{scheme}-{size[0]}.png", full_page=True)


def test_every_model_can_be_chosen(trained, visit):
    page = visit(f"{trained}/train")
    settled(page)
    page.get_by_label("Models").click()
    page.keyboard.type("node2vec")
    page.get_by_role("option", name=EXPERIMENTS["node2vec"].title).wait_for()
