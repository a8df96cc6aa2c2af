"""Colours, lines and tables that all figures share."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from core.models.registry import MODELS, models_with
from dashboard.charts import chart_style
from dashboard.charts.chart_style import Line

# Machado, Oliveira and Fernandes (2009), severity 1; on linear RGB.
VISION = {
    "normal": np.eye(3),
    "deutan": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protan": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "tritan": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
SHADES = [shade for shades in chart_style.FAMILY_SHADES.values() for shade in shades]


def linear(colour: str) -> np.ndarray:
    """Return a colour as linear RGB."""
    value = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours by WCAG."""
    dark, light = sorted(linear(one) @ [0.2126, 0.7152, 0.0722] for one in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return linear RGB as CIE L*a*b* (D65)."""
    matrix = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(matrix @ np.clip(rgb, 1e-3, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("background", ["#FFFFFF", "#0E1117"])
@pytest.mark.parametrize("shade", SHADES)
def test_every_model_shows_on_white_and_on_dark(shade, background):
    assert contrast(shade, background) >= 2.95


@pytest.mark.parametrize("vision", VISION)
def test_families_differ_for_every_kind_of_colour_vision(vision):
    first = [shades[0] for shades in chart_style.FAMILY_SHADES.values()]
    seen = [lab(VISION[vision] @ linear(shade)) for shade in first]
    distances = [np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)]
    # A difference of 2.3 is just noticeable.
    assert min(distances) > 10


@pytest.mark.parametrize(
    "shades", chart_style.FAMILY_SHADES.values(), ids=chart_style.FAMILY_SHADES
)
@pytest.mark.parametrize("vision", VISION)
def test_shades_of_a_family_differ_for_every_kind_of_colour_vision(vision, shades):
    seen = [lab(VISION[vision] @ linear(shade)) for shade in shades]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) > 8


def test_marks_have_a_separate_colour():
    assert chart_style.MARK not in {*chart_style.PALETTE, *SHADES, chart_style.QUIET}


def test_models_of_a_family_share_its_hue_and_every_one_has_its_dash():
    families = {entry.family for entry in MODELS.values()}
    assert families <= set(chart_style.FAMILY_SHADES)
    for family in families:
        names = [name for name, entry in MODELS.items() if entry.family == family]
        pens = [chart_style.pen(Line(name, name, pd.DataFrame())) for name in names]
        assert {pen["color"] for pen in pens} <= set(chart_style.FAMILY_SHADES[family])
        assert len({pen["dash"] for pen in pens}) == len(names)
    # The most prominent model has the plainest line.
    assert chart_style.pen(Line("a", "skipgram", pd.DataFrame()))["dash"] == "solid"


def test_the_data_of_a_figure_is_one_table():
    lines = [Line(name, "mf", pd.DataFrame({"recall": [0.5, 1.0]})) for name in "ab"]
    table = chart_style.in_one_table(lines)
    assert table.columns[0] == "model" and len(table) == 4
    assert table.groupby("model")["recall"].max().to_dict() == {"a": 1.0, "b": 1.0}


def test_no_two_runs_look_alike():
    lines = [Line(name, name, pd.DataFrame(), nth) for name in MODELS for nth in (0, 1)]
    pens = {(pen["color"], pen["dash"]) for pen in map(chart_style.pen, lines)}
    assert len(pens) == len(lines)


def test_runs_of_one_model_share_its_colour_and_differ_in_line():
    first, second = (chart_style.pen(Line("a", "mf", pd.DataFrame(), nth)) for nth in (0, 1))
    assert first["color"] == second["color"]
    assert first["dash"] != second["dash"]


def test_the_first_eight_runs_have_distinct_colours_and_the_rest_are_grey():
    every = chart_style.distinct_shades(list(MODELS))
    coloured = [shade for shade in every if shade != chart_style.QUIET]
    assert len(coloured) == len(set(coloured)) == chart_style.MAX_SHADES
    sweep = chart_style.distinct_shades(["skipgram"] * 3)
    assert len(set(sweep)) == 3 and sweep[0] == chart_style.colour("skipgram")


@pytest.mark.parametrize("vision", VISION)
def test_runs_compared_by_default_differ_for_every_kind_of_colour_vision(vision):
    for best in ("stack", "adamic-adar", "node2vec"):
        shades = chart_style.distinct_shades([best, *models_with("compared")])
        seen = [lab(VISION[vision] @ linear(shade)) for shade in shades]
        for one, other in itertools.combinations(seen, 2):
            assert np.linalg.norm(one - other) > 8
