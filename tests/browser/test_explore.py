"""Neighbours and Map as a presenter uses them: type, click, filter, lasso, share a link."""

from __future__ import annotations

import shutil

import pytest

from core.pipeline import plan, train
from core.store import Store
from tests.browser.test_presenter import settled
from tests.dashboard.test_map_page import lay_out

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(serve, shop, tmp_path_factory, browser):
    """The address of an app with two runs, the maps of the second laid out."""
    root = tmp_path_factory.mktemp("explore") / "artifacts"
    shutil.copytree(shop, root, ignore=shutil.ignore_patterns("runs", ".queue"))
    store = Store(root)
    train(store, plan(store, "shop", "three-hop"), workers=1)
    changes = {"dim": 8, "epochs": 2, "points_per_epoch": 2}
    lay_out(train(store, plan(store, "shop", "skipgram", changes=changes), workers=1))
    return serve(root)


def test_type_choose_and_share(lab, visit):
    page = visit(f"{lab}/neighbours")
    settled(page)
    page.get_by_label("Find a product").fill("P019")
    found = page.locator(".st-key-item-found button")
    found.first.wait_for()
    assert found.count() == 1
    found.first.click()
    page.wait_for_url("**item=P019**")
    # Two models and their agreement.
    page.locator("[data-testid=stDataFrame]").nth(2).wait_for()
    settled(page)
    # The link shows the same in a new session.
    other = visit(page.url)
    settled(other)
    assert other.get_by_role("textbox", name="Product id").input_value() == "P019"
    other.get_by_text("Why", exact=True).click()
    other.get_by_text("What both have in common").wait_for()
    settled(other)


def test_click_and_lasso_on_the_map(lab, visit):
    page = visit(f"{lab}/map")
    settled(page)
    page.locator(".js-plotly-plot .gl-container canvas").first.wait_for()
    # A point in the middle of the view, where plotly has drawn it.
    place = page.evaluate(
        """() => {
            const plot = document.querySelector('.js-plotly-plot');
            const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
            let best = null, least = Infinity;
            for (const trace of plot._fullData) for (let i = 0; i < trace.x.length; i++) {
                const x = xaxis._offset + xaxis.d2p(trace.x[i]);
                const y = yaxis._offset + yaxis.d2p(trace.y[i]);
                const away = Math.hypot(x - xaxis._offset - xaxis._length / 2,
                                        y - yaxis._offset - yaxis._length / 2);
                if (away < least) { least = away; best = [box.x + x, box.y + y]; }
            }
            return best;
        }"""
    )
    page.mouse.move(*place)
    page.wait_for_timeout(400)
    page.mouse.click(*place)
    page.wait_for_url("**at=P**")
    page.locator("[data-testid=stDataFrame]").first.wait_for()
    settled(page)
    plot = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    page.locator(".js-plotly-plot").hover()
    page.locator('.modebar-btn[data-title="Box Select"]').click()
    page.mouse.move(plot["x"] + 5, plot["y"] + 5)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] - 5, plot["y"] + plot["height"] - 5, steps=8)
    page.mouse.up()
    page.get_by_text("products selected").wait_for()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert download.value.path().read_text().startswith("id,title,brand")


def test_both_pages_in_the_dark_and_for_presenters(lab, visit):
    for view in ("neighbours", "map"):
        page = visit(f"{lab}/{view}?presenter=true", color_scheme="dark")
        settled(page)
        assert page.locator("[data-testid=stAlertContentError]").count() == 0
