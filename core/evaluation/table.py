"""The results table that the README, the command line and the dashboard show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.evaluation.published import PUBLISHED, STUDY, Published, published
from core.evaluation.significance import Interval
from core.models.registry import EXPERIMENTS, baseline

PAPER = "Wang et al. 2018, arXiv 1803.02349"

FIRST = (
    "model", "run", "preset", "split", "data", "seed", "auc_all", "auc_all_median", "auc_seen",
    "ap_all", "auc_possible", "auc_degree", "auc_degree_all", "auc_hard", "hits_at_10",
    "hits_at_50", "mrr", "words_per_second", "pairs_per_second", "train_seconds", "total_seconds",
    "peak_memory_mb", "unseen_rule", "scoring", "coverage", "popularity",
)  # fmt: skip
HEADINGS = {
    "title": "model",
    "preset": "preset",
    "seed": "seed",
    "auc_all": "All",
    "auc_all_median": "All, median rule",
    "auc_seen": "Seen only",
    "auc_possible": "possible",
    "auc_degree": "degree-matched",
    "auc_degree_all": "degree-m. All",
    "auc_hard": "hard",
    "hits_at_10": "Hits@10",
    "hits_at_50": "Hits@50",
    "mrr": "MRR",
    "hits_gain": f"Hits@10 over {EXPERIMENTS[baseline()].title.lower()}",
    "minutes": "min",
    "unseen_rule": "unseen rule",
    "scoring": "scoring",
    "published_electronics": "published, Electronics",
    "published_books": "published, Books",
}
HIGHER_IS_BETTER = (
    "auc_all", "auc_all_median", "auc_seen", "auc_possible", "auc_degree", "auc_degree_all",
    "auc_hard", "hits_at_10", "hits_at_50", "mrr",
)  # fmt: skip


def result_row(
    metrics: dict[str, Any], data: str, differences: Mapping[str, Interval] | None = None
) -> dict[str, Any]:
    """Return the flat row of one run: its metrics, and the published figures beside them.

    Parameters
    ----------
    metrics : dict
        What the pipeline saved as `metrics.json`.
    data : str
        Fingerprint of the split: rows with different ones must not be compared.
    differences : dict of Interval, optional
        To the baseline, by measure: added as ``<measure>_gain``, ``…_gain_low``, ``…_gain_high``.
    """
    row = {name: metrics.get(name) for name in FIRST}
    row["data"] = data
    entry = EXPERIMENTS.get(metrics["model"])
    row["title"] = _title(metrics, entry)
    for dataset in ("Electronics", "Books"):
        found = published(entry.published, dataset) if entry else None
        key = f"published_{dataset.lower()}"
        row[f"{key}_auc_all"] = found.auc_all if found else None
        row[f"{key}_auc_seen"] = found.auc_seen if found else None
        row[f"{key}_minutes"] = found.minutes if found else None
    for name, interval in (differences or {}).items():
        row[f"{name}_gain"], row[f"{name}_gain_low"], row[f"{name}_gain_high"] = interval
    return row


def _title(metrics: dict[str, Any], entry) -> str:
    if entry is None:
        return metrics["model"]
    planned = (entry.study or {}).get("epochs") if metrics.get("preset") == "study" else None
    done = metrics.get("epochs")
    # A short run of what the study trained for longer says so wherever it stands.
    short = planned and done and done < planned
    return f"{entry.title} ({done} of {planned} epochs)" if short else entry.title


def shown_table(rows: list[dict[str, Any]], elsewhere: bool = False) -> pd.DataFrame:
    """Return the rows as people read them: texts under `HEADINGS`, empty columns left out.

    Parameters
    ----------
    rows : list of dict
        From `result_row`.
    elsewhere : bool
        Add the published rows of another paper, which no row of ours reproduces.
    """
    names = _names(rows)
    shown = []
    for row, name in zip(rows, names):
        texts = {heading: _text(key, row) for key, heading in HEADINGS.items()}
        shown.append({**texts, HEADINGS["title"]: name})
    for row in published_elsewhere() if elsewhere else ():
        texts = dict.fromkeys(HEADINGS.values(), "")
        texts["model"] = f"{row.row} ({PAPER}; another version of the data)"
        shown.append({**texts, "published, Electronics": _number(row.auc_all, 4)})
    table = pd.DataFrame(shown, columns=list(HEADINGS.values()))
    always = {"published, Electronics", "published, Books"}
    return table[[name for name in table if name in always or (table[name] != "").any()]]


def _names(rows: list[dict[str, Any]]) -> list[str]:
    """Return the titles; runs that differ in other settings alone say which run they are."""
    alike = [(row["title"], row["preset"], row["seed"]) for row in rows]
    return [
        f"{row['title']} ({row['run'].rpartition('-')[2]})" if alike.count(key) > 1 else key[0]
        for row, key in zip(rows, alike)
    ]


def published_elsewhere(dataset: str = "Electronics") -> list[Published]:
    """Return the published rows for a data set that come from another source than the study."""
    return [row for row in PUBLISHED if row.source != STUDY and row.dataset == dataset]


def _text(name: str, row: dict[str, Any]) -> str:
    if name == "hits_gain":
        gain = row.get("hits_at_10_gain")
        if gain is None:
            return ""
        return signed(gain, row["hits_at_10_gain_low"], row["hits_at_10_gain_high"])
    if name == "minutes":
        return _number(row["total_seconds"] and row["total_seconds"] / 60, 1)
    if name.startswith("published_"):
        parts = [_number(row[f"{name}_auc_all"], 4), _number(row[f"{name}_auc_seen"], 4)]
        text = " / ".join(part for part in parts if part)
        minutes = _number(row[f"{name}_minutes"], 1)
        return (
            f"{text} ({minutes} min)"
            if text and minutes
            else text or (minutes and f"({minutes} min)")
        )
    value = row.get(name)
    return _number(value, 4) if isinstance(value, float) else "" if value is None else str(value)


def signed(difference: float, low: float, high: float) -> str:
    """Return a difference with its interval as text."""
    return f"{difference:+.4f} [{low:+.4f}, {high:+.4f}]"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def markdown(table: pd.DataFrame) -> str:
    """Return a table of texts as GitHub Markdown; vertical bars in texts are escaped."""
    rows = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)
