"""Figures of the data itself: degrees and categories."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.chart_style import PALETTE, finish, text

# Characters per line of a name; few areas are wider.
MAX_LINE = 10


def degree_distribution(degrees: np.ndarray) -> go.Figure:
    """Return the number of products by their number of training pairs, on logarithmic axes.

    Parameters
    ----------
    degrees : int array, shape (n_products,)
    """
    counts = np.bincount(degrees[degrees > 0])
    degree = np.flatnonzero(counts)
    figure = go.Figure(
        go.Scatter(
            x=degree,
            y=counts[degree],
            mode="markers",
            marker={"color": PALETTE[0], "size": 7, "opacity": 0.7},
            hovertemplate="%{y:,} products with %{x:,} pairs<extra></extra>",
        )
    )
    figure.update_xaxes(type="log", title="Training pairs of a product", dtick=1)
    figure.update_yaxes(type="log", title="Products", dtick=1)
    return finish(figure, 340)


def category_treemap(frame: pd.DataFrame, top: int = 20) -> go.Figure:
    """Return the categories as areas: the `top` of level 1, of level 2 in each, and the rest.

    Parameters
    ----------
    frame : DataFrame
        Columns `category_1` and `category_2`, strings, one row per product.
    """
    names, shown, parents, ids, values, colours = [], [], [], [], [], []
    given = frame[frame["category_1"] != ""]
    firsts = given["category_1"].value_counts()
    for number, (first, count) in enumerate(_with_rest(firsts, top).items()):
        key = f"1/{number}"
        ids.append(key)
        names.append(text(first))
        shown.append(text(first))
        parents.append("")
        values.append(count)
        colours.append(PALETTE[number % len(PALETTE)])
        inside = given.loc[given["category_1"] == first, "category_2"]
        seconds = _with_rest(inside[inside != ""].value_counts(), top)
        # With a single category on level 1, the colours show level 2.
        alone = len(firsts) == 1
        for position, (second, part) in enumerate(seconds.items()):
            ids.append(f"{key}/{position}")
            names.append(text(second))
            shown.append("<br>".join(map(text, wrap(second, MAX_LINE, break_long_words=False))))
            parents.append(key)
            values.append(part)
            colours.append(PALETTE[(position if alone else number) % len(PALETTE)])
    figure = go.Figure(
        go.Treemap(
            ids=ids,
            labels=names,
            text=shown,
            textinfo="text",
            parents=parents,
            values=values,
            branchvalues="total",
            marker={"colors": colours, "line": {"width": 1}},
            tiling={"pad": 2},
            hovertemplate="%{label}<br>%{value:,} products<extra></extra>",
            textfont={"color": "white"},
        )
    )
    # A name that does not fit at a readable size shows on hover only.
    readable = {"minsize": 10, "mode": "hide"}
    margin = {"l": 0, "r": 0, "t": 4, "b": 4}
    return finish(figure, 340, margin=margin, uniformtext=readable)


def _with_rest(counts: pd.Series, top: int) -> dict[str, int]:
    largest = {str(name): int(count) for name, count in counts.head(top).items()}
    rest = int(counts.iloc[top:].sum())
    return {**largest, f"{len(counts) - top} others": rest} if rest else largest
