"""Paths between two products, and what a score is made of."""

from __future__ import annotations

from dashboard.charts import explanation_charts, path_chart


def test_every_product_of_the_paths_is_drawn_once():
    names = {0: "<i>a</i>", 1: "b", 2: "c", 3: "d", 4: "e"}
    figure = path_chart.paths([([0, 1, 2, 4], 0.5), ([0, 3, 2, 4], 0.1)], names)
    *lines, nodes = figure.data
    assert sorted(nodes.hovertext) == ["&lt;i&gt;a&lt;/i&gt;", "b", "c", "d", "e"]
    assert len(lines) == 2 and lines[0].line.width > lines[1].line.width
    places = dict(zip(nodes.hovertext, zip(nodes.x, nodes.y)))
    assert places["c"][0] == 2 and places["b"][0] == places["d"][0] == 1
    assert places["b"][1] != places["d"][1]


def test_the_largest_parts_of_a_score_are_shown_largest_first():
    parts = {"": {f"part {n}": (-1) ** n * float(n) for n in range(12)}}
    (bars,) = explanation_charts.parts_of_score(parts, {}, "#000000").data
    assert list(bars.y) == [f"part {n}" for n in range(11, 3, -1)]
    assert list(bars.x) == [(-1) ** n * float(n) for n in range(11, 3, -1)]
    both = {"query": {"brand": 0.2, "text": 0.0}, "product": {"brand": 0.7, "text": 0.0}}
    figure = explanation_charts.parts_of_score(both, {"query": "chosen"}, "#000000")
    assert [bar.name for bar in figure.data] == ["chosen", "product"]
    assert all(list(bar.y) == ["brand"] for bar in figure.data)
