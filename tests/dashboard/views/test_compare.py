"""Compare: every part opens, says what it compares, and counts right."""

from __future__ import annotations

import json

import pytest

from core.evaluation.evaluation import intervals
from core.evaluation.table import columns
from core.runs.saved_evaluation import evaluation
from core.runs.store import Store
from dashboard import page_frame
from dashboard.parts.compare_settings import settings_table
from dashboard.parts.compare_sweep import sweep_points
from dashboard.parts.run_tables import rows_of
from tests.dashboard.conftest import is_well
from tests.shops import trained

PARTS = ("results", "threshold", "curves", "learning", "slices", "settings")


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_compare_opens(part, artifacts, open_page):
    app = open_page(artifacts("many"), "compare", part=part)
    assert is_well(app)
    assert app.dataframe or app.get("plotly_chart")


def test_runs_of_one_model_are_drawn_over_the_setting_in_which_they_differ(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "compare", part="settings")
    assert is_well(app) and app.selectbox(key="sweep-setting").options == ["seed"]
    runs = [run for run in Store(root).runs("shop") if run.config.model == "skipgram"]
    points = sweep_points(rows_of(runs), runs, "seed", "hits_at_10")
    assert dict(zip(points["x"], points["y"])) == {
        run.config.seed: run.metrics["hits_at_10"] for run in runs
    }
    assert (points["low"] <= points["y"]).all() and (points["y"] <= points["high"]).all()
    assert app.get("plotly_chart")
    app.selectbox(key="sweep-measure").set_value("minutes").run()
    assert is_well(app) and app.query_params["sweep-measure"] == "minutes"


def test_without_two_runs_of_a_model_a_sweep_is_offered(artifacts, open_page):
    app = open_page(artifacts("one"), "compare", part="settings")
    assert not app.get("plotly_chart")
    app.button(key="go-sweep").click().run()
    assert is_well(app) and app.title[0].value == "Train"


def test_the_table_can_show_the_interval_of_every_figure(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "compare")
    assert "Hits@10 vs. three-hop" not in app.dataframe[0].value
    app.toggle(key="all-columns").set_value(True).run()
    assert "Hits@10 vs. three-hop" in app.dataframe[0].value
    app.toggle(key="with-intervals").set_value(True).run()
    shown = [column.heading for column in columns("comparison")]
    assert list(app.dataframe[0].value) == shown
    run = next(run for run in Store(root).runs("shop") if run.config.model == "degree")
    interval = intervals(evaluation(run, with_products=True))["hits_at_10"]
    assert interval.estimate == pytest.approx(run.metrics["hits_at_10"])
    assert interval.low <= interval.estimate <= interval.high and is_well(app)


def test_differences_are_to_the_chosen_run(artifacts, open_page):
    root = artifacts("many")
    runs = {run.config.model: run for run in Store(root).runs("shop")}
    app = open_page(root, "compare")
    app.multiselect(key="runs").set_value([runs[n].id for n in ("degree", "three-hop")]).run()
    assert app.selectbox(key="against").value == runs["three-hop"].id

    def drawn() -> tuple[str, float]:
        (chart,) = (c for c in app.get("plotly_chart") if "difference from" in c.proto.spec)
        figure = json.loads(chart.proto.spec)
        (run,) = figure["data"]
        return run["y"][0], run["x"][0]

    hits = {name: run.metrics["hits_at_10"] for name, run in runs.items()}
    assert drawn() == ("Degree", pytest.approx(hits["degree"] - hits["three-hop"]))
    app.selectbox(key="against").set_value(runs["degree"].id).run()
    assert is_well(app) and app.query_params["against"] == runs["degree"].id
    assert drawn() == ("Three-hop", pytest.approx(hits["three-hop"] - hits["degree"]))
    app.selectbox(key="gain").set_value("auc_seen").run()
    seen = {name: run.metrics["auc_seen"] for name, run in runs.items()}
    assert drawn() == ("Three-hop", pytest.approx(seen["three-hop"] - seen["degree"]))


def test_a_run_with_damaged_scores_lacks_only_its_own_difference(artifacts, open_page):
    root = artifacts("many")
    runs = {run.config.model: run for run in Store(root).runs("shop")}
    (runs["degree"].folder / "scores" / "hard.npy").unlink()
    app = open_page(root, "compare", gain="auc_hard", against=runs["skipgram"].id)
    assert not app.exception and not app.error
    (problem,) = [w.value for w in app.warning if "cannot be compared" in w.value]
    assert page_frame.plain(runs["degree"].id) in problem
    assert "Published and ours" in [heading.value for heading in app.subheader]


def test_the_threshold_table_counts_every_held_out_pair(artifacts, open_page):
    root = artifacts("many")
    app = open_page(root, "compare", part="threshold", threshold="70")
    assert app.segmented_control(key="find").value == "scale"
    assert app.slider(key="threshold").value == 70
    table = app.dataframe[0].value
    facts = Store(root).split_facts("shop", "random")
    positives = table["TP"] + table["FN"]
    assert (positives == facts["held_out_pairs"]).all()
    share = table["TP"] / positives
    assert share.to_numpy() == pytest.approx(table["Recall"].to_numpy())


