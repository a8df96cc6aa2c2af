from __future__ import annotations

import pytest

from dashboard.parts.duration_text import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (7260, "2 h 01 min")],
)
def test_durations_are_written_in_suitable_units(seconds, text):
    assert duration(seconds) == text
