"""Names next to lines."""

from __future__ import annotations

import pytest

from dashboard.charts.direct_labels import spread


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([0.9, 0.5], [0.9, 0.5]),
        ([0.9, 0.9, 0.9], [0.9, 0.8, 0.7]),
        ([0.1, 0.05, 0.0], [0.2, 0.1, 0.0]),
        ([2.0, 0.95], [1.0, 0.9]),
    ],
)
def test_labels_do_not_overlap_and_stay_inside(heights, expected):
    assert spread(heights, 0.1, 0.0, 1.0) == pytest.approx(expected)
