"""Seeds: results as means over several seeds, and which differences are beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from core.evaluation.measure_type import Metrics, Row
from core.evaluation.measures import headings, names_in
from core.evaluation.published import published
from core.evaluation.table import published_elsewhere, signed
from core.models.registry import MODELS, baseline, model_title
from core.runs.run_folder import Run
from core.runs.saved_evaluation import all_metrics
from core.studies.study_result import Cell, Figure, Series, Table
from core.studies.study_runner import Difference, StudyRunner

COLUMNS = headings(names_in("study"))
# Measures whose differences are shown.
COMPARED = headings(name for name in names_in("short_table") if name in names_in("comparison"))
FIRST_SEED = 42
# Measures of one run, by name; None where one could not be computed.


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Train every model that has randomness in it with each seed."""
    first = runner.each(runner.models)
    runs = {name: [run] for name, run in first.items()}
    for seed in range(FIRST_SEED + 1, FIRST_SEED + runner.seeds):
        for name, run in runner.each([n for n in first if is_random(first[n])], seed=seed).items():
            runs[name].append(run)
    values = {name: [_values(run) for run in of_model] for name, of_model in runs.items()}
    tables = [_table_of_means(values)]
    if baseline() in runs:
        reference = runs[baseline()][0]
        differences = {
            model_title(name): [runner.difference(run, reference) for run in of_model]
            for name, of_model in runs.items()
            if name != baseline()
        }
        tables.append(difference_table(f"Difference from {model_title(baseline())}", differences))
    best, second = best_two(values, "hits_at_10")
    if best is not None and second is not None:
        pairs = paired(runs[best], runs[second])
        lead = {
            f"{model_title(best)} minus {model_title(second)}": [
                runner.difference(a, b) for a, b in pairs
            ]
        }
        tables.append(difference_table("The lead of the best model by Hits@10", lead))
    tables.append(_published_elsewhere())
    return tables, [figure_of_hits(values)]


def is_random(run: Run) -> bool:
    """Return whether the result depends on the seed: closed forms have no randomness."""
    from core.models import create

    return create(run.config.model).is_random


def _values(run: Run) -> Metrics:
    metrics = all_metrics(run)
    return {**metrics, "minutes": metrics["total_seconds"] / 60}


def is_known(of_model: list[Row], key: str) -> bool:
    """Return whether a measure is known for every seed."""
    return all(metrics[key] is not None for metrics in of_model)


def paired(first: list[Run], second: list[Run]) -> list[tuple[Run, Run]]:
    """Return the runs to compare: those with the same seed, or all with the only run."""
    if min(len(first), len(second)) == 1:
        return [(one, other) for one in first for other in second]
    by_seed = {run.config.seed: run for run in second}
    return [(run, by_seed[run.config.seed]) for run in first if run.config.seed in by_seed]


def best_two(values: dict[str, list[Row]], key: str) -> tuple[str | None, str | None]:
    """Return the two models with the highest means; None where there is none."""
    known = [name for name in values if is_known(values[name], key)]
    order = sorted(known, key=lambda name: -mean(metrics[key] for metrics in values[name]))
    first, second, *_ = [*order, None, None]
    return first, second


def combined_interval(
    differences: Sequence[Difference], key: str
) -> tuple[float, float, float] | None:
    """Return the mean difference over the seeds and an interval that covers those of all seeds.

    None if that of a seed is unknown.
    """
    if not all(key in difference for difference in differences):
        return None
    estimates, lows, highs = zip(*(difference[key] for difference in differences))
    return mean(estimates), min(lows), max(highs)


def mean_and_deviation(numbers: list[float], digits: int = 4) -> str:
    """Return mean and standard deviation as text; for a single number the number alone."""
    if any(number is None for number in numbers):
        return ""
    if len(numbers) < 2:
        return f"{numbers[0]:.{digits}f}"
    return f"{mean(numbers):.{digits}f} ± {stdev(numbers):.{digits}f}"


def _published(name: str, dataset: str) -> str:
    row = published(MODELS[name].published, dataset)
    if row is None:
        return ""
    aucs = [f"{area:.4f}" for area in (row.auc_all, row.auc_seen) if area is not None]
    minutes = "" if row.minutes is None else f"({row.minutes:.1f} min)"
    return " ".join(part for part in (" / ".join(aucs), minutes) if part)


def _table_of_means(values: dict[str, list[Row]]) -> Table:
    rows: list[list[Cell]] = []
    for name, of_model in values.items():
        cells = [
            mean_and_deviation([metrics[key] for metrics in of_model], 1 if key == "minutes" else 4)
            for key in COLUMNS
        ]
        published_figures = [_published(name, data) for data in ("Electronics", "Books")]
        rows.append([model_title(name), len(of_model), *cells, *published_figures])
    return Table(
        title="Mean ± standard deviation over the seeds",
        columns=[
            "model",
            "seeds",
            *COLUMNS.values(),
            "published, Electronics",
            "published, Books",
        ],
        rows=rows,
        note="Models without randomness have one seed. Published: AUC all / AUC seen "
        "(minutes) of the study, on its own data.",
    )


def difference_table(heading: str, differences: dict[str, list[Difference]]) -> Table:
    """Return the differences of one model or pair of models a row, over its seeds."""
    rows: list[list[Cell]] = []
    for name, of_seeds in differences.items():
        joint = [combined_interval(of_seeds, key) for key in COMPARED]
        rows.append([name, *(None if cell is None else signed(*cell) for cell in joint)])
    return Table(
        title=f"{heading}: mean, and the paired 95 % intervals of all seeds together",
        columns=["model", *COMPARED.values()],
        rows=rows,
    )


def figure_of_hits(values: dict[str, list[Row]]) -> Figure:
    """Return Hits@10 of the models whose every run could be ranked."""
    hits = {
        model_title(name): [metrics["hits_at_10"] for metrics in of_model]
        for name, of_model in values.items()
        if is_known(of_model, "hits_at_10")
    }
    return Figure(
        title="Hits@10: mean and range over the seeds",
        kind="bars",
        x_title="model",
        y_title="Hits@10",
        series=[
            Series(
                name="Hits@10",
                x=list(hits),
                y=[mean(numbers) for numbers in hits.values()],
                low=[min(numbers) for numbers in hits.values()],
                high=[max(numbers) for numbers in hits.values()],
            )
        ],
    )


def _published_elsewhere() -> Table:
    """Return the published rows of another paper, on its own version of the data."""
    rows = [
        [p.row, p.dataset, p.auc_all, p.source, p.note]
        for dataset in ("Electronics", "Taobao")
        for p in published_elsewhere(dataset)
    ]
    columns = ["model", "data", "AUC", "source", "note"]
    heading = "Published elsewhere, on another version of the data"
    return Table(title=heading, columns=columns, rows=rows)
