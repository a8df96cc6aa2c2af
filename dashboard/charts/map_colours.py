"""Colours of the points on maps: one code per product, the same on every map. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from plotly.colors import sample_colorscale

from core.plural import count_of
from dashboard.charts.chart_style import PALETTE

OTHER = "#B8C0C8"
# The palette without its grey, and eight more that differ from it and from each other in OKLab.
SHADES = (
    *(shade for shade in PALETTE if shade != "#8C8C8C"),
    "#9C4860", "#6CC060", "#B49CFC", "#786024", "#007884", "#FC8478", "#54609C", "#247800",
)  # fmt: skip
TOP = len(SHADES)  # values with their own colour
SCALE = "Viridis"
STEPS = 14  # colours of the scale for numbers
ABSENT, REST = "not given", "other"


@dataclass(frozen=True)
class Scale:
    """The colour bar of a number: its title and ends, as exponents of 10 if `is_log`."""

    title: str
    low: float
    high: float
    is_log: bool


@dataclass(frozen=True)
class Colours:
    """What colours the points of maps.

    Attributes
    ----------
    codes : int array, shape (n_products,)
        Place of each product's group in `names`; the last group is grey.
    names : list of str
        Names of the groups.
    shades : list of str
        Their colours.
    scale : Scale or None
        The colour bar of a number; None for groups with a legend.
    """

    codes: np.ndarray
    names: list[str]
    shades: list[str]
    scale: Scale | None = None


def by_value(values: pd.Series, chosen: Sequence[str] = ()) -> Colours:
    """Return colours for the most common values, or for those `chosen`; the others are grey.

    Parameters
    ----------
    values : Series of str, length n_products
        "" for products without a value.
    """
    counts = values[values != ""].value_counts()
    names = [str(name) for name in chosen or counts.index[:TOP]][:TOP]
    place = {name: number for number, name in enumerate(names)}
    codes = values.map(place).fillna(len(names)).to_numpy(np.int64)
    rest = len(counts.index.difference(names))
    absent = ABSENT if (values == "").any() else ""
    other = count_of(rest, REST) if rest else ""
    last = " or ".join(part for part in (other, absent) if part) or ABSENT
    return Colours(codes, [*names, last], [*SHADES[: len(names)], OTHER])


def by_number(values: np.ndarray, title: str, log: bool) -> Colours:
    """Return colours for a number, in steps; products without one are grey.

    A browser takes two seconds to colour 100,000 points one by one; steps need one trace each.
    """
    given = np.isfinite(values) & ((values > 0) | (not log))
    codes = np.full(len(values), STEPS, np.int64)
    names, shades = [title] * STEPS, sample_colorscale(SCALE, (np.arange(STEPS) + 0.5) / STEPS)
    if not given.any():
        return Colours(codes, [*names, ABSENT], [*shades, OTHER])
    shown = np.log10(values[given]) if log else values[given]
    low, high = (float(end) for end in np.percentile(shown, [1, 99]))
    high = max(high, low + 1e-6)
    step = (shown - low) / (high - low) * STEPS
    codes[given] = np.clip(step, 0, STEPS - 1).astype(np.int64)
    return Colours(codes, [*names, ABSENT], [*shades, OTHER], Scale(title, low, high, log))


def information(values: pd.Series) -> float:
    """Return the information in the colours of `by_value`, in bits.

    The entropy of the groups with a colour, counted over all products: one colour for everything
    has none, and neither has grey.
    """
    counts = values[values != ""].value_counts().to_numpy()[:TOP]
    share = counts / max(len(values), 1)
    return float(-(share * np.log2(share)).sum())
