"""The results table: one definition for the command line, the README and the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

import pandas as pd

from core.evaluation.measure_type import Measure, Metrics, Place, Recorded, Row
from core.evaluation.measures import MEASURES, SORTED_BY, shown_in
from core.evaluation.published import PUBLISHED, STUDY, Published, published
from core.evaluation.significance import Interval
from core.models.registry import MODELS, baseline

PAPER = "Wang et al. 2018, arXiv 1803.02349"
SPLITS = ("random", "given", "time", "cold")
# Columns of a row that describe the run.
ABOUT_RUN = ("model", "run", "preset", "split", "seed", "epochs", "unseen_rule", "scoring")
COSTS = (
    "words_per_second",
    "pairs_per_second",
    "train_seconds",
    "total_seconds",
    "peak_memory_mb",
)


def result_row(
    metrics: Metrics, data: str, differences: Mapping[str, Interval] | None = None
) -> Metrics:
    """Return the flat row of one run: its metrics, and the study's published figures.

    Parameters
    ----------
    metrics : dict
        The run's ``metrics.json``.
    data : str
        Fingerprint of the split: rows with different ones must not be compared.
    differences : dict of Interval, optional
        To the baseline, by measure: added as ``<measure>_gain``, ``…_gain_low``, ``…_gain_high``.
    """
    names = [*ABOUT_RUN]
    for measure in MEASURES:
        source = measure.computed_by
        names += source.reads if isinstance(source, Recorded) else [measure.name]
    row = {name: metrics.get(name) for name in (*names, *COSTS)}
    row["data"] = data
    entry = MODELS.get(metrics["model"])
    row["title"] = entry.title if entry else metrics["model"]
    for dataset in ("Electronics", "Books"):
        figures = published(entry.published, dataset) if entry else None
        for name in ("auc_all", "auc_seen", "minutes"):
            row[f"published_{dataset.lower()}_{name}"] = getattr(figures, name, None)
    for name, interval in (differences or {}).items():
        ends = (None if isnan(end) else end for end in interval)
        row |= dict(zip(_ends(f"{name}_gain"), ends))
    return row


def _ends(name: str) -> tuple[str, str, str]:
    """Return the keys of a row that hold an estimate and the ends of its interval."""
    return name, f"{name}_low", f"{name}_high"


def in_table_order(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in the order of the table, each with its `label`, by default the title.

    The random split comes first, the study's rules after ours, models in registry order, and the
    runs of a model with its default settings before others.
    """
    order = {name: number for number, name in enumerate(MODELS)}

    def order_of(row: Row) -> tuple[int, bool, str, int, bool, int, str]:
        split = SPLITS.index(row["split"]) if row["split"] in SPLITS else len(SPLITS)
        model, changed = order.get(row["model"], len(order)), bool(row.get("changes"))
        study = row["preset"] == "study"
        return split, study, row["data"], model, changed, row["seed"], row["run"]

    return [{"label": row["title"], **row} for row in sorted(rows, key=order_of)]


@dataclass(frozen=True)
class Column:
    """A column of the results table.

    Attributes
    ----------
    name, heading, help : str
    value : function
        Takes a row; returns the sort key.
    text : function
        Takes a row; returns the text to show, "" for a missing value.
    better : str, optional
        ``higher`` or ``lower``: the value that is marked as the best.
    """

    name: str
    heading: str
    help: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    better: Literal["higher", "lower"] | None = None


LABEL = Column(
    "label",
    "Model",
    "The model, and what distinguishes the run from its standard run",
    lambda row: row["label"],
    lambda row: row["label"],
)


def columns(place: Place = "full_table") -> list[Column]:
    """Return the columns of the table for one place that shows it.

    In ``comparison``, measures are shown with their intervals.
    """
    chosen = [LABEL]
    for measure in shown_in(place):
        text = _with_interval(measure) if place == "comparison" else measure.shown
        chosen.append(
            Column(measure.name, measure.heading, measure.help, measure.value, text, measure.better)
        )
        if place == "full_table" and "baseline" in measure.places:
            chosen.append(_baseline_column(measure))
    return chosen


def _with_interval(measure: Measure) -> Callable[[Row], str]:
    def text(row: Row) -> str:
        estimate, low, high = (row.get(end) for end in _ends(measure.name))
        if estimate is None or low is None or high is None:
            return measure.shown(row)
        return f"{estimate:.3f} [{low:.3f}, {high:.3f}]"

    return text


def _baseline_column(measure: Measure) -> Column:
    """Return the column of a measure's difference from the baseline."""
    ends = _ends(f"{measure.name}_gain")

    def text(row: Row) -> str:
        estimate, low, high = (row.get(end) for end in ends)
        return (
            "" if estimate is None or low is None or high is None else signed(estimate, low, high)
        )

    return Column(
        ends[0],
        f"{measure.heading} vs. {MODELS[baseline()].title.lower()}",
        f"Difference from {MODELS[baseline()].title}, which needs no training, with its 95 % "
        "interval (paired)",
        lambda row: row.get(ends[0]),
        text,
    )


def best_first(rows: Sequence[Row]) -> list[Row]:
    """Return the rows sorted by the measure that counts; rows without it come last."""
    return sorted(rows, key=lambda row: -(row[SORTED_BY] or 0))


def shown_table(
    rows: Sequence[Row], elsewhere: bool = False, place: Place = "full_table"
) -> pd.DataFrame:
    """Return the rows as strings under the columns' headings; empty columns are left out.

    Parameters
    ----------
    rows : list of dict
        From `in_table_order`.
    elsewhere : bool
        Add rows of Wang et al. (2018) at the end; no model here reproduces them.
    place : str
        ``full_table``: all columns. ``short_table``: the few that fit a narrow screen.
    """
    chosen = columns(place)
    texts = [{column.heading: column.text(row) for column in chosen} for row in rows]
    headings = {column.name: column.heading for column in chosen}
    for paper in published_elsewhere() if elsewhere else ():
        name = f"{paper.row} ({PAPER}; another version of the data)"
        empty = dict.fromkeys(headings.values(), "")
        figure = {headings["published_electronics_auc_all"]: f"{paper.auc_all:.4f}"}
        texts.append({**empty, LABEL.heading: name, **figure})
    table = pd.DataFrame(texts, columns=list(headings.values()))
    return table[[heading for heading in table if (table[heading] != "").any()]]


def published_elsewhere(dataset: str = "Electronics") -> list[Published]:
    """Return the published rows for a data set from sources other than the study."""
    return [row for row in PUBLISHED if row.source != STUDY and row.dataset == dataset]


def signed(difference: float, low: float, high: float) -> str:
    """Return a difference with its interval as text."""
    return f"{difference:+.4f} [{low:+.4f}, {high:+.4f}]"


def markdown(table: pd.DataFrame) -> str:
    """Return a table of texts as GitHub Markdown; vertical bars in texts are escaped."""
    rows = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
