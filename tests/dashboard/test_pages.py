"""The list of pages: a page needs only an entry and a file."""

from __future__ import annotations

import shutil

import pytest

from dashboard import pages
from tests.dashboard.conftest import is_well, texts

VIEW = """
import streamlit as st
from dashboard import page_frame, url_widgets
with page_frame.page_body() as page:
    url_widgets.number(st.slider, "Baskets shown", 1, 9, key="baskets", default=3)
    st.caption(f"Baskets of {page.dataset}")
    page_frame.go_to("map")
"""
BASKETS = pages.Page(
    "baskets",
    "Baskets",
    ":material/shopping_basket:",
    "What was bought at once.",
    pages.TourStep(0, "Look at the first basket."),
)


@pytest.fixture
def with_baskets(tmp_path, monkeypatch):
    """One more page: its file beside the others, its entry before the last one."""
    views = tmp_path / "views"
    shutil.copytree(pages.VIEWS, views)
    (views / "baskets.py").write_text(VIEW)
    monkeypatch.setattr(pages, "VIEWS", views)
    entries = (*pages.PAGES[:-1], BASKETS, pages.PAGES[-1])
    monkeypatch.setattr(pages, "PAGES", entries)


def open_baskets(app):
    """Open the new page from the current one."""
    app.switch_page(str(pages.page("baskets").file)).run()
    return app


def test_a_page_is_an_entry_and_a_file(with_baskets, artifacts, open_page):
    app = open_baskets(open_page(artifacts("one"), "overview"))
    assert is_well(app) and app.title[0].value == "Baskets"
    assert "What was bought at once" in texts(app) and "Baskets of shop" in texts(app)
    # Its choices are in the address, and a button leads to the next page.
    assert app.query_params["baskets"] == "3" and app.query_params["data"] == "shop"
    app.button(key="go-map").click().run()
    assert app.title[0].value == "Map" and "baskets" not in app.query_params


def test_the_tour_includes_an_added_page(with_baskets, artifacts, open_page):
    app = open_baskets(open_page(artifacts("one"), "overview", tour="true"))
    assert "Look at the first basket" in texts(app)
    app.button(key="tour-next").click().run()
    assert app.title[0].value == "Data and walks" and is_well(app)


def test_every_page_has_a_file_and_every_file_is_a_page():
    files = sorted(path.stem for path in pages.VIEWS.glob("*.py"))
    assert files == sorted(page.name for page in pages.PAGES)


def test_an_unknown_page_is_an_error():
    with pytest.raises(KeyError):
        pages.page("nowhere")
