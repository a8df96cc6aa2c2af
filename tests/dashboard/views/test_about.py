"""The About page: every model is explained, and the studies are shown as saved."""

from __future__ import annotations

import json
import re

import pytest

from core.models.registry import MODELS
from core.runs.store import Store
from core.studies import STUDIES
from core.studies.study_result import Figure
from dashboard.charts.study_charts import study_figure
from dashboard.content.model_texts import FAMILIES, PARAGRAPHS
from dashboard.parts.about_key_figures import key_figures
from tests.dashboard.conftest import is_well

SERIES = [
    {"name": "<b>one</b>", "x": [0, 1, 2], "y": [0.5, None, 0.7], "low": None, "high": None},
    {"name": "two", "x": [0, 1, 2], "y": [0.4, 0.5, 0.6], "low": [0.3, None, 0.5],
     "high": [0.6, None, 0.9]},
]  # fmt: skip


def test_formulas_side_by_side_fit_a_card():
    for entry in MODELS.values():
        if r"\qquad" in entry.formula:
            signs = re.sub(r"\\(?!text|qquad)[a-zA-Z]+", "x", entry.formula)
            # As many as fit on a 1280-pixel screen.
            assert len(re.sub(r"\\qquad|[{}_^\\ ]", "", signs)) < 38, entry.name


def written(name: str) -> dict:
    """Return the result of a study."""
    table = {"title": "T", "note": "", "columns": ["variant", "AUC"], "digits": 3,
             "rows": [["published", 0.81234], ["ours", None]]}  # fmt: skip
    figure = {"title": "F", "note": "n", "kind": "lines", "x_title": "epoch", "y_title": "AUC",
              "series": SERIES}  # fmt: skip
    return {
        "study": name, "dataset": "shop", "title": name, "question": "?", "command": "python",
        "made": "2026-01-01T00:00:00+00:00", "seconds": 1.0, "left_out": ["<b>L2</b>: no"],
        "tables": [table], "figures": [figure, {**figure, "kind": "bars"}], "runs": [],
    }  # fmt: skip


def test_every_model_has_a_formula_and_a_paragraph(artifacts, open_page):
    assert {entry.family for entry in MODELS.values()} == set(FAMILIES)
    assert set(PARAGRAPHS) <= set(MODELS)
    app = open_page(artifacts("prepared"), "about")
    assert len(app.latex) == len(MODELS) and is_well(app)


def test_a_study_that_was_run_is_shown_and_the_others_are_offered(artifacts, open_page):
    root = artifacts("one")
    Store(root).save_study("shop", "seeds", written("seeds"))
    app = open_page(root, "about", study="seeds")
    assert is_well(app)
    assert STUDIES["seeds"].text in [text.value for text in app.text]
    reasons = [caption.value for caption in app.caption if caption.value.startswith("Left out")]
    assert len(reasons) == 1 and "L2" in reasons[0] and "<b>L2" not in reasons[0]
    shown = next(table.value for table in app.dataframe if "variant" in table.value)
    assert shown["AUC"].iloc[0] == 0.81234
    for name in STUDIES:
        app.segmented_control(key="study").set_value(name).run()
        offered = {button.key for button in app.button if str(button.key).startswith("run-")}
        assert offered == {f"run-{name}"} and is_well(app)
        again = app.button(key=f"run-{name}").label == "Run it again"
        assert again == (name == "seeds")
        assert app.query_params["study"] == name


@pytest.mark.parametrize("damage", ["{", "{}", '{"conclusion": 3, "figures": 1}'])
def test_a_damaged_study_is_named(damage, artifacts, open_page):
    root = artifacts("one")
    Store(root).save_study("shop", "seeds", {})
    (root / "shop/studies/seeds.json").write_text(damage)
    app = open_page(root, "about", study="seeds")
    assert not app.exception and "damaged" in app.error[0].value
    assert "python \\-m core study seeds shop" in app.error[0].value


def test_a_study_is_run_by_a_button(artifacts, open_page, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.job.Job.start", lambda self, what: started.append(what))
    app = open_page(artifacts("one"), "about", study="leaks")
    app.button(key="run-leaks").click().run()
    assert [command[:4] for command in started] == [["core", "study", "leaks", "shop"]]
    assert is_well(app)


@pytest.mark.parametrize("kind", ["lines", "bars"])
def test_intervals_surround_their_points_and_names_are_escaped(kind):
    figure = study_figure(Figure(title="", kind=kind, x_title="x", y_title="y", series=SERIES))
    first, second = figure.data
    assert first.name == "&lt;b&gt;one&lt;/b&gt;" and not first.error_y.array
    assert list(second.error_y.array) == pytest.approx([0.2, None, 0.3])
    assert list(second.error_y.arrayminus) == pytest.approx([0.1, None, 0.1])
    assert json.loads(figure.to_json())["data"][0]["y"] == [0.5, None, 0.7]


def test_key_figures_that_a_cold_split_lacks_are_left_out():
    row = {"auc_seen": None, "auc_degree": None, "auc_all": 0.6, "auc_all_median": None,
           "hits_at_10": 0.1}  # fmt: skip
    names = ("degree", "three-hop", "gensim-cbow")
    figures = dict(key_figures([{**row, "model": name, "label": name} for name in names]))
    assert figures == {
        "Best Hits@10": "10.0%, degree",
        "Runs ahead of three-hop in Hits@10": "0 of 2",
    }
    row |= {"auc_seen": 0.9, "auc_degree": 0.5, "auc_all_median": 0.55, "hits_at_10_gain_low": 0.01}
    figures = dict(key_figures([{**row, "model": name, "label": name} for name in names]))
    assert figures["Runs ahead of three-hop in Hits@10"] == "2 of 2"
    assert figures["Popularity: AUC, uniform / degree-matched"] == "0.900 / 0.500"
    assert figures["gensim CBOW, AUC all: median / lowest score"] == "0.550 / 0.600"
