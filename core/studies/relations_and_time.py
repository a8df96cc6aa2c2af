"""Relations and time: results by relation, and on the future compared with a random third."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from core.evaluation.measures import headings
from core.models.registry import model_title
from core.runs.run_folder import Run
from core.studies.study_result import Cell, Figure, Series, Table
from core.studies.study_runner import StudyRunner

MEASURES = headings(("auc_seen", "auc_degree", "hits_at_10"))
# Measures of one model, by name.
Metrics = dict[str, float]


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Divide every model's results by relation; where the data have times, train on the past."""
    runs = runner.each(runner.models)
    tables, figures = by_relation({name: relation_metrics(run) for name, run in runs.items()})
    if runner.has_time_split():
        late = runner.each(list(runs), split="time")
        pairs = {name: (_metrics(runs[name]), _metrics(late[name])) for name in late}
        # A measure with too few pairs to compute it cannot be compared.
        pairs = {name: both for name, both in pairs.items() if _complete(*both)}
        if pairs:
            tables += [_random_and_late(pairs), order_table(pairs)]
            figures.append(_figure_of_time(pairs))
    return tables, figures


def relation_metrics(run: Run) -> dict[str, Metrics]:
    """Return AUC, Hits@10 and number of held-out pairs of each relation."""
    table = run.table("slices")
    part = table[table["slice"] == "relation"].set_index("value")
    return part[["auc", "hits_at_10", "n"]].to_dict("index")


def by_relation(models: dict[str, dict[str, Metrics]]) -> tuple[list[Table], list[Figure]]:
    """Return AUC and Hits@10 of each model by relation, as table and figure."""
    sizes: dict[str, int] = {}
    for metrics in models.values():
        sizes |= {relation: int(found["n"]) for relation, found in metrics.items()}
    shown = {relation: relation.replace("_", " ") for relation in sizes}

    def cells(metrics: dict[str, Metrics], key: str) -> list[float | None]:
        return [metrics.get(relation, {}).get(key) for relation in sizes]

    rows: list[list[Cell]] = [
        [model_title(name), *cells(metrics, "auc"), *cells(metrics, "hits_at_10")]
        for name, metrics in models.items()
    ]
    rows.append(["held-out pairs", *sizes.values(), *sizes.values()])
    table = Table(
        title="By relation",
        columns=[
            "model",
            *(f"AUC, {name}" for name in shown.values()),
            *(f"Hits@10, {name}" for name in shown.values()),
        ],
        rows=rows,
        note="Held-out pairs that the relation mentions, both products seen, against uniform "
        "negatives.",
    )
    figure = Figure(
        title="Hits@10 by relation",
        kind="bars",
        x_title="model",
        y_title="Hits@10",
        series=[
            Series(
                name=shown[relation],
                x=[model_title(name) for name in models],
                y=[metrics.get(relation, {}).get("hits_at_10") for metrics in models.values()],
            )
            for relation in sizes
        ],
    )
    return [table], [figure]


def order_table(pairs: dict[str, tuple[Metrics, Metrics]]) -> Table:
    """Return how well the random split predicts the order of the models on later pairs.

    Parameters
    ----------
    pairs : dict
        The measures of each model on the random split and on the time split.
    """
    rows: list[list[Cell]] = []
    for key, heading in MEASURES.items():
        random, late = ([both[part][key] for both in pairs.values()] for part in (0, 1))
        # Two values, or ties, have no meaningful rank correlation.
        ordered = min(len(set(random)), len(set(late))) > 2
        correlation = float(spearmanr(random, late).statistic) if ordered else None
        lower = sum(after < before for before, after in zip(random, late))
        names = list(pairs)
        best = [model_title(names[int(np.argmax(values))]) for values in (random, late)]
        rows.append([heading, *best, lower, correlation])
    return Table(
        title="Do both splits order the models alike?",
        columns=[
            "measure",
            "best, random",
            "best, time",
            f"lower on time, of {len(pairs)}",
            "rank correlation",
        ],
        rows=rows,
        digits=2,
    )


def _metrics(run: Run) -> Metrics:
    return {key: run.metrics[key] for key in MEASURES}


def _complete(*metrics: Metrics) -> bool:
    return all(value is not None for part in metrics for value in part.values())


def _random_and_late(pairs: dict[str, tuple[Metrics, Metrics]]) -> Table:
    columns = ["model"]
    for heading in MEASURES.values():
        columns += [f"{heading}, random", f"{heading}, time"]
    return Table(
        title="A random third and the future",
        columns=columns,
        rows=[
            [model_title(name), *(part[key] for key in MEASURES for part in both)]
            for name, both in pairs.items()
        ],
        note="The two splits hold out different pairs of different products; compare the orders.",
    )


def _figure_of_time(pairs: dict[str, tuple[Metrics, Metrics]]) -> Figure:
    return Figure(
        title="AUC of seen pairs on a random third and on the future",
        kind="bars",
        x_title="model",
        y_title="AUC seen",
        series=[
            Series(
                name=name,
                x=[model_title(model) for model in pairs],
                y=[both[part]["auc_seen"] for both in pairs.values()],
            )
            for part, name in enumerate(("random", "time"))
        ],
    )
