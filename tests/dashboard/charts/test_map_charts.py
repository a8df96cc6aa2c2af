"""The figures of maps as data: their colours, and their size."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.charts import map_charts, map_colours, map_labels


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 2)).astype(np.float32), columns=["x", "y"])
    return table.assign(product=np.arange(200), region=np.repeat([0, 1, 2, -1], 50))


def flat(n: int = 200) -> map_colours.Colours:
    """Return one colour for all products."""
    return map_colours.Colours(np.zeros(n, int), ["all"], ["#123456"])


def test_groups_are_the_most_common_and_the_rest(monkeypatch):
    values = pd.Series(["a"] * 5 + ["b"] * 3 + ["c"] + [""] * 2)
    assert map_colours.by_value(values).names == ["a", "b", "c", "not given"]
    few = map_colours.by_value(values, ["c", "b"])
    assert few.names == ["c", "b", "1 other or not given"]
    assert few.codes.tolist() == [2] * 5 + [1] * 3 + [0] + [2] * 2
    assert few.shades[-1] == map_colours.OTHER
    monkeypatch.setattr(map_colours, "TOP", 1)
    assert map_colours.by_value(values[:9]).names == ["a", "2 others"]


def test_a_single_value_is_not_informative(monkeypatch):
    assert map_colours.information(pd.Series(["a"] * 8)) == 0
    assert map_colours.information(pd.Series([""] * 8)) == 0
    assert map_colours.information(pd.Series(list("aabbccdd"))) == pytest.approx(2)
    # Values without a colour do not count.
    assert map_colours.information(pd.Series([str(i) for i in range(400)])) < 0.4


def test_every_shade_occurs_once():
    assert len(set(map_colours.SHADES)) == map_colours.TOP == 16


def test_every_point_is_drawn_once_in_its_group(points):
    # Points stand for products in any order.
    points = points.assign(product=np.arange(200)[::-1])
    values = pd.Series(["first", "<b>second", ""] * 67)[:200]
    figure = map_charts.points_of(points, map_colours.by_value(values))
    drawn = {trace.name: trace.customdata for trace in figure.data}
    assert sorted(np.concatenate(list(drawn.values()))) == list(range(200))
    # Untrusted names are escaped.
    assert set(drawn["&lt;b&gt;second (67)"]) == set(np.flatnonzero(values == "<b>second"))
    for trace in figure.data:
        assert np.array_equal(trace.x, points["x"].to_numpy()[::-1][trace.customdata])
        assert trace.type == "scattergl" and trace.text is None


def test_numbers_are_coloured_by_their_logarithm_and_gaps_are_grey(points):
    values = np.r_[np.nan, 0.0, 10 ** np.linspace(0, 3, 198)]
    colours = map_colours.by_number(values, "Price", log=True)
    missing, *steps, bar = map_charts.points_of(points, colours).data
    assert set(missing.customdata) == {0, 1}
    # Every point once, and no lower number in a later step.
    rows = [np.asarray(trace.customdata) for trace in steps]
    assert sorted(np.concatenate(rows)) == list(range(2, 200))
    assert all(values[a].max() < values[b].min() for a, b in itertools.pairwise(rows))
    assert len({trace.marker.color for trace in steps}) == len(steps) == map_colours.STEPS
    assert 0 <= bar.marker.cmin < bar.marker.cmax <= 3
    assert bar.marker.colorbar.ticktext[-1] == f"{10**bar.marker.cmax:,.3g}"
    none = map_colours.by_number(np.full(200, np.nan), "Price", log=False)
    assert len(map_charts.points_of(points, none).data) == 1


@pytest.mark.parametrize("log", [True, False])
def test_a_constant_number_is_one_step_of_the_scale(points, log):
    colours = map_colours.by_number(np.full(200, 2.0), "Price", log=log)
    dots, _ = map_charts.points_of(points, colours).data
    assert len(dots.x) == 200


def test_two_maps_share_view_and_legend(points):
    colours = map_colours.by_value(pd.Series(["a", "b"] * 100))
    left, right = (
        map_charts.points_of(table, colours) for table in (points, points.assign(x=points["x"] + 5))
    )
    map_labels.with_labels(right, points, ["name"])
    ends = left.layout.xaxis.range
    figure = map_charts.side_by_side(left, right)
    assert [trace.xaxis for trace in figure.data] == [None, None, "x2", "x2"]
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    assert figure.layout.xaxis2.matches == "x" and figure.layout.yaxis2.matches == "y"
    assert figure.layout.xaxis.range[1] == pytest.approx(ends[1] + 5, abs=1e-5)
    assert figure.layout.annotations[0].xref == "x2"
    map_charts.highlight(figure, points, 7, np.array([8]), is_second=True)
    assert {trace.xaxis for trace in figure.data[4:]} == {"x2"}


def test_a_narrow_legend_shortens_names_between_characters(points):
    values = pd.Series(["<short>", "& so on", "& so on and so forth, on"] * 67)
    figure = map_charts.points_of(points, map_colours.by_value(values))
    names = [trace.name for trace in map_charts.narrow_legend(figure).data]
    assert names == ["&lt;short&gt; (67)", "&amp; so on (67)", "&amp; so on and so fort…"]


def test_two_maps_have_one_colour_bar(points):
    colours = map_colours.by_number(np.arange(1.0, 201), "Price", log=True)
    figure = map_charts.side_by_side(*(map_charts.points_of(points, colours) for _ in "ab"))
    assert sum(bool(trace.marker.showscale) for trace in figure.data) == 1


def test_three_dimensions_use_their_own_traces(points):
    deep = points.assign(z=1.0)
    figure = map_charts.points_of(deep, flat())
    assert {trace.type for trace in figure.data} == {"scatter3d"}
    top = map_charts.highlight(figure, deep, 3, np.array([4, 5]))
    assert {trace.type for trace in top.data} == {"scatter3d"}


def test_the_hover_text_of_a_point_describes_its_product():
    rows = pd.DataFrame(
        {
            "id": ["P0", "P1"],
            "title": ["<script>", ""],
            "brand": ["Oat & Co", ""],
            "category": ["Milk", ""],
            "price": [2.5, np.nan],
        }
    )
    assert map_labels.hover_texts(rows).tolist() == [
        "<b>&lt;script&gt;</b><br>Oat &amp; Co · Milk · 2.50",
        "<b>P1</b>",
    ]


def test_with_many_points_only_some_or_those_in_view_have_hover_texts(points):
    texts = pd.Series([f"text {i}" for i in range(200)])
    halves = map_colours.by_value(pd.Series(["even", "odd"] * 100))
    figure = map_charts.points_of(points, halves)
    some = np.array([3, 8])
    map_labels.add_hover_texts(figure, points, some, texts.iloc[some])
    # Last, so that it is above the point at the same place.
    unseen = figure.data[-1]
    assert unseen.marker.opacity == 0 and list(unseen.text) == ["text 3", "text 8"]
    assert list(unseen.x) == points["x"].iloc[some].tolist() and len(figure.data) == 3
    top = map_charts.zoom_to(go.Figure(figure), points, np.array([7]), share=0.05)
    shown = map_labels.in_view(top, points)
    map_labels.add_hover_texts(top, points, shown, texts.iloc[shown])
    assert 7 in shown and len(shown) < 200 and list(top.data[-1].customdata) == shown.tolist()
    assert len(top.data) == 3 and list(figure.data[-1].customdata) == [3, 8]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_region_names_are_legible_in_both_themes(points, theme):
    figure = map_labels.with_labels(map_charts.points_of(points, flat()), points, ["name"])
    (note,) = map_labels.in_theme(figure, theme).layout.annotations
    assert (note.font.color, note.bgcolor) == map_labels.INK[theme] and note.font.size == 12


def test_the_highlight_is_drawn_on_top(points):
    base = map_charts.points_of(points, flat())
    assert len(map_charts.highlight(base, points, None, np.array([], int)).data) == 1
    top = map_charts.highlight(base, points, 7, np.array([8, 9]), np.array([1, 2, 3]))
    assert len(top.data) == 5
    marked, lines, near, chosen = top.data[1:]
    assert len(marked.x) == 3
    assert lines.x == (points.x[7], points.x[8], None, points.x[7], points.x[9], None)
    assert list(near.customdata) == [8, 9] and list(chosen.customdata) == [7]


def test_zooming_to_a_product_centres_it_with_its_neighbours_in_view(points):
    figure = map_charts.points_of(points, flat())
    rows = np.array([7, 8, 9])
    map_charts.zoom_to(figure, points, rows)
    low, high = figure.layout.xaxis.range
    assert (low + high) / 2 == pytest.approx(points.x[7], abs=1e-5)
    assert all(low <= points.x[row] <= high for row in rows)


def test_a_label_does_not_cover_the_product_in_focus(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    points.loc[7, ["x", "y"]] = points.loc[points.region == 0, ["x", "y"]].median()
    figure = map_charts.points_of(points, flat())
    map_labels.with_labels(figure, points, ["one", "two"])
    map_charts.zoom_to(figure, points, np.array([7]))
    assert [note.text for note in figure.layout.annotations] == ["two"]


def test_a_name_is_written_once(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    figure = map_charts.points_of(points, flat())
    map_labels.with_labels(figure, points, ["same", "same"])
    assert [note.text for note in figure.layout.annotations] == ["same"]


@pytest.mark.parametrize(("width", "size", "left"), [(900, 12, 2), (900, 26, 1), (300, 12, 1)])
def test_a_label_does_not_overlap_that_of_a_larger_region(points, width, size, left):
    figure = map_charts.points_of(points, flat())
    figure.update_xaxes(range=[0, 100]).update_yaxes(range=[0, 100])
    for x, name in ((40, "a" * 30), (62, "b" * 30)):
        figure.add_annotation(x=x, y=50, text=name)
    figure.add_annotation(x=40, y=80, text="c" * 30)
    map_labels.tidy_labels(figure, width, 620, size)
    names = [note.text[0] for note in figure.layout.annotations]
    assert names == (["a", "b", "c"] if left == 2 else ["a", "c"])


def test_a_label_stays_inside_the_map(points):
    figure = map_charts.points_of(points, flat())
    figure.update_xaxes(range=[0, 100]).update_yaxes(range=[0, 100])
    for x, y in ((2, 20), (98, 40), (50, 60), (300, 80)):
        figure.add_annotation(x=x, y=y, text="a" * 30)
    shifts = [note.xshift for note in map_labels.tidy_labels(figure, 900, 620).layout.annotations]
    assert shifts[0] == -shifts[1] > 60
    # Outside the view, it is at its place once the map is moved.
    assert shifts[2:] == [0, None]


def test_labels_are_centred_in_their_regions_and_do_not_overlap(points):
    points.loc[points.region == 1, ["x", "y"]] += 30
    figure = map_charts.points_of(points, flat())
    map_labels.with_labels(figure, points, ["<i>one", "two", "three"])
    assert [note.text for note in figure.layout.annotations] == ["&lt;i&gt;one", "two"]
    assert figure.layout.annotations[1].x == pytest.approx(points.x[points.region == 1].median())
