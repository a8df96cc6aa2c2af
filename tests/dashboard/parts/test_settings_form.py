from __future__ import annotations

import numpy as np

from dashboard.parts import settings_form


def test_bounds_without_a_limit_are_open():
    field = type("Field", (), {"metadata": [], "annotation": float})
    assert settings_form.bounds(field) == (None, None)
    assert np.isfinite(settings_form.SMALLEST_STEP)
