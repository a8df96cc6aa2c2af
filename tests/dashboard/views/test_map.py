"""The Map page in each of its states, on maps made without UMAP."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.explore.umap_projection import DEFAULTS, MapSettings
from core.jobs.app_jobs import all_maps_job
from core.runs.store import Store
from dashboard import cached_lookups
from dashboard.charts import map_colours
from dashboard.charts.map_charts import MARKED
from dashboard.parts.map_selection import Selection
from tests.dashboard.conftest import is_well, texts
from tests.maps import lay_out

COLOURS = ("category_1", "category_2", "category_3", "brand", "price", "degree", "seen", "region")


def figures(app) -> list[dict]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


@pytest.mark.parametrize("state", ["fresh", "prepared", "one", "many"])
def test_it_opens_in_every_state(state, artifacts, open_page):
    app = open_page(artifacts(state), "map")
    assert is_well(app)
    keys = {button.key for button in app.button}
    assert state == "many" or "go-train" in keys
    # With graph scores only, the page says that there is nothing to map.
    assert state != "one" or "None of the trained models has vectors" in texts(app)


def test_the_next_step_offers_a_model_that_can_be_mapped(artifacts, open_page):
    app = open_page(artifacts("one"), "map")
    app.button(key="go-train").click().run()
    assert app.multiselect(key="train-models-ours").value == ["skipgram"] and is_well(app)


def test_a_button_makes_a_missing_map(artifacts, open_page, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.job.Job.start", lambda self, command: started.append(command))
    app = open_page(artifacts("many"), "map")
    button = next(button for button in app.button if button.key.startswith("make-skipgram"))
    button.click().run()
    assert started[0][:2] == ["core", "map"] and is_well(app)


def test_all_missing_maps_are_one_press_away(artifacts, open_page, monkeypatch):
    started = []
    monkeypatch.setattr("core.jobs.job.Job.start", lambda self, command: started.append(command))
    root = artifacts("many")
    app = open_page(root, "map")
    button = next(button for button in app.button if button.key.startswith("make-all"))
    assert button.label == "Make all 2 missing maps"
    button.click().run()
    assert started[0][:4] == ["core", "map", "shop", "--all"] and is_well(app)
    with all_maps_job(Store(root), "shop", DEFAULTS).lock():
        assert "one after the other: 2 left" in texts(open_page(root, "map"))
    lay_out(next(run for run in Store(root).runs("shop") if run.config.model == "skipgram"))
    app = open_page(root, "map")
    assert not any(button.key.startswith("make-all") for button in app.button)


def test_the_progress_of_a_map_is_shown(artifacts, open_page):
    root = artifacts("many")
    run = next(run for run in Store(root).runs("shop") if run.config.model == "skipgram")
    run.map_stage_path().write_text("map: UMAP layout (3 of 4)")
    with run.map_lock():
        app = open_page(root, "map")
        app.selectbox(key="of").set_value(run.id).run()
        assert "is being made: UMAP layout (3 of 4)" in texts(app) and is_well(app)


def test_every_colouring_draws_every_point_and_states_the_maps_reliability(mapped, open_page):
    app = open_page(mapped, "map")
    for colour in COLOURS:
        app.selectbox(key="colour").set_value(colour).run()
        assert is_well(app), colour
        (figure,) = figures(app)
        drawn = sum(_length(trace.get("customdata", [])) for trace in figure["data"])
        assert drawn == 200
    assert "a sample by category of 400" in texts(app)
    assert "43\\%" in texts(app) and "3 without a learned vector" in texts(app)


def _length(values) -> int:
    """Return the length of an array as plotly writes it, packed or not."""
    if isinstance(values, dict):
        import base64

        return len(base64.b64decode(values["bdata"])) // np.dtype(values["dtype"]).itemsize
    return len(values)


def test_the_first_colouring_is_the_most_informative(mapped, open_page, monkeypatch):
    frame = Store(mapped).load_split("shop", "random").catalogue.frame
    bits = {level: map_colours.information(frame[level]) for level in COLOURS[:3]}
    best = max(bits, key=bits.get)
    monkeypatch.setattr(cached_lookups, "MIN_INFORMATION", bits[best])
    assert open_page(mapped, "map").selectbox(key="colour").value == best
    cached_lookups._default_colour.clear()
    monkeypatch.setattr(cached_lookups, "MIN_INFORMATION", bits[best] + 0.01)
    assert open_page(mapped, "map").selectbox(key="colour").value == "region"
    cached_lookups._default_colour.clear()


def test_only_what_is_highlighted_has_a_colour(mapped, open_page):
    app = open_page(mapped, "map", colour="brand", only="Brand 2,Brand 1")
    names = [trace["name"].split(" (")[0] for trace in figures(app)[0]["data"]]
    assert names[1:] == ["Brand 2", "Brand 1"] and "others" in names[0]
    app.multiselect(key="only").set_value([]).run()
    assert len(figures(app)[0]["data"]) > 3 and "only" not in app.query_params
    assert is_well(app)


def test_the_chosen_product_is_on_the_map_with_its_neighbours(mapped, open_page):
    app = open_page(mapped, "map", at="P007")
    assert is_well(app)
    names = [trace.get("name") for trace in figures(app)[0]["data"]]
    assert names[-2:] == ["nearest by vector", "chosen"]
    run = next(run for run in Store(mapped).runs("shop") if run.id == app.selectbox(key="of").value)
    vectors = np.load(run.folder / "vectors.npy")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    split = Store(mapped).load_split("shop", "random")
    own = int(split.catalogue.index_of["P007"])
    cosine = unit @ unit[own]
    cosine[[own, *np.flatnonzero(~split.seen)]] = -2
    titles = split.catalogue.frame["title"]
    shown = app.dataframe[0].value
    # Its name comes after a sign for a pair.
    assert shown["product"][0].removeprefix("✓ ") == titles[int(cosine.argmax())]
    assert shown["cosine"].to_numpy() == pytest.approx(np.sort(cosine)[::-1][:15], abs=1e-5)


def test_two_maps_are_shown_side_by_side(mapped, open_page):
    app = open_page(mapped, "map", at="P007")
    runs = {run.id for run in Store(mapped).runs("shop") if run.config.model == "skipgram"}
    (other,) = runs - {app.selectbox(key="of").value}
    app.selectbox(key="beside").set_value(other).run()
    (figure,) = figures(app)
    sides = {trace.get("xaxis", "x") for trace in figure["data"]}
    assert sides == {"x", "x2"} and is_well(app)
    assert "on their 200 common products" in texts(app)


def test_a_selection_becomes_a_table(mapped, open_page):
    app = open_page(mapped, "map")
    app.session_state["picked"] = ",".join(f"P{number:03d}" for number in range(30))
    app.run()
    assert any("30 products selected" in str(head.value) for head in app.subheader)
    assert len(app.dataframe[0].value) == 30
    # All columns fit on a 1440-pixel screen.
    drawn = json.loads(app.dataframe[0].proto.columns)
    shown = [drawn[name] for name in app.dataframe[0].value if not drawn[name].get("hidden")]
    assert len(shown) == 6 and sum(column["width"] for column in shown) <= 1133
    app.button(key="clear").click().run()
    assert len(app.dataframe) == 0 and is_well(app)


def test_a_selection_of_another_data_set_is_not_shown(mapped, open_page):
    app = open_page(mapped, "map")
    app.session_state["_picked"] = Selection(("larger", "random"), np.array([10**6]))
    app.run()
    assert is_well(app) and "clear" not in {button.key for button in app.button}


def test_a_damaged_map_is_named(mapped, open_page):
    app = open_page(mapped, "map")
    folder = Store(mapped).run("shop", app.selectbox(key="of").value).folder
    (folder / "map-2d.parquet").write_bytes(b"no")
    (folder / "map-2d.json").touch()
    app = open_page(mapped, "map")
    assert not app.exception and "damaged" in app.error[0].value


def test_three_dimensions_are_an_option(mapped, open_page):
    for run in Store(mapped).runs("shop"):
        if run.config.model == "skipgram":
            lay_out(run, MapSettings(dimensions=3))
    app = open_page(mapped, "map", depth="true")
    assert {trace["type"] for trace in figures(app)[0]["data"]} == {"scatter3d"} and is_well(app)


def test_a_stopped_run_that_was_kept_has_a_map(mapped, open_page):
    run = next(run for run in Store(mapped).runs("shop") if run.config.model == "skipgram")
    (run.folder / "metrics.json").unlink()
    kept = {"phase": "final", "epoch": 1, "scoring": "dot"}
    status = {**run.status, "state": "stopped", "kept": kept, "ended": "2030-01-01"}
    (run.folder / "status.json").write_text(json.dumps(status))
    app = open_page(mapped, "map", of=run.id)
    assert app.selectbox(key="of").value == run.id
    # The map of the earlier training is not shown.
    assert not figures(app) and f"make-{run.id}-map-2d" in {button.key for button in app.button}
    lay_out(run)
    app = open_page(mapped, "map", of=run.id, at="P007")
    assert is_well(app) and len(figures(app)) == 1


def test_on_a_phone_the_legend_is_below_the_map(mapped, open_page, monkeypatch):
    def legend() -> dict:
        return figures(open_page(mapped, "map"))[0]["layout"]["legend"]

    assert legend()["x"] > 1
    monkeypatch.setattr("dashboard.page_frame.on_phone", lambda: True)
    assert legend()["orientation"] == "h" and legend()["y"] < 0


def test_a_region_without_a_name_is_called_mixed(mapped, open_page, monkeypatch):
    monkeypatch.setattr("dashboard.cached_lookups.labels", lambda *_: ["Cheese", ""])
    app = open_page(mapped, "map", colour="region")
    names = [trace.get("name") for trace in figures(app)[0]["data"]]
    assert [name for name in names if name[:2] in ("1 ", "2 ", "3 ")] == [
        "1 Cheese (50)", "2 mixed (50)", "3 mixed (50)",
    ]  # fmt: skip


def test_other_settings_are_another_map(mapped, open_page):
    app = open_page(mapped, "map", neighbours="50", metric="euclidean")
    assert is_well(app) and not figures(app)
    other = MapSettings(n_neighbors=50, metric="euclidean")
    button = next(button for button in app.button if button.key.endswith(other.name))
    name = button.key.removeprefix("make-").removesuffix(f"-{other.name}")
    run = Store(mapped).run("shop", name)
    assert f"--run {run.id} --neighbours 50 --metric euclidean" in texts(app).replace("\\", "")
    lay_out(run, other)
    app = open_page(mapped, "map", of=run.id, neighbours="50", metric="euclidean")
    assert is_well(app) and len(figures(app)) == 1
    # The map with the default settings is still there.
    app.slider(key="neighbours").set_value(DEFAULTS.n_neighbors).run()
    app.segmented_control(key="metric").set_value("cosine").run()
    assert is_well(app) and len(figures(app)) == 1


def test_a_small_selection_is_in_the_link_and_a_saved_one_by_its_name(mapped, open_page):
    ids = [f"P{number:03d}" for number in range(25)]
    app = open_page(mapped, "map", picked=",".join([*ids, "nobody"]))
    assert any("25 products selected" in str(head.value) for head in app.subheader)
    # The shop's titles name its eight communities, and it has no categories.
    assert is_well(app) and "No category or brand stands out" in texts(app)
    app.text_input(key="selection-name").set_value("first group")
    app.button(key="save-selection").click().run()
    assert app.query_params["picked"] == "saved:first-group" and is_well(app)
    app.button(key="clear").click().run()
    assert "picked" not in app.query_params
    other = open_page(mapped, "map", picked="saved:first-group")
    assert len(other.dataframe[0].value) == 25 and is_well(other)
    other.selectbox(key="pick-saved").set_value("first-group").run()
    other.button(key="pick-remove").click().run()
    gone = open_page(mapped, "map", picked="saved:first-group")
    assert "There is no selection" in texts(gone).replace("\\", "") and not gone.error


def test_products_are_selected_without_a_pointer(mapped, open_page):
    app = open_page(mapped, "map", colour="brand")
    app.text_input(key="pick-words").set_value("p03")
    app.button(key=submit(app)).click().run()
    assert set(app.dataframe[0].value["id"]) == {f"P03{number}" for number in range(10)}
    assert MARKED in [trace.get("name") for trace in figures(app)[0]["data"]]
    app.text_input(key="pick-words").set_value("nowhere")
    app.button(key=submit(app)).click().run()
    assert "No product on the map matches" in texts(app) and is_well(app)


def submit(app) -> str:
    return next(button.key for button in app.button if "FormSubmitter" in (button.key or ""))


def test_narrowing_by_a_histogram_can_be_undone(mapped, open_page):
    app = open_page(mapped, "map", picked=",".join(f"P{number:03d}" for number in range(70)))
    app.session_state["_picked-earlier"] = ()
    app.run()
    assert "widen" not in {button.key for button in app.button}
    split = Store(mapped).load_split("shop", "random")
    few = np.flatnonzero(split.catalogue.frame["brand"] == "Brand 1")[:5]
    earlier = (app.session_state["_picked"], app.session_state["picked"])
    app.session_state["picked"] = ",".join(split.catalogue.frame["id"].iloc[few])
    app.run()
    app.session_state["_picked-earlier"] = (earlier,)
    app.run()
    assert len(app.dataframe[0].value) == 5
    app.button(key="widen").click().run()
    assert len(app.dataframe[0].value) == 70 and is_well(app)


def test_two_maps_list_the_products_that_drift(mapped, open_page):
    app = open_page(mapped, "map")
    runs = [run.id for run in Store(mapped).runs("shop") if run.config.model == "skipgram"]
    other = next(name for name in runs if name != app.selectbox(key="of").value)
    app.selectbox(key="beside").set_value(other).run()
    table = app.dataframe[0].value
    assert table["shared"].is_monotonic_increasing and is_well(app)
    assert list(table.columns[-3:]) == ["Map", "Neighbours", "Why"]


def test_a_euclidean_map_lists_the_nearest_by_euclidean_distance(mapped, open_page):
    run = next(run for run in Store(mapped).runs("shop") if run.config.model == "skipgram")
    lay_out(run, MapSettings(metric="euclidean"))
    app = open_page(mapped, "map", of=run.id, metric="euclidean", at="P007")
    split = Store(mapped).load_split("shop", "random")
    vectors, own = np.load(run.folder / "vectors.npy"), int(split.catalogue.index_of["P007"])
    distance = np.linalg.norm(vectors - vectors[own], axis=1)
    distance[[own, *np.flatnonzero(~split.seen)]] = np.inf
    shown = app.dataframe[0].value
    assert shown["distance"].to_numpy() == pytest.approx(np.sort(distance)[:15], abs=1e-5)
    assert is_well(app)
