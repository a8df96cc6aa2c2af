"""axe-core finds no serious issue caused by our code on any page, light or dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PATIENCE_MS, settled

pytestmark = pytest.mark.browser
# A link to each page, and to the parts with controls or figures of their own.
LINKS = (
    "",
    "data?look=network",
    "data?look=walk",
    "train",
    "compare?part=results",
    "compare?part=threshold",
    "neighbours?near=matrix",
    "neighbours?near=why",
    "map?colour=brand",
    "story?scene=1",
    "about",
)
# Rules that Streamlit's own elements break, with the start of each such element.
STREAMLIT = {
    # Formulas that are wider than the page scroll, and have no tab stop.
    "scrollable-region-focusable": ('<span class="katex-display">',),
}
VIOLATIONS = """() => axe.run(document, {resultTypes: ["violations"]}).then(({violations}) =>
    violations.filter(({impact}) => ["serious", "critical"].includes(impact)).flatMap(
        ({id, nodes}) => nodes.map(({html, any}) => [id, html, any.map(a => a.message).join()])))"""


def serious(page) -> list[list[str]]:
    """Return rule, element and reason of each serious violation that is not Streamlit's own."""
    return [
        [rule, html, reason]
        for rule, html, reason in page.evaluate(VIOLATIONS)
        if not html.startswith(STREAMLIT.get(rule, ()))
    ]


@pytest.fixture(scope="module")
def tab(servers, shop_with_maps, browser):
    """A tab of a browser, and the address of an app with a graph score and two mapped runs."""
    address = servers.start(shop_with_maps)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page(), address
    context.close()


@pytest.mark.parametrize("link", LINKS)
def test_a_page_has_no_serious_accessibility_issue(tab, link):
    axe = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    page, address = tab
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}/{link}")
    page.wait_for_selector("h1")
    settled(page)
    page.evaluate(axe)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    settled(page)
    assert serious(page) == []
