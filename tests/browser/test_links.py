"""Links in a real browser: an address reproduces its view, and Back leads to the page before."""

from __future__ import annotations

import pytest

from tests.browser.conftest import add_mapped_run, settled

pytestmark = pytest.mark.browser
# What a page shows: what is chosen in its controls, headings, models, captions with counts.
VIEW = """() => [
    ...document.querySelectorAll('[data-testid=stMain] [data-testid=stMultiSelect] [data-tag]'),
    ...document.querySelectorAll('[data-testid=stMain] h3, [data-testid=stMain] strong'),
    ...document.querySelectorAll('[data-testid=stMain] [aria-checked=true]'),
    ...document.querySelectorAll('[data-testid=stMain] [data-testid=stSelectbox]'),
    ...document.querySelectorAll('[data-testid=stMain] [data-testid=stCaptionContainer]'),
].map(part => part.innerText + [...part.querySelectorAll('input')].map(box => box.value))"""


@pytest.fixture(scope="module")
def lab(servers, shop_with_maps, browser):
    """An app with a graph score and two runs that have maps: its address and its artifacts."""
    return servers.start(shop_with_maps), shop_with_maps


def view_of(page) -> list[str]:
    """Return what a page shows, once it is the same for a while."""
    before, seen = None, page.evaluate(VIEW)
    while seen != before:
        page.wait_for_timeout(500)
        before, seen = seen, page.evaluate(VIEW)
    return seen


def open_view(page, title: str) -> None:
    """Choose a page in the side bar."""
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()
    settled(page)


def test_a_copied_address_shows_the_same_after_more_training(lab, visit):
    address, root = lab
    copied = {}
    for view in ("compare", "neighbours", "map"):
        page = visit(f"{address}/{view}")
        settled(page)
        copied[page.url] = view_of(page)
    add_mapped_run(root, 7)
    for url, view in copied.items():
        page = visit(url)
        settled(page)
        assert page.url == url
        assert view_of(page) == view
        assert page.locator("[data-testid=stAlertContentWarning]").count() == 0
    # A page without a link has the new run, too.
    page = visit(f"{address}/compare")
    settled(page)
    assert page.url not in copied and "s7-" in page.url


def test_back_restores_the_previous_page(lab, visit):
    address, _ = lab
    page = visit(f"{address}/map")
    settled(page)
    before = page.evaluate("history.length")
    page.get_by_label("Colour").click()
    page.get_by_role("option", name="Brand", exact=True).click()
    page.wait_for_url("**colour=brand**")
    settled(page)
    stops = [page.url]
    for title in ("Compare", "Neighbours", "About the method", "Map"):
        open_view(page, title)
        stops.append(page.url)
    # The map's choice was kept; change it.
    assert stops[-1] == stops[0]
    page.get_by_label("Colour").click()
    page.get_by_role("option", name="Price", exact=True).click()
    page.wait_for_url("**colour=price**")
    settled(page)
    stops[-1] = page.url
    # One step in the history per page, none for choices on it.
    assert page.evaluate("history.length") <= before + 4
    for url in reversed(stops[:-1]):
        page.go_back()
        settled(page)
        assert page.url == url
    assert "Brand" in "".join(view_of(page))
    for url in stops[1:]:
        page.go_forward()
        settled(page)
        assert page.url == url
    assert "Price" in "".join(view_of(page))


def test_back_from_a_next_step_returns_to_its_page(lab, visit):
    address, _ = lab
    page = visit(f"{address}/train?train-seed=9&presenter=true")
    settled(page)
    start = page.url
    page.get_by_role("button", name="Open the map").click()
    page.get_by_role("heading", name="Map", exact=True, level=1).wait_for()
    settled(page)
    assert "train-" not in page.url and "presenter=true" in page.url
    page.go_back()
    settled(page)
    assert page.url == start
    assert page.get_by_label("Seed").input_value() == "9"


def test_the_log_that_was_chosen_is_in_the_link(lab, visit):
    address, _ = lab
    page = visit(f"{address}/train")
    settled(page)
    table = page.locator("[data-testid=stDataFrame]").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 1.5 * 35)
    page.wait_for_url("**log=shop**")
    settled(page)
    log = page.locator("[data-testid=stCode]").last.inner_text()
    other = visit(page.url)
    settled(other)
    assert other.locator("[data-testid=stCode]").last.inner_text() == log
    # Choosing it again clears the choice.
    page.mouse.click(box["x"] + 16, box["y"] + 35 + 1.5 * 35)
    page.wait_for_function("() => !location.search.includes('log=')")
    settled(page)


def test_a_link_to_something_missing_shows_a_message(lab, visit):
    address, _ = lab
    wrong = "data=nowhere&split=other&runs=gone-s1-0&part=threshold&threshold=abc"
    page = visit(f"{address}/compare?{wrong}")
    settled(page)
    warning = page.locator("[data-testid=stAlertContentWarning]").inner_text()
    for name in ("nowhere", "other", "gone-s1-0", "abc"):
        assert name in warning
    assert "threshold=50" in page.url and "data=shop" in page.url


def test_the_first_pages_name_opens_it_with_the_choices_of_the_link(lab, visit):
    address, _ = lab
    page = visit(f"{address}/overview?presenter=true")
    page.get_by_role("heading", name="Overview", exact=True, level=1).wait_for()
    settled(page)
    assert page.url.startswith(f"{address}/?") and "presenter=true" in page.url


def test_the_arrow_keys_turn_pages_as_soon_as_presenter_mode_is_on(lab, visit):
    address, _ = lab
    page = visit(f"{address}/")
    settled(page)
    page.get_by_text("Presenter mode", exact=True).click()
    page.get_by_role("button", name="Next page").wait_for()
    settled(page)
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Data and walks", exact=True, level=1).wait_for()
