"""Finished runs as the pages show them: labels, the two results tables, marks for the best."""

from __future__ import annotations

import contextlib
from typing import Any

import pandas as pd
import streamlit as st

from core.config import UserError
from core.evaluation.table import result_row
from core.models.registry import EXPERIMENTS
from core.runs.compare import is_baseline
from core.runs.run_folder import Run
from dashboard import cached_data, page_frame

ABSENT = "–"
# Measures whose differences to the baseline are in a table or a sentence.
DIFFERENCES = ("hits_at_10", "mrr")
STUDY_TABLE = {
    "label": "Model",
    "auc_all": "All",
    "auc_seen": "Seen only",
    "minutes": "Minutes",
    "auc_all_median": "Median rule",
    "unseen_rule": "Unseen",
    "published_electronics_auc_all": "Published, Electronics",
    "published_electronics_minutes": "Minutes, Electronics",
    "published_books_auc_all": "Published, Books",
    "published_books_minutes": "Minutes, Books",
}
HONEST_TABLE = {
    "label": "Model",
    "auc_seen": "Uniform",
    "auc_possible": "Possible",
    "auc_degree": "Matched",
    "auc_hard": "Hard",
    "hits_at_10": "Hits@10",
    "hits_at_50": "Hits@50",
    "mrr": "MRR",
    "hits_at_10_gain": "Hits@10 gain",
    "mrr_gain": "MRR gain",
    "coverage": "Cover",
    "popularity": "Popular",
}
# The same with room for the interval of every figure.
INTERVAL_TABLE = {
    name: HONEST_TABLE[name]
    for name in ("label", "auc_seen", "auc_possible", "auc_degree", "auc_hard", "hits_at_10", "mrr")
}
INTERVAL_WIDTH = 150
# Left out in presenter mode, whose larger type has no room for all.
FOR_THE_DESK = ("auc_all_median", "unseen_rule", "hits_at_50", "mrr_gain", "coverage",
                "popularity", "published_electronics_minutes",
                "published_books_minutes")  # fmt: skip
# Width in pixels, and what the head stands for, where it is not the usual one.
COLUMNS = {
    "label": (172, None),
    "auc_all": (75, "AUC of all held-out pairs against uniform negatives; a pair with an unseen "
                "end gets the stand-in named under Unseen"),
    "auc_seen": (80, "AUC of pairs with both ends seen in training, against uniform negatives"),
    "minutes": (75, "All of the run: choices, training, evaluation"),
    "auc_all_median": (95, "All, if pairs with an unseen end got the median score instead"),
    "unseen_rule": (75, "lowest: such pairs get the lowest score and tie; own: the model scores "
                    "unseen products itself"),
    "published_electronics_auc_all": (165, "All / Seen only, as published on Electronics"),
    "published_electronics_minutes": (140, "As published on Electronics"),
    "published_books_auc_all": (140, "All / Seen only, as published on Books"),
    "published_books_minutes": (110, "As published on Books"),
    "auc_possible": (72, "AUC; at least one end of a negative lists relations of its own"),
    "auc_degree": (66, "AUC against degree-matched negatives: popularity alone scores 0.5"),
    "auc_hard": (58, "AUC against negatives that share neighbours with the kept end"),
    "hits_at_10": (68, "How often a held-out partner is among the first 10 of the catalogue"),
    "hits_at_50": (68, "The same among the first 50"),
    "mrr": (58, "Mean of 1 / rank of the held-out partner"),
    "hits_at_10_gain": (148, "Difference to three-hop with its 95 % interval"),
    "mrr_gain": (148, "Difference to three-hop with its 95 % interval"),
    "coverage": (58, "Share of the catalogue that is in at least one list of ten"),
    "popularity": (64, "Mean training pairs of the products named, over the catalogue's mean"),
}  # fmt: skip
BEST = {
    "auc_all": max, "auc_seen": max, "auc_all_median": max, "auc_possible": max,
    "auc_degree": max, "auc_hard": max, "hits_at_10": max, "hits_at_50": max, "mrr": max,
    "coverage": max, "minutes": min,
}  # fmt: skip


