"""The Overview page."""

from __future__ import annotations

import json

from core.explore import example_product
from core.runs.store import Store


def test_overview_shows_the_counts_of_the_split(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "overview")
    facts = Store(root).split_facts("shop", "random")
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Products"] == f"{facts['products']:,}"
    assert shown["Held out"] == f"{facts['held_out_pairs']:,}"


def test_a_model_that_cannot_be_read_spoils_no_more_than_its_own_place(artifacts, open_page):
    root = artifacts("many")
    for run in Store(root).runs("shop"):
        config = json.loads((run.folder / "config.json").read_text())
        config["settings"]["gone"] = 1
        (run.folder / "config.json").write_text(json.dumps(config))
        # Without it the page asks the model, as for a run of an earlier version.
        (run.folder / example_product.FILE).unlink()
    app = open_page(root, "overview")
    (error,) = app.error
    assert "Train it again" in error.value
    assert "Training pairs per product" in [heading.value for heading in app.subheader]
