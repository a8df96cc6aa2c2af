"""Neighbours and Map as a presenter uses them: type, click, colour, lasso, link, download."""

from __future__ import annotations

import math

import pytest

from core.explore.exports.export import export
from core.explore.exports.export_options import ExportOptions
from core.runs.store import Store
from dashboard.charts.map_charts import MARKED as MARKED_TRACE
from tests.browser.conftest import settled

pytestmark = pytest.mark.browser
# Where on the screen plotly has drawn the point closest to the middle of the first map.
MIDDLE = """() => {
    const plot = document.querySelector('.js-plotly-plot');
    const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
    let best = null, least = Infinity;
    const first = plot._fullData.filter(trace => trace.xaxis !== 'x2');
    for (const trace of first) for (let i = 0; i < trace.x.length; i++) {
        const x = xaxis._offset + xaxis.d2p(trace.x[i]);
        const y = yaxis._offset + yaxis.d2p(trace.y[i]);
        const away = Math.hypot(x - xaxis._offset - xaxis._length / 2,
                                y - yaxis._offset - yaxis._length / 2);
        if (away < least) { least = away; best = [box.x + x, box.y + y]; }
    }
    return best;
}"""
# There may be none while one chart replaces another.
GROUPS = """() => (document.querySelector('.js-plotly-plot')?._fullData ?? [])
    .map(trace => trace.name)"""
# Points that are marked on the second map.
MARKED = f"""() => (document.querySelector('.js-plotly-plot')?._fullData ?? [])
    .filter(trace => trace.name === '{MARKED_TRACE}' && trace.xaxis === 'x2')
    .reduce((n, trace) => n + trace.x.length, 0)"""
# Where on the screen the ring around the product under the pointer is, and its place on the other
# map.
TWIN = """() => {
    const plot = document.querySelector('.js-plotly-plot'), box = plot.getBoundingClientRect();
    const [hovered] = plot._hoverdata ?? [], ring = document.getElementById('twin');
    if (!hovered || !ring || ring.style.display !== 'block') return null;
    const {xaxis2, yaxis2} = plot._fullLayout;
    for (const trace of plot._fullData) if (trace.xaxis === 'x2' && trace.customdata) {
        const at = [...trace.customdata].map(Number).indexOf(Number(hovered.customdata));
        if (at >= 0) return [
            parseFloat(ring.style.left) - box.x - xaxis2._offset - xaxis2.d2p(trace.x[at]),
            parseFloat(ring.style.top) - box.y - yaxis2._offset - yaxis2.d2p(trace.y[at])];
    }
    return null;
}"""

TYPE_SIZE = "() => getComputedStyle(document.documentElement).fontSize"


@pytest.fixture(scope="module")
def lab(servers, shop_with_maps, browser):
    """The address of an app with three runs, two of which have a map."""
    return servers.start(shop_with_maps)


def lasso(page) -> None:
    """Draw a circle around nearly all of the first map with the lasso."""
    plot = page.locator(".js-plotly-plot").first
    plot.hover()
    plot.locator('.modebar-btn[data-title="Lasso Select"]').click()
    box = plot.locator(".nsewdrag").first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    reach = 0.48 * box["width"], 0.48 * box["height"]
    ring = [
        (middle[0] + reach[0] * math.cos(turn), middle[1] + reach[1] * math.sin(turn))
        for turn in [2 * math.pi * step / 24 for step in range(25)]
    ]
    page.mouse.move(*ring[0])
    page.mouse.down()
    for place in ring[1:]:
        page.mouse.move(*place, steps=2)
    page.mouse.up()
    page.get_by_text("products selected", exact=False).first.wait_for()
    settled(page)


def selected(page) -> int:
    """Return how many products the page says are selected."""
    heading = page.get_by_role("heading", name="products selected").inner_text()
    return int(heading.split()[0].replace(",", ""))


def test_type_choose_and_share(lab, visit):
    page = visit(f"{lab}/neighbours")
    settled(page)
    page.get_by_label("Find a product").fill("P019")
    found = page.locator(".st-key-item-found button")
    found.first.wait_for()
    settled(page)
    assert found.count() == 1
    found.first.click()
    page.wait_for_url("**item=P019**")
    # The focus is back in the field. Enter takes the first product, also before it is shown.
    field = page.get_by_label("Find a product")
    assert field.evaluate("field => field === document.activeElement")
    field.press_sequentially("P018")
    field.press("Enter")
    page.wait_for_url("**item=P018**")
    settled(page)
    field.press_sequentially("gadget group 3")
    page.locator(".st-key-item-found button").nth(3).wait_for()
    settled(page)
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.wait_for_function("() => !location.search.includes('item=P018')")
    settled(page)
    # A click in the matrix offers what can be done with a product.
    for action in ("Show its neighbours", "Why"):
        before = page.url
        page.locator(".matrix .cell").nth(1).click()
        page.locator(".actions").get_by_text(action).click()
        page.wait_for_function("before => location.href !== before", arg=before)
        settled(page)
    assert "near=why" in page.url and "other=P" in page.url
    field.fill("P019")
    field.press("Enter")
    page.wait_for_url("**item=P019**")
    settled(page)
    # The link shows the same in a new session.
    other = visit(page.url)
    settled(other)
    other.get_by_text("P019 ·").first.wait_for()
    other.get_by_text("In common", exact=True).wait_for()
    # The next page shows the product, and its link names it.
    other.get_by_role("link", name="Map", exact=True).click()
    other.wait_for_url("**at=P019**")
    settled(other)


