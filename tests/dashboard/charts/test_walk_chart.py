"""The animated walk: one frame per step, each like the figure at that step."""

from __future__ import annotations

import pandas as pd

from dashboard.charts import walk_chart

NODES = pd.DataFrame(
    {
        "product": [4, 7, 9],
        "id": ["a", "b", "c"],
        "title": ["<i>x</i>", "", "z"],
        "brand": "",
        "category": ["", "Milk", ""],
        "x": [0.0, 1.0, 0.5],
        "y": [0.0, 1.0, 0.2],
    }
)
EDGES = pd.DataFrame({"u": [4, 7], "v": [7, 9]})
WALK, CHANCES = [4, 7, 4], [1.0, 0.25, 0.5]


def drawn(shown: int):
    return walk_chart.walk_figure(NODES, EDGES, WALK, CHANCES, shown)


def test_every_step_has_a_frame_like_the_figure_that_stops_there():
    figure = drawn(3)
    assert "<i>" not in figure.to_json()
    assert [frame.name for frame in figure.frames] == ["0", "1", "2"]
    for step, frame in enumerate(figure.frames):
        still = drawn(step + 1)
        assert list(frame.traces) == walk_chart.MOVING
        for place, trace in zip(frame.traces, frame.data):
            assert trace.to_json() == still.data[place].to_json()


def test_the_trail_ends_at_the_walker_and_only_visited_products_are_named():
    for shown, end, named in ((1, (0, 0), {"&lt;i&gt;x&lt;/i&gt;"}), (2, (1, 1), None)):
        trail, visited, walker, message = drawn(shown).data[2:]
        assert (trail.x[-1], trail.y[-1]) == (walker.x[0], walker.y[0]) == end
        assert len(trail.x) == len(WALK)
        assert named is None or set(visited.text) - {""} == named
    assert message.text == ("<b>Step 1 of 2 · 1 in 4</b>",)


def test_a_walk_without_steps_is_drawn():
    figure = walk_chart.walk_figure(NODES.head(1), EDGES.head(0), [4], [1.0], 1)
    assert len(figure.frames) == 1
