"""Leaks: what can be scored without knowing anything of how two products go together."""

from __future__ import annotations

import numpy as np

from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.metrics import auc
from core.evaluation.scores import or_none
from core.graph.split import Split
from core.studies.lab import Lab, measured, title
from core.studies.study_result import Answer, Figure, Series, Table, listed

# Column of the metrics, heading. All but the first on pairs with both ends seen.
COLUMNS = {
    "auc_all": "All, uniform",
    "auc_seen": "uniform",
    "auc_possible": "possible",
    "auc_degree": "degree-matched",
    "auc_hard": "hard",
}
KINDS = {"auc_seen": "uniform", "auc_possible": "possible", "auc_degree": "degree",
         "auc_hard": "hard"}  # fmt: skip
# A flag whose AUC is this near to 0.5 tells nothing.
CHANCE = 0.02


def answer(lab: Lab) -> Answer:
    """Measure all models and the flags against the four kinds of negatives."""
    runs = lab.each(lab.models)
    for run in runs.values():
        measured(run, ("auc_all", "auc_seen"))
    # A small shop may have no hard negatives, say: the others are told without them.
    rows = {title(name): [run.metrics[key] for key in COLUMNS] for name, run in runs.items()}
    flags = {
        f"flag: {name}": [or_none(area) for area in areas.values()]
        for name, areas in flag_areas(lab.split()).items()
    }
    return _answer(rows, flags, title("degree"))


def flag_areas(split: Split) -> dict[str, dict[str, float]]:
    """Return the AUC of each one-bit score, by the names of `COLUMNS`."""
    bits = {"an end is a source": split.is_source}
    if split.catalogue is not None:
        has_metadata = split.catalogue.frame["has_metadata"].to_numpy()
        bits["an end has metadata"] = has_metadata
    evaluation_set = EvaluationSet.of(split)
    areas: dict[str, dict[str, float]] = {}
    for name, bit in bits.items():
        areas[name] = {}
        for column in COLUMNS:
            true = evaluation_set.pairs(POSITIVE)
            false = evaluation_set.pairs(KINDS.get(column, "uniform"))
            scores = []
            for pairs in (true, false):
                score = (bit[pairs.u] | bit[pairs.v]).astype(np.float32)
                scores.append(score if column == "auc_all" else score[pairs.seen])
            areas[name][column] = auc(*scores)
    return areas


def _answer(models: dict[str, list], flags: dict[str, list], degree: str) -> Answer:
    at = {heading: i for i, heading in enumerate(COLUMNS.values())}

    def told(row: list, *kinds: str) -> str:
        parts = [f"{row[at[kind]]:.3f} against {kind} ones" for kind in kinds
                 if row[at[kind]] is not None]  # fmt: skip
        return listed(parts)

    sentences = []
    for name, row in flags.items():
        bit = name.removeprefix("flag: ")
        seen, all_ = row[at["uniform"]], row[at["All, uniform"]]
        if abs(all_ - 0.5) < CHANCE and abs(seen - 0.5) < CHANCE:
            sentences.append(f"On this data the bit “{bit}” tells nothing (AUC {all_:.3f}).")
            continue
        beaten = [m for m, r in models.items() if r[at["uniform"]] < seen]
        ahead = f", above {listed(beaten)}" if beaten else ""
        sentences.append(
            f"The one bit “{bit}” scores All {all_:.3f} and Seen {seen:.3f} against uniform "
            f"negatives{ahead}; {told(row, 'possible', 'degree-matched', 'hard')}."
        )
    if degree in models:
        row = models[degree]
        beaten = [m for m, r in models.items() if r[at["uniform"]] < row[at["uniform"]]]
        ahead = f", above {listed(beaten)}" if beaten else ", above no other model"
        matched = told(row, "degree-matched")
        sentences.append(
            f"Popularity alone scores Seen {row[at['uniform']]:.3f} against uniform negatives"
            f"{ahead}{f', and {matched}' if matched else ''}."
        )
    others = {name: row for name, row in models.items() if name != degree}
    if others and all(row[at["degree-matched"]] is not None for row in others.values()):
        orders = [sorted(others, key=lambda m: -others[m][at[kind]]) for kind in
                  ("uniform", "degree-matched")]  # fmt: skip
        best = orders[0][0]
        place = orders[1].index(best) + 1
        kept = "still the best" if place == 1 else f"number {place} (best: {orders[1][0]})"
        sentences.append(
            f"Popularity apart, the best model against uniform negatives is {best}; against "
            f"degree-matched ones it is {kept}."
        )
    table = Table(
        "AUC against the four kinds of negatives, both ends seen (first column: all pairs)",
        ["model", *COLUMNS.values()],
        [[name, *row] for name, row in (*models.items(), *flags.items())],
        "Rows marked as flags read who lists relations or has metadata, not what goes together; "
        "they stand in this table only. Hard negatives lower two-hop-like models by construction.",
    )
    every = {**models, **flags}
    figure = Figure(
        "AUC by kind of negatives, both ends seen", "bars", "model", "AUC",
        [
            Series(heading, list(every), [row[at[heading]] for row in every.values()])
            for heading in list(COLUMNS.values())[1:]
        ],
    )  # fmt: skip
    return Answer(" ".join(sentences), [table], [figure])
