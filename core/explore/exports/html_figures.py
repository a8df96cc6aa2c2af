"""Plotly figures inside the exported HTML pages: the map, and learning curves."""

from __future__ import annotations

import html
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

# Okabe and Ito's colours, the blue lighter and the yellow darker.
COLOURS = ("#1F88CE", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#A89B00", "#8A63D2")
OTHERS, MARK = "#B8C0C8", "#E6007E"
MARGIN = {"l": 8, "r": 8, "t": 40, "b": 8}
# Percent of the points that the first view leaves out, on each side.
VIEW = 0.5
DIGITS = 3


def map_figure(table: pd.DataFrame, title: str) -> go.Figure:
    """Return a map coloured by the most common categories, with titles to hover over.

    Parameters
    ----------
    table : DataFrame
        One row per product, with ``id, title, category_1, category_2, x, y``.
    title : str

    Returns
    -------
    Figure
        Each point has its row of `table` as `customdata`. The last trace is for marks.
    """
    column = "category_2" if table["category_1"].nunique() < 3 else "category_1"
    common = table.loc[table[column] != "", column].value_counts().index[: len(COLOURS)]
    groups = [(name, table[column] == name, shade) for name, shade in zip(common, COLOURS)]
    rest = ~table[column].isin(common)
    if rest.any():
        groups.insert(0, ("other" if len(common) else "products", rest, OTHERS))
    layout = {"title": text(title), "margin": MARGIN, "dragmode": "pan", "height": 560}
    figure = go.Figure(layout=layout)
    names = table["title"].where(table["title"] != "", table["id"]).map(text)
    for name, chosen, shade in groups:
        part = table[chosen]
        # As lists: the page looks points up in them.
        figure.add_scattergl(
            x=part["x"].round(DIGITS).tolist(), y=part["y"].round(DIGITS).tolist(),
            text=names[chosen].tolist(), customdata=part.index.tolist(),
            name=f"{text(name)} ({len(part):,})", mode="markers", hoverinfo="text",
            marker={"size": 4, "color": shade, "opacity": 0.75},
        )  # fmt: skip
    marker = {
        "size": 14,
        "color": MARK,
        "symbol": "diamond",
        "line": {"width": 2, "color": "white"},
    }
    figure.add_scattergl(
        x=[], y=[], mode="markers", marker=marker, hoverinfo="skip", showlegend=False
    )
    for axis, update in (("x", figure.update_xaxes), ("y", figure.update_yaxes)):
        low, high = table[axis].quantile([VIEW / 100, 1 - VIEW / 100])
        room = 0.06 * (high - low) + 1e-6
        update(visible=False, range=[low - room, high + room])
    return figure.update_layout(plot_bgcolor="white", legend={"itemsizing": "constant"})


def curves_figure(curves: Mapping[str, pd.DataFrame], measure: str, title: str) -> go.Figure:
    """Return the learning curves of several runs by their labels; tables from `Run.curve`."""
    figure = go.Figure(layout={"margin": MARGIN, "height": 420, "plot_bgcolor": "white"})
    for label, curve in curves.items():
        figure.add_scatter(
            x=curve["epoch"].tolist(),
            y=curve[measure].tolist(),
            name=text(label),
            mode="lines+markers",
            hovertemplate="epoch %{x:.2f}: %{y:.4f}",
        )
    figure.update_xaxes(title="Epoch", rangemode="tozero", gridcolor="#E5E9ED")
    return figure.update_yaxes(title=title, gridcolor="#E5E9ED")


def text(value: object) -> str:
    """Return `value` escaped, since plotly interprets some HTML."""
    return html.escape(str(value), quote=False)