@pytest.mark.parametrize(("by", "paid"), [("Precision", "Recall"), ("Recall", "Precision")])
def test_the_table_has_every_runs_threshold_for_a_precision_or_recall(
    by, paid, artifacts, open_page
):
    app = open_page(artifacts("many"), "compare", part="threshold", find=by.lower())
    app.number_input(key=f"least-{by.lower()}").set_value(0.7).run()
    assert is_well(app)
    table = app.dataframe[0].value
    reached = table[by].dropna()
    assert len(reached) and (reached >= 0.7).all()
    assert table[paid].dropna().is_monotonic_decreasing
    app.number_input(key=f"least-{by.lower()}").set_value(1.0).run()
    assert is_well(app)


def test_every_chosen_run_has_its_counts_and_its_panel(artifacts, open_page):
    app = open_page(artifacts("many"), "compare", part="threshold")
    assert len(app.dataframe[0].value) == 4
    (chart,) = app.get("plotly_chart")
    named = [note["text"] for note in json.loads(chart.proto.spec)["layout"]["annotations"]]
    for label in app.dataframe[0].value["Model"]:
        model, _, rest = label.partition(", ")
        assert any(model in title and rest[:20] in title for title in named)


@pytest.mark.parametrize(
    ("part", "keys"),
    [("results", {"intervals", "published"}), ("settings", {"settings"}),
     ("threshold", {"at-threshold", "thresholds"}), ("curves", {"pr-roc"})],
)  # fmt: skip
def test_tables_and_figures_of_compare_can_be_saved(part, keys, artifacts, open_page):
    app = open_page(artifacts("many"), "compare", part=part)
    drawn = [button.proto.id for button in app.get("download_button")]
    for key in keys:
        for kind in ("html", "csv"):
            assert sum(name.endswith(f"-{key}-{kind}") for name in drawn) == 1


def test_the_best_run_and_models_of_the_study_are_compared_by_default(artifacts, open_page):
    root = artifacts("many")
    for beta in (0.1, 0.2, 0.3):
        trained(Store(root), "rp3-beta", changes={"beta": beta})
    app = open_page(root, "compare")
    table = app.dataframe[0].value
    assert len(table) == 7 and table["Hits@10"].is_monotonic_decreasing
    chosen = app.multiselect(key="runs").value
    runs = {run.id: run for run in Store(root).runs("shop")}
    models = [runs[run_id].config.model for run_id in chosen]
    assert len(chosen) == 5 and {"degree", "three-hop", "skipgram"} <= set(models)
    hits = [runs[run_id].metrics["hits_at_10"] for run_id in chosen]
    assert hits == sorted(hits, reverse=True)
    assert hits[0] == max(run.metrics["hits_at_10"] for run in runs.values())
    app.button(key="all-runs").click().run()
    assert len(app.multiselect(key="runs").value) == 7 and is_well(app)
    app.button(key="default-runs").click().run()
    assert app.multiselect(key="runs").value == chosen


def test_a_run_gets_another_name_on_every_page(artifacts, open_page):
    root = artifacts("many")
    (run,) = (run for run in Store(root).runs("shop") if run.config.model == "degree")
    app = open_page(root, "compare")
    app.selectbox(key="rename-run").set_value(run.id).run()
    app.text_input(key=f"name-of-shop-{run.id}").set_value("Popularity").run()
    assert is_well(app) and "Popularity" in set(app.dataframe[0].value["Model"])
    history = open_page(root, "train", log=f"shop/{run.id}")
    assert "Popularity" in set(history.dataframe[-1].value["model"])
    history.text_input(key=f"name-of-shop-{run.id}").set_value("").run()
    assert "Degree" in set(history.dataframe[-1].value["model"])


def test_runs_of_other_pairs_are_named_and_not_compared(artifacts, open_page):
    root = artifacts("many")
    run = next(run for run in Store(root).runs("shop") if run.config.model == "degree")
    config = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps({**config, "data": "another"}))
    app = open_page(root, "compare")
    assert "1 more finished run" in app.info[0].value
    assert "Degree" not in set(app.dataframe[0].value["Model"])


def test_settings_show_only_differences_by_default(artifacts, open_page):
    app = open_page(artifacts("many"), "compare", part="settings")
    ids = [option for option in app.multiselect(key="runs").value if "skipgram" in option]
    app.multiselect(key="runs").set_value(ids).run()
    assert list(app.dataframe[0].value["setting"]) == ["seed"]
    app.toggle(key="diff").set_value(False).run()
    assert "walk_length" in set(app.dataframe[0].value["setting"])


def test_a_setting_that_one_model_lacks_is_not_a_difference(artifacts):
    runs = [run for run in Store(artifacts("many")).runs("shop") if run.config.model != "degree"]
    names = [run.id for run in runs]
    assert len({run.config.model for run in runs}) == 2
    assert list(settings_table(runs, names, only_differences=True)["setting"]) == ["seed"]
    assert "exponent" in set(settings_table(runs, names, False)["setting"])
