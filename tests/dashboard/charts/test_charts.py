"""Figures, as pure functions of their tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.models.registry import EXPERIMENTS
from dashboard.charts import chart_style, data_charts, network_charts, run_curves
from dashboard.charts.chart_style import Line
from dashboard.charts.study_charts import study_figure


def thresholds(precision, n: int = 201) -> pd.DataFrame:
    at = np.linspace(0, 1, n)
    recall = 1 - at
    table = pd.DataFrame({"threshold": at, "precision": precision(at), "recall": recall})
    table["f1"] = 2 * table["precision"] * recall / (table["precision"] + recall)
    return table


def test_the_cliff_is_found_where_it_was_put():
    cliff = run_curves.cliff_of_death(thresholds(lambda t: np.where(t < 0.5, 0.5, 1.0)))
    assert cliff.threshold == pytest.approx(0.5, abs=0.02)
    assert (cliff.after, cliff.before) == (0.5, 1.0)


def test_a_gentle_slope_is_no_cliff():
    assert run_curves.cliff_of_death(thresholds(lambda t: 0.5 + t / 2)) is None


def test_a_fall_where_next_to_nothing_is_recalled_is_no_cliff():
    assert run_curves.cliff_of_death(thresholds(lambda t: np.where(t > 0.997, 0.1, 0.9))) is None


def test_the_slider_reaches_both_ends():
    table = thresholds(lambda t: t)
    assert run_curves.row_at(table, 0)["threshold"] == 0
    assert run_curves.row_at(table, 0.5)["threshold"] == pytest.approx(0.5)
    assert run_curves.row_at(table, 1)["threshold"] == 1


def test_degrees_are_counted():
    figure = data_charts.degree_distribution(np.array([0, 0, 1, 1, 1, 4]))
    assert list(figure.data[0].x) == [1, 4]
    assert list(figure.data[0].y) == [3, 1]


def test_the_treemap_holds_every_product_once_and_escapes_names():
    frame = pd.DataFrame(
        {
            "category_1": ["A"] * 3 + ["<b>B</b>"] * 2 + [""],
            "category_2": ["x y, a long name", "x y, a long name", "", "<i>y</i>", "z", ""],
        }
    )
    figure = data_charts.category_treemap(frame, top=1)
    data = figure.data[0]
    tops = [v for v, parent in zip(data.values, data.parents) if not parent]
    assert sum(tops) == 5
    for key, value in zip(data.ids, data.values):
        inside = sum(v for v, parent in zip(data.values, data.parents) if parent == key)
        assert inside <= value
    assert not any("<" in label for label in data.labels)
    # Whole names in the tip, names in lines on the areas, and none too small to be read.
    assert not any("<" in shown.replace("<br>", "") for shown in data.text)
    assert figure.layout.uniformtext.minsize >= 10


def test_labels_from_data_are_escaped():
    line = Line("<img src=x>", "mf", thresholds(lambda t: t))
    figure = run_curves.threshold_curves([line], 0.5)
    assert "<img" not in figure.to_json()


@pytest.mark.parametrize("n", [1, 6, 19])
def test_any_number_of_runs_has_its_thresholds_drawn_in_its_models_colour(n):
    models = list(EXPERIMENTS)[:n]
    lines = [Line(model, model, thresholds(lambda t: t)) for model in models]
    figure = run_curves.threshold_curves(lines, 0.5)
    drawn = [trace for trace in figure.data if trace.x[0] is not None]
    assert len(drawn) == 3 * n
    assert [trace.line.color for trace in drawn[::3]] == [
        chart_style.colour(model) for model in models
    ]
    assert figure.layout.height < 1200


def test_what_is_marked_has_a_colour_of_its_own():
    assert chart_style.MARK not in {*chart_style.PALETTE, chart_style.QUIET}


def test_the_models_shown_most_differ_by_colour_alone():
    shown_most = [name for name, entry in EXPERIMENTS.items() if entry.colour is not None]
    assert {"skipgram", "stack", "three-hop", "degree", "mf-bias"} <= set(shown_most)
    assert len({chart_style.colour(name) for name in shown_most}) == len(shown_most)
    assert {chart_style.ROUND[name] for name in shown_most} == {0}


def test_what_a_figure_shows_is_one_table():
    lines = [Line(name, "mf", thresholds(lambda t: t)) for name in "ab"]
    table = chart_style.in_one_table(lines)
    assert table.columns[0] == "model" and len(table) == 402
    assert table.groupby("model")["recall"].max().to_dict() == {"a": 1.0, "b": 1.0}


def test_every_model_has_a_style_of_its_own():
    styles = {(chart_style.colour(name), chart_style.ROUND[name]) for name in EXPERIMENTS}
    assert len(styles) == len(EXPERIMENTS)


def test_epochs_are_marked():
    curve = pd.DataFrame(
        {"phase": "development", "epoch": [0.5, 1, 1.5, 2], "epoch_end": [0, 1, 0, 1],
         "auc_all": 0.6, "auc_seen": [0.5, 0.6, 0.7, 0.8], "loss": 2.0, "learning_rate": 0.1}
    )  # fmt: skip
    assert chart_style.epoch_marks(curve) == [1, 2]
    figure = run_curves.learning_curves([Line("a", "mf", curve)])
    line, ends = figure.data
    assert list(line.y) == [0.5, 0.6, 0.7, 0.8]
    assert list(ends.x) == [1, 2] and list(ends.y) == [0.6, 0.8]
    # A run whose first point ends an epoch is no bar in the legend.
    assert line.marker.symbol is None and ends.showlegend is False
    assert line.legendgroup == ends.legendgroup
    assert len(chart_style.live_curve(curve, "mf").layout.shapes) == 2 * 3
    # Models that report no loss get no empty panel.
    assert len(chart_style.live_curve(curve.assign(loss=np.nan), "mf").layout.shapes) == 2 * 2


def test_a_long_curve_stays_light_and_keeps_its_marks():
    n = 5000
    curve = pd.DataFrame(
        {"phase": "development", "epoch": np.arange(n) / 2 + 0.5, "epoch_end": np.arange(n) % 2,
         "auc_all": 0.6, "auc_seen": 0.7, "loss": 1.0, "learning_rate": 0.1}
    )  # fmt: skip
    figure = chart_style.live_curve(curve, "mf")
    assert max(len(trace.x) for trace in figure.data) <= chart_style.MOST_POINTS
    assert 0 < len(figure.layout.shapes) <= 3 * chart_style.MOST_MARKS


def test_an_empty_curve_draws_nothing_and_fails_nowhere():
    empty = pd.DataFrame(columns=["phase", "step", "epoch", "loss", "learning_rate"])
    assert chart_style.epoch_marks(empty) == []
    assert not run_curves.learning_curves([Line("a", "degree", empty)]).data
    chart_style.live_curve(empty, "degree")


def test_intervals_stand_where_they_are():
    rows = [{"label": "MF", "model": "mf", "difference": 0.1, "low": 0.05, "high": 0.2}]
    figure = run_curves.intervals(rows, "MRR", "Three-hop")
    error = figure.data[0].error_x
    assert (error.array[0], error.arrayminus[0]) == pytest.approx((0.1, 0.05))
    assert "MRR: difference to Three-hop" in figure.layout.xaxis.title.text


def test_runs_of_one_model_share_its_colour_and_differ_in_line():
    first, second = (chart_style.pen(Line("a", "mf", pd.DataFrame(), nth)) for nth in (0, 1))
    assert first["color"] == second["color"]
    assert first["dash"] != second["dash"]


def slices_of(values: dict[str, float | None]) -> pd.DataFrame:
    rows = [("ends", name, 10, value) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["slice", "value", "n", "hits_at_10"])


def test_bars_of_one_colour_differ_in_pattern():
    lines = [Line(name, name, slices_of({"seen": 0.1})) for name in EXPERIMENTS]
    lines += [Line(f"skipgram {n}", "skipgram", lines[0].table, n) for n in (1, 2)]
    bars = run_curves.slices(lines, "ends", "hits_at_10").data
    looks = {(bar.marker.color, bar.marker.pattern.shape) for bar in bars}
    assert len(looks) == len(lines)
    assert len(
        {(chart_style.pen(line)["color"], chart_style.pen(line)["dash"]) for line in lines}
    ) == len(lines)


def test_parts_without_any_value_are_left_out_and_named():
    first = Line("a", "mf", slices_of({"seen": 0.1, "half-seen": None, "unseen": None}))
    second = Line("b", "eges", slices_of({"seen": 0.2, "half-seen": 0.3, "unseen": None}))
    assert run_curves.unmeasured([first, second], "ends", "hits_at_10") == ["unseen"]
    figure = run_curves.slices([first, second], "ends", "hits_at_10")
    assert [list(bar.x) for bar in figure.data] == [["seen", "half-seen"]] * 2
    assert run_curves.unmeasured([first], "ends", "hits_at_10") == ["half-seen", "unseen"]


def test_precision_recall_and_roc_have_one_legend_and_room_for_it():
    def figure(n: int):
        table = pd.DataFrame(
            {"recall": [0, 1], "precision": [1, 0.5], "fpr": [0, 1], "tpr": [0, 1]}
        )
        lines = [Line(f"run {i}", "mf", table, i) for i in range(n)]
        return run_curves.pr_and_roc(lines, lines)

    many = figure(19)
    named = [trace.name for trace in many.data if trace.showlegend is not False]
    assert named == [f"run {i}" for i in range(19)] + ["chance"]
    assert many.data[0].legendgroup == many.data[19].legendgroup
    assert many.layout.height > figure(4).layout.height


def test_a_series_that_is_a_model_has_its_colour_and_others_another():
    series = [{"name": name, "x": [1], "y": [1]} for name in ("epochs", "EGES", "node2vec")]
    for kind in ("bars", "lines"):
        drawn = study_figure({"kind": kind, "series": series}).data
        shades = [(trace.marker if kind == "bars" else trace.line).color for trace in drawn]
        assert shades[1:] == [chart_style.colour("eges"), chart_style.colour("node2vec")]
        assert shades[0] not in shades[1:]


def test_the_network_escapes_titles_and_names_every_relation_once():
    nodes = pd.DataFrame(
        {"product": [4, 7], "id": ["a", "b"], "title": ["<i>x</i>", ""], "brand": "",
         "category": "", "x": [0.0, 1.0], "y": [0.0, 1.0]}
    )  # fmt: skip
    edges = pd.DataFrame(
        {"u": [4, 4], "v": [7, 7], "relation": ["also_bought", "also_viewed"],
         "part": ["training pair", "held-out pair"]}
    )  # fmt: skip
    figure = network_charts.ego(nodes, edges)
    assert "<i>" not in figure.to_json()
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert named == ["also bought", "also viewed, held out"]


def test_names_of_the_network_do_not_lie_on_one_another():
    nodes = pd.DataFrame({"x": [0.0, 0.05, 0.5, 1.0, 0.02], "y": [0.0, 0.01, 0.01, 1.0, 0.5]})
    assert network_charts.with_room(nodes) == [True, False, True, True, True]
    alone = pd.DataFrame({"x": [0.3], "y": [0.3]})
    assert network_charts.with_room(alone) == [True]
