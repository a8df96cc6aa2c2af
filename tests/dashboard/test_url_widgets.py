"""Links: the address states the whole view; what it names but does not exist is reported."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
from streamlit.elements.lib import policies

from core.explore.example_product import example_product
from core.runs.store import Store
from dashboard import url
from tests.dashboard.conftest import is_well, texts


def add_run(mapped, seed: int = 3) -> str:
    """Add a run like one of those there, and return its id."""
    run = next(run for run in Store(mapped).runs("shop") if run.config.model == "skipgram")
    copy = run.folder.with_name(f"skipgram-s{seed}-00000000")
    shutil.copytree(run.folder, copy)
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "seed": seed}))
    metrics = json.loads((copy / "metrics.json").read_text())
    (copy / "metrics.json").write_text(json.dumps({**metrics, "seed": seed, "run": copy.name}))
    return copy.name


def go_back(monkeypatch, app, view: str, query: dict):
    """Go to an address as Back does."""
    real = url.get_script_run_ctx
    monkeypatch.setattr(
        url,
        "get_script_run_ctx",
        lambda: SimpleNamespace(is_history_navigation=True, page_script_hash=view),
    )
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"views/{view}.py").run()
    monkeypatch.setattr(url, "get_script_run_ctx", real)
    return app


@pytest.mark.parametrize(
    ("view", "stated"),
    [
        ("overview", set()),
        ("data", {"product", "look"}),
        ("train", {"train-data", "train-preset", "train-split", "train-seed", "train-models-ours"}),
        ("compare", {"runs", "part", "gain"}),
        ("neighbours", {"item", "near", "k", "models", "by"}),
        ("map", {"of", "beside", "colour", "neighbours", "min_dist", "metric", "map_seed"}),
        ("about", {"study"}),
    ],
)
def test_the_address_of_a_fresh_page_states_the_view(view, stated, mapped, open_page):
    app = open_page(mapped, view)
    assert is_well(app) and set(app.query_params) == {"data", "split", *stated}
    # Opened again, it is the same page with the same address.
    again = open_page(mapped, view, **app.query_params)
    assert again.query_params == app.query_params and is_well(again) and not again.warning


@pytest.mark.parametrize(
    ("view", "query", "stated"),
    [
        (
            "data",
            {"look": "walk"},
            {"length": "10", "p": "1", "q": "1", "walk": "0", "steps": "10"},
        ),
        ("data", {"look": "examples"}, {"window": "5", "negatives": "5", "center": "0"}),
        ("data", {"look": "network"}, {"around": "25"}),
        ("compare", {"with-intervals": "true"}, {"with-intervals": "true"}),
        ("compare", {"part": "threshold"}, {"find": "precision", "least-precision": "0.9"}),
        ("compare", {"part": "threshold", "find": "scale"}, {"threshold": "50"}),
        ("compare", {"part": "threshold", "threshold": "50"}, {"find": "scale"}),
        ("compare", {"part": "learning"}, {"curve": "auc_seen"}),
        ("compare", {"part": "slices"}, {"slice": "degree", "slice-measure": "auc"}),
        ("neighbours", {"near": "differ"}, {"k": "10"}),
    ],
)
def test_the_address_states_the_choices_of_a_part_too(view, query, stated, mapped, open_page):
    app = open_page(mapped, view, **query)
    assert stated.items() <= dict(app.query_params).items() and is_well(app)


@pytest.mark.parametrize("view", ["compare", "neighbours", "map"])
def test_a_copied_address_shows_the_same_after_another_run(view, mapped, open_page):
    app = open_page(mapped, view)
    before = dict(app.query_params)
    new = add_run(mapped)
    again = open_page(mapped, view, **before)
    assert dict(again.query_params) == before and is_well(again) and not again.warning
    if view == "compare":
        assert new not in again.multiselect(key="runs").value
        # Whoever opens the page without a link sees the new run, too.
        assert new in open_page(mapped, view).multiselect(key="runs").value


def test_defaults_are_not_kept_for_the_next_visit(mapped, open_page):
    app = open_page(mapped, "compare")
    new = add_run(mapped)
    app.switch_page("views/map.py").run()
    app.switch_page("views/compare.py").run()
    assert new in app.multiselect(key="runs").value
    chosen = app.multiselect(key="runs").value[:2]
    app.multiselect(key="runs").set_value(chosen).run()
    app.switch_page("views/map.py").run()
    app.switch_page("views/compare.py").run()
    assert app.multiselect(key="runs").value == chosen


def test_defaults_follow_the_data_set(mapped, open_page, monkeypatch):
    shutil.copytree(mapped / "shop", mapped / "zoo")
    source = json.loads((mapped / "zoo/source.json").read_text())
    (mapped / "zoo/source.json").write_text(json.dumps({**source, "name": "zoo"}))
    for run in (mapped / "zoo/runs").iterdir():
        config = json.loads((run / "config.json").read_text())
        (run / "config.json").write_text(json.dumps({**config, "dataset": "zoo"}))
    monkeypatch.setattr(
        "dashboard.cached_lookups.default_colour",
        lambda name, _: "brand" if name == "zoo" else "price",
    )
    app = open_page(mapped, "map")
    assert app.selectbox(key="colour").value == "price"
    app.selectbox(key="data").set_value("zoo").run()
    assert app.selectbox(key="colour").value == "brand" and app.query_params["colour"] == "brand"
    app.selectbox(key="colour").set_value("degree").run()
    app.selectbox(key="data").set_value("shop").run()
    assert app.selectbox(key="colour").value == "degree"
    linked = open_page(mapped, "map", data="shop", colour="price")
    linked.selectbox(key="data").set_value("zoo").run()
    assert linked.selectbox(key="colour").value == "price" and is_well(linked)


def test_the_default_product_is_in_the_address_but_not_passed_to_other_pages(mapped, open_page):
    app = open_page(mapped, "neighbours")
    split = Store(mapped).load_split("shop", "random")
    first = split.catalogue.frame["id"].iloc[example_product(split)]
    assert app.query_params["item"] == first
    app.switch_page("views/map.py").run()
    assert "at" not in app.query_params
    app.switch_page("views/neighbours.py").run()
    app.session_state["item"] = "P011"
    app.run()
    app.switch_page("views/map.py").run()
    assert app.query_params["at"] == "P011" and is_well(app)


def test_an_address_holds_nothing_of_another_page(mapped, open_page):
    app = open_page(mapped, "compare", part="threshold", presenter="true")
    app.switch_page("views/neighbours.py").run()
    assert not {"runs", "part", "threshold"} & set(app.query_params)
    assert app.query_params["presenter"] == "true" and app.query_params["data"] == "shop"
    app.switch_page("views/compare.py").run()
    assert app.query_params["part"] == "threshold" and is_well(app)


def test_a_link_applies_to_controls_that_are_not_drawn_yet(mapped, open_page):
    app = open_page(mapped, "compare", threshold="53.5")
    assert "threshold" not in app.query_params
    app.segmented_control(key="part").set_value("threshold").run()
    assert app.slider(key="threshold").value == 53.5 and is_well(app)


def test_a_pair_of_walk_and_steps_is_in_the_address(mapped, open_page):
    app = open_page(mapped, "data", look="walk", steps="4", length="8")
    assert app.slider(key="steps").value == 4
    app.slider(key="steps").set_value(8).run()
    # The whole walk is shown, so a longer one is shown as a whole, too.
    app.slider(key="length").set_value(12).run()
    assert app.slider(key="steps").value == 12 == int(app.query_params["steps"])
    app = open_page(mapped, "data", look="examples", center="3")
    assert app.slider(key="center").value == 3 and is_well(app)


def test_the_log_of_a_link_is_shown(mapped, open_page):
    run = Store(mapped).runs("shop")[-1]
    app = open_page(mapped, "train", log=f"shop/{run.id}")
    assert app.code[-1].value == run.log().strip() and is_well(app)
    assert app.query_params["log"] == f"shop/{run.id}"


def test_the_choices_of_training_are_in_the_link(mapped, open_page):
    query = {"train-preset": "study", "train-split": "time", "train-seed": "7",
             "train-models-study": "mf,gensim-cbow", "train-data": "demo"}  # fmt: skip
    app = open_page(mapped, "train", **query)
    assert query.items() <= dict(app.query_params).items() and is_well(app)
    assert app.number_input(key="train-seed").value == 7
    assert app.multiselect(key="train-models-study").value == ["mf", "gensim-cbow"]


def test_invalid_values_in_a_link_for_all_pages_are_reported(mapped, open_page):
    app = open_page(mapped, "overview", data="no<b>where", split="other", presenter="perhaps")
    (said,) = [warning.value for warning in app.warning]
    assert "no\\<b\\>where" in said and "other" in said and "perhaps" in said and is_well(app)
    assert (app.query_params["data"], app.query_params["split"]) == ("shop", "random")


@pytest.mark.parametrize(
    ("view", "query", "key", "shown"),
    [
        ("compare", {"part": "threshold", "threshold": "abc"}, "threshold", 50.0),
        ("compare", {"part": "threshold", "threshold": "nan"}, "threshold", 50.0),
        ("compare", {"part": "threshold", "threshold": "-1e400"}, "threshold", 50.0),
        ("compare", {"part": "threshold", "threshold": "120"}, "threshold", 100.0),
        ("compare", {"part": "nothing"}, "part", "results"),
        ("neighbours", {"k": "999"}, "k", 50),
        ("neighbours", {"k": "7.5"}, "k", 10),
        ("neighbours", {"low": "cheap"}, "low", None),
        ("neighbours", {"truth": "x"}, "truth", "any"),
        ("neighbours", {"near": "why", "other": "nobody"}, "other", ...),
        ("map", {"colour": "blue"}, "colour", ...),
        ("map", {"of": "gone-s1-0"}, "of", ...),
        ("map", {"depth": "4"}, "depth", False),
        ("data", {"look": "walk", "walk": "-3"}, "walk", 0),
        ("train", {"train-models-ours": "magic"}, "train-models-ours", ...),
        ("train", {"log": "shop/gone"}, "log", ""),
        ("about", {"study": "x"}, "study", "forgetting"),
    ],
)
def test_impossible_values_are_reported_and_replaced(view, query, key, shown, mapped, open_page):
    app = open_page(mapped, view, **query)
    assert len(app.warning) == 1 and "showing" in app.warning[0].value and is_well(app)
    assert shown is ... or app.session_state[key] == shown
    # The message stays until something is chosen or another page is opened.
    app.run()
    assert len(app.warning) == 1
    app.switch_page("views/overview.py").run()
    assert not app.warning


def test_a_link_to_a_missing_run_names_it(mapped, open_page):
    there = Store(mapped).runs("shop")[0].id
    app = open_page(mapped, "compare", runs=f"gone-s1-0,{there}")
    assert "gone\\-s1\\-0 not found" in app.warning[0].value
    assert app.multiselect(key="runs").value == [there]
    app.multiselect(key="runs").set_value([]).run()
    assert not app.warning and app.query_params["runs"] == ","
    app = open_page(mapped, "compare", runs="gone-s1-0")
    assert "the default" in app.warning[0].value
    assert len(app.multiselect(key="runs").value) == 4 and is_well(app)


def test_a_link_to_more_models_than_fit_shows_the_first(mapped, open_page):
    for seed in (3, 4, 5):
        add_run(mapped, seed)
    ids = [run.id for run in Store(mapped).runs("shop")]
    app = open_page(mapped, "neighbours", models=",".join([*ids, ids[0]]))
    assert app.multiselect(key="models").value == ids[:6] and is_well(app)


def test_an_error_leaves_the_address_as_it_is(mapped, open_page, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("dashboard.parts.run_tables.rows_of", broken)
    app = open_page(mapped, "compare", part="threshold", threshold="70")
    assert app.error and app.query_params["threshold"] == "70"


def test_going_back_shows_what_the_address_says(mapped, open_page, monkeypatch):
    app = open_page(mapped, "map")
    before = dict(app.query_params)
    app.selectbox(key="colour").set_value("brand").run()
    app.toggle(key="depth").set_value(True).run()
    # Within the page and from another one, later choices are discarded.
    go_back(monkeypatch, app, "map", before)
    assert dict(app.query_params) == before and not app.toggle(key="depth").value
    app.selectbox(key="colour").set_value("seen").run()
    app.switch_page("views/neighbours.py").run()
    app.session_state["item"] = "P011"
    app.run()
    go_back(monkeypatch, app, "map", before)
    assert dict(app.query_params) == before and is_well(app)
    # After that, choices count again.
    app.selectbox(key="colour").set_value("degree").run()
    assert app.query_params["colour"] == "degree" and "P011" not in texts(app)


def test_every_control_has_a_single_default(mapped, open_page, monkeypatch):
    """Streamlit warns, once per process, if a default and the session compete."""
    said = []
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies._LOGGER, "warning", lambda *args, **_: said.append(args))
    app = open_page(mapped, "data", look="walk", walk="3")
    app.button(key="roll").click().run()
    for view in ("train", "compare", "neighbours", "map", "about"):
        app.switch_page(f"views/{view}.py").run()
    assert said == [] and is_well(app)
