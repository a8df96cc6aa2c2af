"""The figures of the maps as data: what is coloured how, and what stays light."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.charts import map_charts, map_labels


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 2)).astype(np.float32), columns=["x", "y"])
    return table.assign(product=np.arange(200), region=np.repeat([0, 1, 2, -1], 50))


def test_groups_are_the_most_common_and_the_rest():
    values = pd.Series(["a"] * 5 + ["b"] * 3 + ["c"] + [""] * 2)
    codes, names = map_charts.top_groups(values, 2)
    assert names == ["a", "b", "1 others or not given"]
    assert codes.tolist() == [0] * 5 + [1] * 3 + [2] * 3
    assert map_charts.top_groups(values, 9)[1] == ["a", "b", "c", "not given"]


def test_every_point_is_drawn_once_in_its_group(points):
    codes = np.arange(200) % 3
    figure = map_charts.by_group(points, codes, ["first", "<b>second", "rest"])
    drawn = {trace.name: trace.customdata for trace in figure.data}
    assert sorted(np.concatenate(list(drawn.values()))) == list(range(200))
    # Untrusted names come out letter by letter.
    assert set(drawn["&lt;b&gt;second (67)"]) == set(np.flatnonzero(codes == 1))
    for trace in figure.data:
        assert np.array_equal(trace.x, points["x"].to_numpy()[trace.customdata])
        assert trace.type == "scattergl" and trace.text is None


def test_numbers_are_coloured_by_their_logarithm_and_gaps_are_grey(points):
    values = np.r_[np.nan, 0.0, 10 ** np.linspace(0, 3, 198)]
    missing, *steps, bar = map_charts.by_number(points, values, "Price", log=True).data
    assert set(missing.customdata) == {0, 1}
    # Every point once, and no lower number in a later step.
    rows = [np.asarray(trace.customdata) for trace in steps]
    assert sorted(np.concatenate(rows)) == list(range(2, 200))
    assert all(values[a].max() < values[b].min() for a, b in itertools.pairwise(rows))
    assert len({trace.marker.color for trace in steps}) == len(steps) == map_charts.STEPS
    assert 0 <= bar.marker.cmin < bar.marker.cmax <= 3
    assert bar.marker.colorbar.ticktext[-1] == f"{10**bar.marker.cmax:,.3g}"
    assert len(map_charts.by_number(points, np.full(200, np.nan), "Price", log=False).data) == 1


@pytest.mark.parametrize("log", [True, False])
def test_one_number_for_all_is_one_step(points, log):
    dots, _ = map_charts.by_number(points, np.full(200, 2.0), "Price", log=log).data
    assert len(dots.x) == 200


def test_three_dimensions_use_their_own_traces(points):
    deep = points.assign(z=1.0)
    figure = map_charts.by_group(deep, np.zeros(200, int), ["all"])
    assert {trace.type for trace in figure.data} == {"scatter3d"}
    top = map_charts.highlight(figure, deep, 3, np.array([4, 5]))
    assert {trace.type for trace in top.data} == {"scatter3d"}


def test_titles_of_every_point_go_along_only_while_they_are_few(points, monkeypatch):
    titles = pd.Series(["<script>"] * 200)
    named = map_labels.with_titles(points, titles)
    figure = map_charts.by_group(named, np.zeros(200, int), ["all"])
    assert figure.data[0].text[0] == "&lt;script&gt;"
    monkeypatch.setattr(map_labels, "MAX_TITLED", 100)
    assert "title" not in map_labels.with_titles(points, titles)


def test_of_many_points_some_have_titles_and_then_those_in_view(points):
    titles = pd.Series([f"<b>{i}" for i in range(200)])
    figure = map_charts.by_group(points, np.arange(200) % 2, ["even", "odd"])
    some = np.array([3, 8])
    map_labels.add_hover_titles(figure, points, some, titles.iloc[some])
    # Last, so that it wins against the point of the same place.
    unseen = figure.data[-1]
    assert unseen.marker.opacity == 0 and list(unseen.text) == ["&lt;b&gt;3", "&lt;b&gt;8"]
    assert list(unseen.x) == points["x"].iloc[some].tolist() and len(figure.data) == 3
    top = map_charts.fly_to(go.Figure(figure), points, np.array([7]), share=0.05)
    shown = map_labels.in_view(top, points)
    map_labels.add_hover_titles(top, points, shown, titles.iloc[shown])
    assert 7 in shown and len(shown) < 200 and list(top.data[-1].customdata) == shown.tolist()
    assert len(top.data) == 3 and list(figure.data[-1].customdata) == [3, 8]


def test_the_highlight_stands_on_top(points):
    base = map_charts.by_group(points, np.zeros(200, int), ["all"])
    assert len(map_charts.highlight(base, points, None, np.array([], int)).data) == 1
    top = map_charts.highlight(base, points, 7, np.array([8, 9]), np.array([1, 2, 3]))
    assert len(top.data) == 5
    marked, lines, near, chosen = top.data[1:]
    assert len(marked.x) == 3
    assert lines.x == (points.x[7], points.x[8], None, points.x[7], points.x[9], None)
    assert list(near.customdata) == [8, 9] and list(chosen.customdata) == [7]


def test_flying_puts_the_product_in_the_middle_and_its_neighbours_in_view(points):
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    rows = np.array([7, 8, 9])
    map_charts.fly_to(figure, points, rows)
    low, high = figure.layout.xaxis.range
    assert (low + high) / 2 == pytest.approx(points.x[7], abs=1e-5)
    assert all(low <= points.x[row] <= high for row in rows)


def test_a_label_does_not_cover_what_was_flown_to(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    points.loc[7, ["x", "y"]] = points.loc[points.region == 0, ["x", "y"]].median()
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    map_labels.with_labels(figure, points, ["one", "two"])
    map_charts.fly_to(figure, points, np.array([7]))
    assert [note.text for note in figure.layout.annotations] == ["two"]


def test_a_name_is_written_once(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    map_labels.with_labels(figure, points, ["same", "same"])
    assert [note.text for note in figure.layout.annotations] == ["same"]


@pytest.mark.parametrize(("width", "size", "left"), [(900, 12, 2), (900, 26, 1), (300, 12, 1)])
def test_a_name_does_not_lie_on_one_of_a_larger_region(points, width, size, left):
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    figure.update_xaxes(range=[0, 100]).update_yaxes(range=[0, 100])
    for x, name in ((40, "a" * 30), (62, "b" * 30)):
        figure.add_annotation(x=x, y=50, text=name)
    figure.add_annotation(x=40, y=80, text="c" * 30)
    map_labels.tidy_labels(figure, width, size)
    names = [note.text[0] for note in figure.layout.annotations]
    assert names == (["a", "b", "c"] if left == 2 else ["a", "c"])


def test_a_name_does_not_stand_out_of_the_map(points):
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    figure.update_xaxes(range=[0, 100]).update_yaxes(range=[0, 100])
    for x, y in ((2, 20), (98, 40), (50, 60), (300, 80)):
        figure.add_annotation(x=x, y=y, text="a" * 30)
    shifts = [note.xshift for note in map_labels.tidy_labels(figure, 900).layout.annotations]
    assert shifts[0] == -shifts[1] > 60
    # Out of sight, it is where it belongs once the map is moved.
    assert shifts[2:] == [0, None]


def test_labels_stand_in_the_middle_of_their_regions_and_not_on_one_another(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    figure = map_charts.by_group(points, np.zeros(200, int), ["all"])
    map_labels.with_labels(figure, points, ["<i>one", "two", "three"])
    assert [note.text for note in figure.layout.annotations] == ["&lt;i&gt;one", "two"]
    assert figure.layout.annotations[1].x == pytest.approx(points.x[points.region == 1].median())
