"""Data frames in, plotly figures out. Nothing here reads files or knows of Streamlit.

Every model has its colour and line everywhere. Texts that come from data go through `text`.
"""

from __future__ import annotations

import html
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.experiments import EXPERIMENTS

# Okabe and Ito's colours; the blue lighter, to be told on black, the yellow darker, for white.
PALETTE = (
    "#1F88CE", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#A89B00",
    "#8A63D2",
)  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot")
COLOURS = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(EXPERIMENTS)}
LINES = {name: DASHES[i // len(PALETTE) % len(DASHES)] for i, name in enumerate(EXPERIMENTS)}
QUIET = "#8C96A0"
LEGEND = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0}
MARGIN = {"l": 8, "r": 8, "t": 40, "b": 8}


class Line(NamedTuple):
    """One run in a figure of many."""

    label: str
    model: str
    table: pd.DataFrame


def text(value: object) -> str:
    """Return `value` so that plotly, which reads some HTML, shows it letter by letter."""
    return html.escape(str(value), quote=False)


def colour(model: str) -> str:
    """Return the colour of a model, the same on every page."""
    return COLOURS.get(model, QUIET)


def _pen(model: str) -> dict:
    return {"color": colour(model), "dash": LINES.get(model, "solid"), "width": 2.5}


def _finish(figure: go.Figure, height: int, **layout) -> go.Figure:
    options = {"margin": MARGIN, "legend": LEGEND, "hoverlabel": {"align": "left"}, **layout}
    return figure.update_layout(height=height, **options)


def degree_distribution(degrees: np.ndarray) -> go.Figure:
    """Return how many products have how many training pairs, on logarithmic axes.

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
    return _finish(figure, 340)


def category_treemap(frame: pd.DataFrame, top: int = 12) -> go.Figure:
    """Return the categories as areas: the `top` of level 1 and of level 2 in each, and the rest.

    Parameters
    ----------
    frame : DataFrame
        Columns `category_1` and `category_2`, strings, one row a product.
    """
    names, parents, ids, values, colours = [], [], [], [], []
    given = frame[frame["category_1"] != ""]
    firsts = given["category_1"].value_counts()
    for number, (first, count) in enumerate(_with_rest(firsts, top).items()):
        key = f"1/{number}"
        ids.append(key)
        names.append(text(first))
        parents.append("")
        values.append(count)
        colours.append(PALETTE[number % len(PALETTE)])
        inside = given.loc[given["category_1"] == first, "category_2"]
        seconds = _with_rest(inside[inside != ""].value_counts(), top)
        for position, (second, part) in enumerate(seconds.items()):
            ids.append(f"{key}/{position}")
            names.append(text(second))
            parents.append(key)
            values.append(part)
            colours.append(PALETTE[number % len(PALETTE)])
    figure = go.Figure(
        go.Treemap(
            ids=ids,
            labels=names,
            parents=parents,
            values=values,
            branchvalues="total",
            marker={"colors": colours, "line": {"width": 1}},
            tiling={"pad": 2},
            hovertemplate="%{label}<br>%{value:,} products<extra></extra>",
            textfont={"color": "white"},
        )
    )
    return _finish(figure, 340, margin={"l": 0, "r": 0, "t": 4, "b": 4})


def _with_rest(counts: pd.Series, top: int) -> dict[str, int]:
    kept = {str(name): int(count) for name, count in counts.head(top).items()}
    rest = int(counts.iloc[top:].sum())
    return {**kept, f"{len(counts) - top} others": rest} if rest else kept


def published_beside_ours(rows: list[dict]) -> go.Figure:
    """Return AUC of our runs on this data with the published figures of the same models.

    Parameters
    ----------
    rows : list of dict
        From `core.evaluation.table.result_row`, with `label`.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    series = (
        ("Ours, this data", "auc_all", "circle", PALETTE[0]),
        ("Published, Electronics", "published_electronics_auc_all", "diamond", PALETTE[1]),
        ("Published, Books", "published_books_auc_all", "square", PALETTE[2]),
    )
    for name, column, symbol, shade in series:
        figure.add_scatter(
            x=[row[column] for row in rows],
            y=labels,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": shade},
            hovertemplate="%{y}<br>AUC, all pairs %{x:.4f}<extra></extra>",
        )
    figure.add_vline(
        x=0.5,
        line={"dash": "dot", "color": QUIET},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_xaxes(title="AUC, all pairs", range=[0.35, 1.01])
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _finish(figure, 130 + 30 * len(rows))


def live_curve(curve: pd.DataFrame, model: str) -> go.Figure:
    """Return a run's learning curve: AUC, loss and learning rate against the epochs.

    Parameters
    ----------
    curve : DataFrame
        As `core.store.Run.curve` returns it; the development phase has AUC, the final one has not.
    """
    others = {"loss": "Loss", "learning_rate": "Learning rate"}
    others = {name: head for name, head in others.items() if name in curve and curve[name].any()}
    figure = make_subplots(
        rows=1, cols=1 + len(others), horizontal_spacing=0.06,
        subplot_titles=["AUC, development slice", *others.values()],
        column_widths=[2, *[1] * len(others)],
    )  # fmt: skip
    measured = curve[curve["phase"] == "development"]
    for name, column, dash in (("All", "auc_all", "dot"), ("Seen only", "auc_seen", "solid")):
        if column in measured:
            figure.add_scatter(
                x=measured["epoch"], y=measured[column], name=name, row=1, col=1,
                mode="lines+markers", line={"color": colour(model), "dash": dash, "width": 2.5},
                marker={"size": 5}, hovertemplate="epoch %{x:.2f}: %{y:.4f}",
            )  # fmt: skip
    for place, column in enumerate(others, start=2):
        for phase, opacity in (("development", 1), ("final", 0.45)):
            part = curve[curve["phase"] == phase]
            if part[column].notna().any():
                figure.add_scatter(
                    x=part["epoch"], y=part[column], name=phase, row=1, col=place, mode="lines",
                    line={"color": colour(model), "width": 2}, opacity=opacity, showlegend=False,
                    hovertemplate="epoch %{x:.2f}: %{y:.4g}",
                )  # fmt: skip
    for epoch in epoch_marks(measured):
        figure.add_vline(x=epoch, line={"width": 1, "dash": "dot", "color": QUIET})
    figure.update_xaxes(title="Epoch", rangemode="tozero")
    return _finish(figure, 300, legend={**LEGEND, "y": 1.14}, uirevision="live")


def epoch_marks(curve: pd.DataFrame) -> list[float]:
    """Return where epochs end in a learning curve."""
    if "epoch_end" not in curve or curve.empty:
        return []
    return curve.loc[curve["epoch_end"].fillna(0).astype(float) > 0, "epoch"].tolist()


def learning_curves(lines: list[Line], measure: str = "auc_seen") -> go.Figure:
    """Return the learning curves of several runs in one figure, with marks where epochs end."""
    figure = go.Figure()
    for line in lines:
        curve = line.table[line.table["phase"] == "development"]
        if curve.empty or measure not in curve:
            continue
        ends = set(epoch_marks(curve))
        figure.add_scatter(
            x=curve["epoch"],
            y=curve[measure],
            name=text(line.label),
            mode="lines+markers",
            line=_pen(line.model),
            marker={
                "symbol": ["line-ns-open" if x in ends else "circle" for x in curve["epoch"]],
                "size": [14 if x in ends else 4 for x in curve["epoch"]],
            },
            hovertemplate="epoch %{x:.2f}: %{y:.4f}",
        )
    figure.update_xaxes(title="Epoch (long marks: its end)", rangemode="tozero")
    figure.update_yaxes(title="AUC on the development slice")
    return _finish(figure, 420)


class Cliff(NamedTuple):
    """Where precision falls off as the threshold is lowered."""

    threshold: float
    before: float
    after: float


def cliff_of_death(table: pd.DataFrame, window: int = 4, least: float = 0.15) -> Cliff | None:
    """Return where precision falls most within `window` steps of the threshold, or None.

    Parameters
    ----------
    table : DataFrame
        A run's `thresholds`, by rising threshold.
    window : int
        Steps of the grid; 4 of 200 are 2 % of the scale.
    least : float
        Smaller falls are no cliff.
    """
    part = table[table["precision"].notna() & (table["recall"] >= 0.005)].reset_index(drop=True)
    if len(part) <= window:
        return None
    precision = part["precision"].to_numpy()
    falls = precision[window:] - precision[:-window]
    steepest = int(falls.argmax())
    if falls[steepest] < least:
        return None
    middle = float(part["threshold"].iloc[steepest : steepest + window + 1].mean())
    return Cliff(middle, precision[steepest + window], precision[steepest])


def threshold_curves(lines: list[Line], share: float) -> go.Figure:
    """Return precision, recall and F1 against each run's own threshold, one panel a run.

    Parameters
    ----------
    lines : list of Line
        Their tables are the runs' `thresholds`.
    share : float
        Where the slider stands: 0 is the lowest threshold of each run, 1 the highest.
    """
    columns = min(len(lines), 3)
    rows = -(-len(lines) // columns)
    figure = make_subplots(
        rows=rows, cols=columns, subplot_titles=[text(line.label) for line in lines],
        shared_yaxes=True, horizontal_spacing=0.04, vertical_spacing=0.3 / rows,
    )  # fmt: skip
    kinds = (("Precision", "precision", "solid"), ("Recall", "recall", "dash"), ("F1", "f1", "dot"))
    for number, line in enumerate(lines):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for name, column, dash in kinds:
            figure.add_scatter(
                x=line.table["threshold"], y=line.table[column], name=name, legendgroup=name,
                showlegend=number == 0, mode="lines", **place,
                line={"color": colour(line.model), "dash": dash, "width": 2.5},
                hovertemplate=f"threshold %{{x:.3g}}<br>{name.lower()} %{{y:.4f}}<extra></extra>",
            )  # fmt: skip
        here = row_at(line.table, share)["threshold"]
        figure.add_vline(x=here, line={"width": 2, "color": QUIET}, **place)
        cliff = cliff_of_death(line.table)
        if cliff:
            figure.add_annotation(
                x=cliff.threshold, y=cliff.after, text="cliff of death", ax=-50, ay=30,
                font={"color": "#D55E00"}, arrowcolor="#D55E00", **place,
            )  # fmt: skip
    figure.update_yaxes(range=[0, 1.03])
    return _finish(figure, 120 + 260 * rows, legend={**LEGEND, "y": 1.06 + 0.06 / rows})


def row_at(table: pd.DataFrame, share: float) -> pd.Series:
    """Return the row of a `thresholds` table that stands `share` of the way up."""
    return table.iloc[round(share * (len(table) - 1))]


def curves(lines: list[Line], kind: str) -> go.Figure:
    """Return the precision-recall (`pr`) or ROC (`roc`) curves of several runs."""
    x, y = ("recall", "precision") if kind == "pr" else ("fpr", "tpr")
    titles = {
        "recall": "Recall", "precision": "Precision", "fpr": "False positive rate",
        "tpr": "True positive rate",
    }  # fmt: skip
    figure = go.Figure()
    for line in lines:
        figure.add_scatter(
            x=line.table[x], y=line.table[y], name=text(line.label), mode="lines",
            line=_pen(line.model), hovertemplate="%{x:.3f}, %{y:.3f}",
        )  # fmt: skip
    if kind == "roc":
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", name="chance", hoverinfo="skip",
            line={"dash": "dot", "color": QUIET},
        )  # fmt: skip
    figure.update_xaxes(title=titles[x], range=[0, 1.01])
    figure.update_yaxes(title=titles[y], range=[0 if kind == "roc" else 0.4, 1.02])
    return _finish(figure, 420)


def slices(lines: list[Line], kind: str, measure: str) -> go.Figure:
    """Return a measure on the parts of one kind: `degree`, `relation` or `ends`."""
    figure = go.Figure()
    for line in lines:
        part = line.table[line.table["slice"] == kind]
        names = [text(str(value).replace("_", " ")) for value in part["value"]]
        options = {
            "x": names, "y": part[measure], "name": text(line.label), "customdata": part["n"],
            "hovertemplate": "%{x}: %{y:.4f} (%{customdata:,} pairs)",
        }  # fmt: skip
        if kind == "degree":
            figure.add_scatter(mode="lines+markers", line=_pen(line.model), **options)
        else:
            figure.add_bar(marker={"color": colour(line.model)}, **options)
    heading = {
        "degree": "Training pairs of the less popular end (tenths)",
        "relation": "Relation that mentions the pair",
        "ends": "Ends seen in training",
    }
    figure.update_xaxes(title=heading[kind], type="category")
    figure.update_yaxes(title="AUC" if measure == "auc" else "Hits@10")
    return _finish(figure, 400, barmode="group")


def intervals(rows: list[dict], measure: str, heading: str) -> go.Figure:
    """Return each run's difference to the three-hop baseline with its 95 % interval.

    Parameters
    ----------
    rows : list of dict
        From `core.evaluation.table.result_row`, with `label`; those without the gain are left out.
    """
    name = f"{measure}_gain"
    rows = [row for row in rows if row.get(name) is not None]
    figure = go.Figure()
    for row in rows:
        value, low, high = (row[name + end] for end in ("", "_low", "_high"))
        figure.add_scatter(
            x=[value], y=[text(row["label"])], mode="markers", showlegend=False,
            marker={"size": 11, "color": colour(row["model"])},
            error_x={"array": [high - value], "arrayminus": [value - low], "thickness": 2},
            hovertemplate=f"%{{x:+.4f}} [{low:+.4f}, {high:+.4f}]<extra></extra>",
        )  # fmt: skip
    figure.add_vline(x=0, line={"color": QUIET, "dash": "dot"})
    figure.update_xaxes(title=f"{heading}: difference to three-hop, 95 % interval")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _finish(figure, 110 + 34 * max(1, len(rows)))


def easy_and_matched(rows: list[dict]) -> go.Figure:
    """Return AUC against uniform and against degree-matched negatives, joined a model.

    Parameters
    ----------
    rows : list of dict
        From `core.evaluation.table.result_row`, with `label`.
    """
    figure = go.Figure()
    labels = [text(row["label"]) for row in rows]
    for row, label in zip(rows, labels):
        figure.add_scatter(
            x=[row["auc_seen"], row["auc_degree"]], y=[label, label], mode="lines",
            line={"color": QUIET, "width": 3}, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
    for name, column, shade in (
        ("uniform negatives", "auc_seen", PALETTE[0]),
        ("degree-matched negatives", "auc_degree", PALETTE[1]),
    ):
        figure.add_scatter(
            x=[row[column] for row in rows], y=labels, mode="markers", name=name,
            marker={"size": 12, "color": shade}, hovertemplate="%{y}: %{x:.4f}",
        )  # fmt: skip
    figure.add_vline(
        x=0.5,
        line={"dash": "dot", "color": QUIET},
        annotation_text="chance",
        annotation_position="bottom right",
    )
    figure.update_xaxes(title="AUC, seen only")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _finish(figure, 130 + 30 * len(rows))