def rows_of(runs: list[Run]) -> list[dict[str, Any]]:
    """Return one flat row a run in table order, with `label` and `minutes`."""
    order = {name: number for number, name in enumerate(EXPERIMENTS)}
    rows = [result_row(cached_data.metrics(run), run.config.data) for run in runs]
    rows.sort(key=lambda row: (order.get(row["model"], 99), row["preset"], row["seed"], row["run"]))
    names = labels(rows)
    for row, label in zip(rows, names):
        row["label"] = label
        row["minutes"] = row["total_seconds"] / 60 if row["total_seconds"] else None
    return rows


def labels(rows: list[dict[str, Any]]) -> list[str]:
    """Return a name for each run: the model's title, and what else tells it from the others."""
    found = []
    for row in rows:
        same = [other for other in rows if other["model"] == row["model"]]
        parts = [row["title"]]
        if row["preset"] == "study":
            parts.append("study")
        if len({other["seed"] for other in same}) > 1:
            parts.append(f"seed {row['seed']}")
        found.append(", ".join(parts))
    return _told_apart(found, [row["run"] for row in rows])


def _told_apart(names: list[str], ids: list[str]) -> list[str]:
    """Return the names, those that several runs bear with the end of the run's id."""
    return [
        f"{name} ({run_id.rpartition('-')[2]})" if names.count(name) > 1 else name
        for name, run_id in zip(names, ids)
    ]


def names_of(runs: list[Run]) -> dict[str, str]:
    """Return what finished runs, and stopped ones that were kept, are called, by their ids."""
    kept = {run.id: run.status.get("kept") for run in runs}
    names = {row["run"]: row["label"] for row in rows_of([r for r in runs if not kept[r.id]])}
    stopped = [run for run in runs if kept[run.id]]
    called = [
        f"{EXPERIMENTS[run.config.model].title}, seed {run.config.seed}, stopped after epoch "
        f"{kept[run.id]['epoch']}"
        for run in stopped
    ]
    ids = [run.id for run in stopped]
    return names | dict(zip(ids, _told_apart(called, ids)))


def with_differences(rows: list[dict[str, Any]], runs: list[Run]) -> list[dict[str, Any]]:
    """Return the rows with their differences to the baseline, where `runs` hold one."""
    baseline = next((run for run in runs if is_baseline(run)), None)
    by_id = {run.id: run for run in runs}
    completed = []
    for row in rows:
        ends = {}
        if baseline is not None and row["run"] != baseline.id:
            # A run whose scores are damaged has none.
            with contextlib.suppress(UserError):
                found = cached_data.differences(by_id[row["run"]], baseline, DIFFERENCES)
                for name, (estimate, low, high) in found.items():
                    ends |= {f"{name}_gain": estimate, f"{name}_gain_low": low}
                    ends[f"{name}_gain_high"] = high
        completed.append({**row, **ends})
    return completed


def _interval(row: dict[str, Any], name: str) -> str:
    return f"{row[name]:+.3f} [{row[f'{name}_low']:+.3f}, {row[f'{name}_high']:+.3f}]"


def with_intervals(rows: list[dict[str, Any]], runs: list[Run]) -> list[dict[str, Any]]:
    """Return the rows with the ends of the 95 % interval of every figure of `INTERVAL_TABLE`.

    A run whose scores are damaged has none.
    """
    found = []
    for row, run in zip(rows, runs):
        ends = {}
        with contextlib.suppress(UserError):
            for name, (_, low, high) in cached_data.intervals(run).items():
                ends |= {f"{name}_low": low, f"{name}_high": high}
        found.append({**row, **ends})
    return found


def _own_interval(row: dict[str, Any], name: str) -> str:
    if row.get(f"{name}_low") is None:
        return f"{row[name]:.3f}"
    return f"{row[name]:.3f} [{row[f'{name}_low']:.3f}, {row[f'{name}_high']:.3f}]"


def _published(row: dict[str, Any], name: str) -> str:
    seen = row[name.replace("_all", "_seen")]
    return f"{row[name]:.4f} / {'–' if seen is None else f'{seen:.4f}'}"


def _minutes(value: float) -> str:
    """Return minutes, of a run of seconds with a digit more."""
    if value < 0.005:
        return "<0.01"
    return f"{value:.2f}" if value < 0.1 else f"{value:.1f}"


