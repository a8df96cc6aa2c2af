"""The Overview page: its claim, its example, what to do next, the data on request."""

from __future__ import annotations

import json

import pytest

from core.explore import example_product
from core.runs import saved_facts
from core.runs.store import Store
from dashboard.content.claims import EASY, FAIR, claim, story_rows
from tests.dashboard.conftest import is_well, texts


def row(model: str, easy: float | None, fair: float | None, hits: float | None) -> dict:
    return {"model": model, "label": model.title(), EASY: easy, FAIR: fair, "hits_at_10": hits}


def test_the_fall_of_popularity_is_the_claim_once_measured():
    rows = [row("three-hop", 0.92, 0.82, 0.17), row("degree", 0.84, 0.5, 0.04)]
    made = claim(rows, 18_000)
    assert made and "0.84" in made.text and "0.50" in made.text
    assert "Best by AUC matched: Three-Hop, 0.820" in made.reason


def test_before_that_the_best_run_is_the_claim():
    rows = [row("mf", 0.8, 0.8, 0.1), row("three-hop", 0.92, 0.82, 0.17)]
    made = claim(rows, 18_000)
    assert made and "Three-Hop finds 17%" in made.text and "18,000" in made.text
    assert "0.06%" in made.reason and "Nothing in it is trained" in made.reason
    assert "Nothing" not in claim([row("mf", 0.8, 0.8, 0.1)], 18_000).reason  # type: ignore


@pytest.mark.parametrize("rows", [[], [row("degree", None, None, None)]])
def test_without_a_measure_there_is_no_claim(rows):
    assert claim(rows, 18_000) is None and story_rows(rows) == []


def test_the_figure_has_a_row_for_each_model_of_the_story():
    rows = [
        row("degree", 0.8, 0.5, 0),
        row("mf", 0.8, 0.9, 0.1),
        row("skipgram", 0.9, 0.7, 0.1),
        {**row("skipgram", 0.9, 0.8, 0.2), "label": "better"},
    ]
    assert [row["label"] for row in story_rows(rows)] == ["better", "Degree"]


def test_the_best_run_recommends_held_out_partners(artifacts, open_page):
    app = open_page(artifacts("many"), "overview")
    assert is_well(app) and "are right (★)" in texts(app)
    assert set(app.dataframe[0].value["hit"]) <= {"", "★"}
    app.button(key="tour-start").click().run()
    assert is_well(app) and app.title[0].value == "Data and walks"


def test_results_on_few_pairs_come_with_a_warning(artifacts, open_page, monkeypatch):
    root = artifacts("one")
    assert not open_page(root, "overview").warning
    monkeypatch.setattr(saved_facts, "SMALL_HELD_OUT", 10**6)
    (warning,) = open_page(root, "overview").warning
    assert warning.value.startswith("Small data")


def test_the_data_is_described_on_request(artifacts, open_page, monkeypatch):
    root = artifacts("many")
    facts = Store(root).split_facts("shop", "random")
    app = open_page(root, "overview")
    assert f"{facts['products']:,} products" in app.expander[0].label and not app.metric


def test_an_unreadable_model_affects_only_its_own_part(artifacts, open_page):
    root = artifacts("many")
    for run in Store(root).runs("shop"):
        config = json.loads((run.folder / "config.json").read_text())
        config["settings"]["gone"] = 1
        (run.folder / "config.json").write_text(json.dumps(config))
        # Without it the page loads the model, as for a run of an earlier version.
        (run.folder / example_product.FILE).unlink()
    app = open_page(root, "overview")
    (error,) = app.error
    assert "Train it again" in error.value
    assert "tour-start" in {button.key for button in app.button}
