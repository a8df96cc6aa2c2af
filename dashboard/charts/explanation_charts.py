"""What a model's score is made of, as bars."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from dashboard.charts.chart_style import LEGEND, PALETTE, finish, text

# The largest parts are shown.
MAX_BARS = 8
# Height of a bar, and of everything around the bars, in pixels.
BAR_HEIGHT, FRAME_HEIGHT = 24, 50


def parts_of_score(
    parts: Mapping[str, Mapping[str, float]], names: Mapping[str, str], shade: str
) -> go.Figure:
    """Return the largest parts of a score as bars.

    Parameters
    ----------
    parts : mapping
        From `core.models.explanation.Explanation`.
    names : mapping
        Titles of its series.
    shade : str
        Colour of the only series, or of the first.
    """
    largest = {
        name: max(abs(row.get(name, 0)) for row in parts.values())
        for row in parts.values()
        for name in row
    }
    shown = sorted(largest, key=lambda name: -largest[name])[:MAX_BARS]
    shown = [name for name in shown if largest[name] > 0]
    figure = go.Figure()
    for series, colour in zip(parts, (shade, PALETTE[1])):
        values = [parts[series].get(name, 0.0) for name in shown]
        figure.add_bar(
            x=values,
            y=[text(name) for name in shown],
            orientation="h",
            name=text(names.get(series, series)),
            marker={"color": colour},
            # Two bars of one name are too thin for numbers.
            text=[f"{value:.2f}" for value in values] if len(parts) == 1 else None,
            textposition="auto",
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    several = len(parts) > 1
    height = FRAME_HEIGHT + BAR_HEIGHT * len(shown) * (1.4 if several else 1)
    return finish(
        figure,
        round(height) + (30 if several else 0),
        showlegend=several,
        legend=LEGEND,
        barmode="group",
        bargap=0.2,
        yaxis={"autorange": "reversed", "automargin": True},
        xaxis={"zeroline": True, "nticks": 4},
        margin={"l": 8, "r": 8, "t": 30 if several else 8, "b": 24},
    )