def test_a_click_in_a_table_opens_the_explanation(lab, visit):
    page = visit(f"{lab}/neighbours?item=P019&near=together")
    settled(page)
    table = page.locator("[data-testid=stDataFrame]").first
    box = table.bounding_box()
    # The third row, in the column of the titles.
    page.mouse.click(box["x"] + 120, box["y"] + 38 + 2.5 * 66)
    settled(page)
    page.get_by_text("Why", exact=True).click()
    page.wait_for_url("**near=why**")
    page.wait_for_url("**other=P**")
    settled(page)


def test_the_map_can_be_coloured_and_clicked(lab, visit):
    page = visit(f"{lab}/map")
    page.locator(".js-plotly-plot .gl-container canvas").first.wait_for()
    settled(page)
    page.get_by_label("Colour").click()
    page.get_by_role("option", name="Brand").click()
    page.wait_for_url("**colour=brand**")
    page.wait_for_function(f"({GROUPS})().some(name => name.startsWith('Brand '))")
    settled(page)
    place = page.evaluate(MIDDLE)
    page.mouse.move(*place)
    page.locator(".hoverlayer .hovertext").first.wait_for()
    page.mouse.click(*place)
    page.wait_for_url("**at=P**")
    page.locator("[data-testid=stDataFrame]").first.wait_for()
    page.wait_for_function(f"({GROUPS})().includes('nearest by vector')")
    settled(page)


def test_lasso_and_download(lab, visit):
    page = visit(f"{lab}/map")
    page.locator(".js-plotly-plot .gl-container canvas").first.wait_for()
    settled(page)
    lasso(page)
    assert selected(page) > 50
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0].startswith("id,title,brand") and len(lines) == 1 + selected(page)


def test_a_selection_on_one_map_is_marked_on_the_other(lab, visit):
    page = visit(f"{lab}/map")
    settled(page)
    page.get_by_label("Second model").click()
    page.get_by_role("option", name="seed").first.click()
    page.wait_for_url("**beside=skipgram**")
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')?._fullLayout?.xaxis2")
    settled(page)
    # Both maps move together, and a ring follows the pointer.
    page.wait_for_function("() => document.querySelector('.js-plotly-plot').followed")
    page.mouse.move(*page.evaluate(MIDDLE))
    page.wait_for_function(
        f"() => {{ const off = ({TWIN})(); return off && Math.hypot(...off) < 2 }}"
    )
    assert page.evaluate(MARKED) == 0
    lasso(page)
    page.wait_for_function(f"({MARKED})() === {selected(page)}")


def test_titles_are_shown_as_plain_text_everywhere(lab, visit):
    for view in ("neighbours?item=P000&near=why", "data?product=P000&look=network",
                 "data?product=P000&look=walk", "map?at=P000", "neighbours?item=P000"):  # fmt: skip
        page = visit(f"{lab}/{view}")
        settled(page)
        page.get_by_text("$x^2$ :red[Gadget]").first.wait_for()
        main = page.locator("[data-testid=stMain]")
        # A heading's own anchor ("#…") has the letters of the title.
        links = "a[href='http://x'], a[href^=http][href*='evil'], a[href^=mailto]"
        made = f".katex, strong:text-is('bold'), code, {links}"
        assert main.locator(made).count() == 0
        assert "→" not in main.inner_text()


def test_both_pages_work_in_the_dark_theme_and_presenter_mode(lab, visit):
    for view in ("neighbours", "map"):
        page = visit(f"{lab}/{view}?presenter=true", color_scheme="dark")
        settled(page)
        assert page.evaluate(TYPE_SIZE) == "20px"
        assert page.locator("[data-testid=stAlertContentError]").count() == 0
    # All of a map is on a projector's screen.
    page.set_viewport_size({"width": 1280, "height": 720})
    page.wait_for_function(
        "document.querySelector('.js-plotly-plot').getBoundingClientRect().bottom <= 720"
    )


def test_a_report_opens_without_the_app_and_its_maps_are_linked(visit, shop_with_maps, tmp_path):
    run = Store(shop_with_maps).runs("shop")[-1]
    export(run, "report", tmp_path / "report.html", ExportOptions(products=("P000",)))
    page = visit((tmp_path / "report.html").as_uri(), offline=True)
    maps = page.locator(".map .js-plotly-plot")
    assert maps.count() == 2 and page.locator("table").count() == 2
    counts = "maps => maps.map(map => map.data.at(-1).x.length)"
    assert maps.evaluate_all(counts) == [0, 0]
    maps.first.scroll_into_view_if_needed()
    page.mouse.move(*page.evaluate(MIDDLE.replace(".js-plotly-plot", ".map .js-plotly-plot")))
    page.wait_for_function(
        "() => [...document.querySelectorAll('.map .js-plotly-plot')]"
        ".every(map => map.data.at(-1).x.length === 1)"
    )
    # Titles from the data stay text.
    assert page.get_by_role("heading", name="**bold**").count() == 1
    assert page.locator("h3 a, h3 b, h3 code").count() == 0
