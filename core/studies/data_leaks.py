"""Leaks: what can be scored without knowing anything about how two products go together."""

from __future__ import annotations

import numpy as np

from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.measure_type import Auc
from core.evaluation.measures import BY_NAME, headings
from core.evaluation.metrics import auc
from core.graph.split import Split
from core.models.registry import model_title
from core.studies.study_result import Figure, Series, Table
from core.studies.study_runner import StudyRunner, required_metrics

# All but the first are of pairs of two seen products.
MEASURES = ("auc_all", "auc_seen", "auc_possible", "auc_degree", "auc_hard")
COLUMNS = headings(MEASURES)


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Measure all models and the flags against the four kinds of negatives."""
    rows: dict[str, list[float | None]] = {}
    for name, run in runner.each(runner.models).items():
        required_metrics(run, ("auc_all", "auc_seen"))
        # Small data may have no hard negatives; such a cell is empty.
        rows[model_title(name)] = [run.metrics[key] for key in COLUMNS]
    for flag, aucs in flag_aucs(runner.split()).items():
        rows[f"flag: {flag}"] = [aucs[key] for key in COLUMNS]
    table = Table(
        title="AUC against the four kinds of negatives, both products seen "
        "(first column: all pairs)",
        columns=["model", *COLUMNS.values()],
        rows=[[name, *row] for name, row in rows.items()],
        note="Rows marked as flags only use which products list relations or have metadata; they "
        "are in this table only. Hard negatives have a common neighbour, so models that count "
        "common neighbours lose by construction.",
    )
    figure = Figure(
        title="AUC by kind of negatives, both products seen",
        kind="bars",
        x_title="model",
        y_title="AUC",
        series=[
            Series(name=heading, x=list(rows), y=[row[number] for row in rows.values()])
            for number, heading in enumerate(COLUMNS.values())
            if heading != COLUMNS["auc_all"]
        ],
    )
    return [table], [figure]


def flag_aucs(split: Split) -> dict[str, dict[str, float]]:
    """Return the AUC of each one-bit score of a pair, by the names of `COLUMNS`."""
    has_metadata = split.catalogue.frame["has_metadata"].to_numpy()
    flags = {"a product is a source": split.lists_relations, "a product has metadata": has_metadata}
    evaluation_set = EvaluationSet.of(split)
    true = evaluation_set.pairs(POSITIVE)
    aucs: dict[str, dict[str, float]] = {}
    for name, flag in flags.items():
        aucs[name] = {}
        for measure in MEASURES:
            source = BY_NAME[measure].computed_by
            assert isinstance(source, Auc)
            scores = []
            for pairs in (true, evaluation_set.pairs(source.negatives)):
                score = (flag[pairs.u] | flag[pairs.v]).astype(np.float32)
                scores.append(score[pairs.seen] if source.seen_only else score)
            aucs[name][measure] = auc(*scores)
    return aucs