# Numbers that are shown with what belongs to them, and sorted as numbers.
TOLD = {
    "hits_at_10_gain": _interval,
    "mrr_gain": _interval,
    "published_electronics_auc_all": _published,
    "published_books_auc_all": _published,
}


def shown(rows: list[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    """Return the rows under the headings of `STUDY_TABLE` or `HONEST_TABLE`."""
    table = pd.DataFrame([{head: row.get(name) for name, head in columns.items()} for row in rows])
    return table[[head for head in table if table[head].notna().any()]]


def for_audience(table: dict[str, str]) -> dict[str, str]:
    """Return a table's columns; of them, in presenter mode, those that can be told in a talk."""
    if not page_frame.presenter():
        return table
    return {name: head for name, head in table.items() if name not in FOR_THE_DESK}


def columns(table: dict[str, str], wide: bool = False) -> dict[str, Any]:
    """Return width and explanation of a table's columns, so that all fit on a screen.

    `wide`: figures have room for an interval.
    """
    found = {}
    for name, head in table.items():
        width, about = COLUMNS[name]
        if wide and name != "label":
            width = INTERVAL_WIDTH
        if page_frame.presenter():
            width = width * 4 // 3
        found[head] = st.column_config.Column(width=width, help=about)
    return found


def marked(
    rows: list[dict[str, Any]], columns: dict[str, str], among: list[dict[str, Any]] | None = None
) -> Any:
    """Return the rows as a styled table with the best figure of every column set off.

    Parameters
    ----------
    rows : list of dict
        From `rows_of`.
    columns : dict
        `STUDY_TABLE`, `HONEST_TABLE`, or another choice of their columns.
    among : list of dict, optional
        Whose best is marked, where `rows` are only some of them; `rows` by default.
    """
    table = shown(rows, columns)
    heads = {columns[name]: choose for name, choose in BEST.items() if columns.get(name) in table}
    whole = shown(among or rows, columns)
    tops = {head: choose(whole[head].dropna()) for head, choose in heads.items()}
    # Four digits where published figures stand beside ours; three keep the other table narrow.
    places = 4 if "auc_all" in columns and "auc_degree" not in columns else 3
    digits = dict.fromkeys(table.select_dtypes("number").columns, f"{{:.{places}f}}")
    digits |= {head: _minutes for head in digits if head == "Minutes"}
    digits |= {head: "{:.1f}" for head in digits if head.startswith("Minutes, ")}
    digits |= {head: "{:.2f}" for head in digits if head == "Popular"}
    style = table.style.format(digits, na_rep="–")
    measured = [name for name in INTERVAL_TABLE if any(f"{name}_low" in row for row in rows)]
    for name, tell in (TOLD | dict.fromkeys(measured, _own_interval)).items():
        for number, row in enumerate(rows):
            if columns.get(name) in table and row.get(name) is not None:
                place = pd.IndexSlice[[number], [columns[name]]]
                said = tell(row, name)
                style.format(lambda _, said=said: said, subset=place)

    def best(column: pd.Series) -> list[str]:
        look = "font-weight: 700; background-color: rgba(0, 158, 115, 0.22)"
        return [look if value == tops[column.name] else "" for value in column]

    return style.apply(best, subset=list(heads)) if heads else style


def settings_table(runs: list[Run], names: list[str], differences_only: bool) -> pd.DataFrame:
    """Return settings as rows and runs as columns.

    With `differences_only`, without the settings that all share, and the runs that have none left.
    """
    columns = {}
    for run, name in zip(runs, names):
        config = run.config
        columns[name] = {"preset": config.preset, "seed": config.seed, **config.settings}
    table = pd.DataFrame(columns).astype(object)
    texts = table.map(_setting)
    if differences_only and len(names) > 1:
        # A setting that a model does not have is no value of its own.
        texts = texts.loc[[len(set(row) - {ABSENT}) > 1 for row in texts.to_numpy()]]
        texts = texts.loc[:, (texts != ABSENT).any()]
    return texts.rename_axis("setting").reset_index()


def _setting(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return ABSENT if value is None or value != value else str(value)
