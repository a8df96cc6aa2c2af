"""Figures of results: AUC by kind of negatives, on parts of the pairs, and differences of runs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.evaluation.measure_type import Row
from core.evaluation.measures import BY_NAME
from dashboard.charts.chart_style import (
    PALETTE,
    QUIET,
    Line,
    colour,
    colour_of,
    fill,
    finish,
    legend_room,
    pen,
    text,
)
from dashboard.charts.direct_labels import Label, add_labels
from dashboard.content.claims import EASY, FAIR

SLICES_HEIGHT = 420


def published_and_ours(rows: Sequence[Row]) -> go.Figure:
    """Return the AUC of our runs on this data and the published AUC of the same models.

    Parameters
    ----------
    rows : list of dict
        Rows of the results table.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    series = (
        ("Ours, this data", "auc_all", "circle", PALETTE[0]),
        ("Published, Electronics", "published_electronics_auc_all", "diamond", PALETTE[1]),
        ("Published, Books", "published_books_auc_all", "square", PALETTE[2]),
    )
    for name, column, symbol, shade in series:
        if all(row[column] is None for row in rows):
            continue
        figure.add_scatter(
            x=[row[column] for row in rows],
            y=labels,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": shade},
            hovertemplate="%{y}<br>AUC, all pairs %{x:.4f}<extra></extra>",
        )
    _mark_chance(figure)
    figure.update_xaxes(title="AUC, all pairs", range=[0.35, 1.01])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 130 + 30 * len(rows))


def uniform_and_matched(rows: Sequence[Row]) -> go.Figure:
    """Return the AUC by uniform and degree-matched negatives, with a line between a run's two.

    The study's published AUC of the same model, by uniform negatives, is marked as well.

    Parameters
    ----------
    rows : list of dict
        Rows of the results table.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    for row, label in zip(rows, labels):
        figure.add_scatter(
            x=[row[EASY], row[FAIR]],
            y=[label, label],
            mode="lines",
            line={"color": QUIET, "width": 3},
            showlegend=False,
            hoverinfo="skip",
        )
    published = "published_electronics_auc_seen"
    for name, column, shade, symbol in (
        ("against random products", EASY, PALETTE[0], "circle"),
        ("against equally popular ones", FAIR, PALETTE[1], "circle"),
        ("published, random, other data", published, PALETTE[0], "diamond-open"),
    ):
        if all(row.get(column) is None for row in rows):
            continue
        figure.add_scatter(
            x=[row.get(column) for row in rows],
            y=labels,
            mode="markers",
            name=name,
            marker={"size": 12, "color": shade, "symbol": symbol, "line_width": 2},
            hovertemplate="%{y}: %{x:.4f}",
        )
    _mark_chance(figure)
    figure.update_xaxes(title=f"{BY_NAME[EASY].heading} and {BY_NAME[FAIR].heading}")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 130 + 30 * len(rows))


def _mark_chance(figure: go.Figure) -> None:
    """Mark the AUC of random scores."""
    figure.add_vline(
        x=0.5,
        line={"dash": "dot", "color": QUIET},
        annotation_text="chance",
        annotation_position="top right",
    )


def slices(lines: list[Line], kind: str, measure: str) -> go.Figure:
    """Return a measure on parts of the held-out pairs.

    Parameters
    ----------
    lines : list of Line
        Their tables are the runs' `slices`.
    kind : str
        How the pairs are grouped: ``degree``, ``relation`` or ``ends``.
    measure : str
        A column of the tables. Parts without a value of it in any run are left out.
    """
    figure = go.Figure()
    empty = unmeasured(lines, kind, measure)
    for line in lines:
        part = line.table[(line.table["slice"] == kind) & ~line.table["value"].isin(empty)]
        names = [text(str(value).replace("_", " ")) for value in part["value"]]
        options = {
            "x": names,
            "y": part[measure],
            "name": text(line.label),
            "legendgroup": line.label,
            "customdata": part["n"],
            "hovertemplate": "%{x}: %{y:.4f} (%{customdata:,} pairs)",
        }
        if kind == "degree":
            figure.add_scatter(mode="lines+markers", line=pen(line), **options)
        else:
            figure.add_bar(marker=fill(line), **options)
    if kind == "degree":
        _name_lines(figure, lines, measure)
    heading = {
        "degree": "Training pairs of the less popular end, decile",
        "relation": "Relation of the pair",
        "ends": "Ends seen in training",
    }
    figure.update_xaxes(title=heading[kind], type="category")
    figure.update_yaxes(title="AUC" if measure == "auc" else BY_NAME[measure].title)
    named = kind == "degree"
    room = 0 if named else legend_room(len(lines))
    return finish(figure, SLICES_HEIGHT + room, barmode="group", showlegend=not named)


def _name_lines(figure: go.Figure, lines: list[Line], measure: str) -> None:
    """Write the names of the runs at the right ends of their lines."""
    drawn = [value for trace in figure.data for value in trace.y if value == value]
    if not drawn:
        return
    margin = 0.05 * (max(drawn) - min(drawn)) or 0.01
    heights = min(drawn) - margin, max(drawn) + margin
    labels = []
    for line, trace in zip(lines, figure.data):
        known = [(x, y) for x, y in zip(trace.x, trace.y) if y == y]
        if known and colour_of(line) != QUIET:
            labels.append(Label(line, *known[-1]))
    figure.update_yaxes(range=heights)
    n_parts = max(len(trace.x) for trace in figure.data)
    # Room for the names, in parts.
    figure.update_xaxes(range=[-0.5, n_parts * 1.3 - 0.5])
    add_labels(figure, labels, heights, SLICES_HEIGHT - 80)


def unmeasured(lines: list[Line], kind: str, measure: str) -> list[str]:
    """Return the parts on which no run has a value of the measure; see `slices`."""
    parts = pd.concat([line.table[line.table["slice"] == kind] for line in lines])
    given = parts.groupby("value", sort=False)[measure].count()
    return given.index[given == 0].tolist()


def difference_intervals(rows: Sequence[Row], heading: str, against: str) -> go.Figure:
    """Return each run's difference from another run, with its 95 % interval.

    Parameters
    ----------
    rows : list of dict
        With `label`, `model`, `difference`, `low` and `high`.
    heading, against : str
        Title of the measure and label of the other run.
    """
    figure = go.Figure()
    for row in rows:
        value, low, high = (row[name] for name in ("difference", "low", "high"))
        figure.add_scatter(
            x=[value],
            y=[text(row["label"])],
            mode="markers",
            showlegend=False,
            marker={"size": 11, "color": row.get("shade") or colour(row["model"])},
            error_x={"array": [high - value], "arrayminus": [value - low], "thickness": 2},
            hovertemplate=f"%{{x:+.4f}} [{low:+.4f}, {high:+.4f}]<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": QUIET, "dash": "dot"})
    figure.update_xaxes(
        title=f"{text(f'{heading}, difference from {against}')}<br>with 95 % interval"
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    return finish(figure, 110 + 34 * max(1, len(rows)))
