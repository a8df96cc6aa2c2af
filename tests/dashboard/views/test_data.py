"""The page Data and walks."""

from __future__ import annotations

import json

import pytest

from tests.dashboard.conftest import is_well, texts


@pytest.mark.parametrize("part", ["relations", "network", "walk", "examples"])
def test_every_part_of_the_page_opens(part, artifacts, open_page):
    assert is_well(open_page(artifacts("prepared"), "data", look=part))


def test_the_negatives_of_a_pair_are_shown_in_full(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", look="examples")
    (table,) = (element.value for element in app.dataframe if "negatives" in element.value)
    # A string wraps in a high row; a list is cut off at the end of its column.
    assert all(drawn.count("·") == 4 for drawn in table["negatives"])
    proto = app.dataframe[0].proto
    widths = [
        column["width"] for name, column in json.loads(proto.columns).items() if name[0] != "_"
    ]
    assert proto.row_height > 64 and sum(widths) <= 1133


def test_a_link_names_the_product(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", product="P042")
    assert "Gadget 42 of group 1" in texts(app)


def test_rolling_again_gives_another_walk(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", look="walk")
    first = [text.value for text in app.text]
    app.button(key="roll").click().run()
    assert [text.value for text in app.text] != first
    app.number_input(key="walk").set_value(0).run()
    assert [text.value for text in app.text] == first


def test_presenter_mode_has_fewer_controls(artifacts, open_page):
    root = artifacts("prepared")
    full = open_page(root, "data", look="walk")
    fewer = open_page(root, "data", look="walk", presenter="true")
    assert len(fewer.slider) + len(fewer.number_input) < len(full.slider) + len(full.number_input)


def test_the_walk_plays_on_its_network(artifacts, open_page):
    app = open_page(artifacts("prepared"), "data", look="walk", steps="4")
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert len(figure["frames"]) == 10
    assert figure["data"][-1]["text"] == figure["frames"][3]["data"][-1]["text"]
