"""Small histograms of selected products against the whole catalogue. Pure."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts import chart_style
from dashboard.charts.chart_style import MARK, QUIET, text

BINS = 16
MOST = 8  # values with a bar
HEIGHT = 260
MAX_NAME = 34  # characters of a value


def price_bins(prices: np.ndarray) -> np.ndarray:
    """Return the edges of the bins, shape (BINS + 1,), even on a logarithmic scale."""
    given = prices[np.isfinite(prices) & (prices > 0)]
    low, high = np.percentile(given, [0.5, 99.5])
    edges = np.geomspace(low, max(high, low * 1.01), BINS + 1)
    # The outer bins include the extreme prices.
    edges[0], edges[-1] = min(edges[0], given.min()), max(edges[-1], given.max())
    return edges


def price_histogram(prices: np.ndarray, products: np.ndarray) -> go.Figure | None:
    """Return the shares of the selection and of the catalogue in each bin of the price.

    None if fewer than two selected products have a price. `customdata` has a bin's ends.

    Parameters
    ----------
    prices : float array, shape (n_products,)
    products : int array
        The selected ones.
    """
    has_price = np.isfinite(prices) & (prices > 0)
    chosen = prices[products][has_price[products]]
    if len(chosen) < 2:
        return None
    edges = price_bins(prices)
    places = np.arange(BINS)
    ends = [f"{low:,.2f} – {high:,.2f}" for low, high in itertools.pairwise(edges)]
    figure = go.Figure()
    for values, name, shade in (
        (prices[has_price], "catalogue", QUIET),
        (chosen, "selection", MARK),
    ):
        counts = np.histogram(values, edges)[0]
        figure.add_bar(
            x=places, y=counts / len(values), name=name, marker_color=shade,
            opacity=0.5 if name == "catalogue" else 0.85, hovertext=ends,
            hovertemplate="%{hovertext}: %{y:.1%}",
            customdata=np.column_stack([edges[:-1], edges[1:]]),
        )  # fmt: skip
    shown = np.linspace(0, BINS - 1, 5).round().astype(int)
    figure.update_xaxes(tickvals=shown, ticktext=[f"{edges[place]:,.2f}" for place in shown])
    return _finish(figure, barmode="overlay", bargap=0.05, yaxis_tickformat=".0%")


def value_bars(values: pd.Series, products: np.ndarray) -> go.Figure | None:
    """Return the shares of the selection's most common values in it and in the catalogue.

    None if no selected product has a value. `customdata` has the values.
    """
    chosen = values.iloc[products]
    counts = chosen[chosen != ""].value_counts().head(MOST)[::-1]
    if counts.empty:
        return None
    names = [str(name) for name in counts.index]
    overall = values[values.isin(names)].value_counts().reindex(names).to_numpy()
    figure = go.Figure()
    for share, name, shade in (
        (overall / len(values), "catalogue", QUIET),
        (counts.to_numpy() / len(chosen), "selection", MARK),
    ):
        figure.add_bar(
            y=np.arange(len(names)), x=share, name=name, marker_color=shade, orientation="h",
            opacity=0.5 if name == "catalogue" else 0.85, customdata=names,
            hovertext=[text(value) for value in names], hovertemplate="%{hovertext}: %{x:.1%}",
        )  # fmt: skip
    short = [value if len(value) <= MAX_NAME else value[: MAX_NAME - 1] + "…" for value in names]
    figure.update_yaxes(
        tickvals=np.arange(len(names)), ticktext=[text(value) for value in short], automargin=True
    )
    return _finish(figure, barmode="group", bargap=0.2, xaxis_tickformat=".0%")


def _finish(figure: go.Figure, **layout) -> go.Figure:
    return chart_style.finish(
        figure, HEIGHT, hovermode="closest", dragmode=False,
        legend={**chart_style.LEGEND, "traceorder": "reversed"}, **layout,
    )  # fmt: skip
