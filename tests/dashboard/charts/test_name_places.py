"""Names on networks: readable, and inside the figure."""

from __future__ import annotations

import pandas as pd

from dashboard.charts.name_places import ABOVE, BELOW, place_names, range_with_names


def at(*points: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(points, columns=["x", "y"])


def test_a_name_that_would_lie_on_another_stands_below_its_point_or_nowhere():
    nodes = at((0.0, 0.0), (0.05, 0.01), (0.5, 0.5), (1.0, 1.0), (0.06, 0.015))
    names = ["a long name of a product"] * 5
    # The first avoids the points above it, so that the second has the place above.
    assert place_names(nodes, names) == [BELOW, ABOVE, ABOVE, ABOVE, ""]
    # Short names have room next to each other, except on a phone.
    beside = at((0.0, 0.0), (0.06, 0.01), (1.0, 1.0))
    assert place_names(beside, ["short"] * 3) == [ABOVE, ABOVE, ABOVE]
    assert place_names(beside, ["short"] * 3, phone=True) == [BELOW, ABOVE, ABOVE]
    assert place_names(at((0.3, 0.3)), ["alone"]) == [ABOVE]


def test_a_name_does_not_cover_another_product_if_there_is_another_place():
    nodes = at((0.5, 0.5), (0.5, 0.54), (0.0, 0.0), (1.0, 1.0))
    assert place_names(nodes, ["name"]) == [BELOW]


def test_the_axis_has_room_for_the_names_at_its_ends():
    nodes, names = at((0.0, 0.0), (1.0, 1.0)), ["n" * 28, "n"]
    low, high = range_with_names(nodes, names, [ABOVE, ABOVE])
    assert low < -28 * 0.0072 / 2 < -0.05 and 1 < high < 1.1
    assert range_with_names(nodes, names, ["", ABOVE])[0] > low
