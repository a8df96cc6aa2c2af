"""The Export part: what it starts, and what it offers once that is done."""

from __future__ import annotations

import pytest

from core.explore.exports.export import export
from core.explore.exports.export_options import ExportOptions, ExportRules, option_arguments
from core.explore.exports.registry import FORMATS
from core.jobs.app_jobs import export_job
from core.jobs.job import Job, JobRecord
from core.runs.store import Store
from tests.dashboard.conftest import is_well, texts


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The commands of jobs, which are not started."""
    commands: list[list[str]] = []

    def start(self: Job, command: list[str]) -> None:
        commands.append(command)
        self.save(JobRecord(command=command, state="finished"))
        self.file("log").write_text("near.parquet: rows 10, products 2\n")

    monkeypatch.setattr(Job, "start", start)
    return commands


def buttons(app) -> set[str]:
    return {button.key for button in app.button}


def downloads(app) -> list[str]:
    return [
        button.proto.label
        for button in app.get("download_button")
        if button.proto.label.startswith("Download ")
    ]


def test_an_export_is_started_with_its_options_and_downloaded(artifacts, open_page, started):
    root = artifacts("many")
    app = open_page(root, "neighbours")
    app.selectbox(key="export-run-neighbours").select_index(0).run()
    app.number_input(key="export-neighbours-per").set_value(2)
    app.checkbox(key="export-neighbours-why").uncheck()
    app.run()
    run_id = app.selectbox(key="export-run-neighbours").value
    run, store = Store(root).run("shop", run_id), Store(root)
    app.button(key="export-start").click().run()
    (command,) = started
    out = run.folder / "exports" / f"{run_id}-neighbours.parquet"
    words = ["core", "export", "shop", "--run", run_id, "--format", "neighbours"]
    assert command[: len(words)] == words
    options = ExportOptions(why=False, replace=True, rules=ExportRules(per_category=2))
    assert command[len(words) : -2] == ["--out", str(out.resolve()), *option_arguments(options)]
    # It has ended without a file.
    assert "export-start" in buttons(app) and downloads(app) == []
    export(run, "neighbours", out, options)
    app.run()
    assert downloads(app) == ["Download neighbours.parquet"] and is_well(app)
    assert "rows 10, products 2" in texts(app).replace("\\", "")
    # Other options give another file.
    app.number_input(key="export-neighbours-k").set_value(3).run()
    assert "export-start" in buttons(app) and downloads(app) == []
    assert export_job(store, run, "neighbours").state == "finished"


def test_every_format_has_a_form_or_says_what_is_missing(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours")
    for name, entry in FORMATS.items():
        app.selectbox(key="export-form").select(name).run()
        assert is_well(app)
        missing = entry.needs_vectors or name == "new-products"
        assert ("None of the trained models can be used" in texts(app)) == missing
        assert ("export-start" in buttons(app)) != missing


def test_inconsistent_prices_are_reported(artifacts, open_page):
    app = open_page(artifacts("one"), "neighbours")
    app.number_input(key="export-neighbours-price_from").set_value(9.0)
    app.number_input(key="export-neighbours-price_to").set_value(5.0).run()
    assert "the lowest price, 9, is above" in app.error[0].value.replace("\\", "")
    assert "export-start" not in buttons(app)
