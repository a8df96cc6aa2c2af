"""Cold start: products without a training pair, scored by their fields alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.config import SplitKind, UserError
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.measures import headings, names_in
from core.evaluation.metrics import auc
from core.evaluation.slices import tenths
from core.evaluation.table import signed
from core.graph.split import Split
from core.models.embedding.settings import ALL_FIELDS
from core.models.registry import model_title
from core.runs.run_folder import Run
from core.runs.saved_evaluation import all_metrics
from core.studies.study_result import Cell, Figure, Series, Table
from core.studies.study_runner import Difference, StudyRunner, required_metrics

WHOLE = "all fields"
# Measures whose differences have an interval.
COMPARED = ("hits_at_10", "auc_degree_all")
POPULARITY, NONE, GES, EGES = "degree", "skipgram", "skipgram-side-info", "eges"
MODELS = (POPULARITY, NONE, GES, EGES, "stack")
MEASURES = headings(("hits_at_10", "mrr", "auc_all", "auc_degree_all"))
# Splits on which side information must not cost anything; the time split where the data have times.
OTHER_SPLITS: dict[SplitKind, str] = {"random": "Random split", "time": "Time split"}
OTHER_MEASURES = headings(name for name in names_in("study") if name in names_in("comparison"))
GROUPS = {
    "brand": ("brand",),
    "categories": tuple(name for name in ALL_FIELDS if name.startswith("category")),
    "price": ("price_bin",),
    "text": ("text",),
}


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Compare models with side information, without it, and popularity; then ablate the fields."""
    models = [name for name in MODELS if name in runner.models]
    if not models:
        raise UserError(f"This study compares {', '.join(MODELS)}: ask for at least one of them.")
    runs = runner.each(models, split="cold")
    metrics = {name: required_metrics(run, MEASURES) for name, run in runs.items()}
    split = runner.split("cold")
    deciles = {name: by_degree(run, split) for name, run in runs.items()}
    fields = _field_runs(runner, split)
    tables = [model_table(metrics), _decile_table(deciles), _field_table(runner, fields)]
    if {GES, EGES} <= set(runs):
        tables.append(_weights_table(runner.difference(runs[EGES], runs[GES])))
    if {GES, EGES} & set(runner.models):
        tables += _tables_elsewhere(runner)
    return tables, [_figure_of_deciles(deciles), _figure_of_fields(fields)]


def _field_runs(runner: StudyRunner, split: Split) -> dict[str, Run]:
    """Return EGES trained on each selection of the fields that the data have."""
    shorter = {} if runner.epochs is None else {"epochs": runner.epochs}
    return {
        label: runner.run(EGES, split="cold", changes={"fields_used": list(used), **shorter})
        for label, used in ablations(filled_fields(split)).items()
    }


def filled_fields(split: Split) -> list[str]:
    """Return the `GROUPS` of fields that are filled in for at least one product."""
    frame = split.catalogue.frame
    # The text is made of titles and categories.
    columns = {**GROUPS, "text": ("title", *GROUPS["categories"])}
    return [name for name, group in columns.items() if (frame[list(group)] != "").any(axis=None)]


def ablations(groups: Iterable[str] = GROUPS) -> dict[str, tuple[str, ...]]:
    """Return the fields of each variant: all, each group alone, all but each group."""
    fields: dict[str, tuple[str, ...]] = {WHOLE: ALL_FIELDS}
    fields |= {f"{name} alone": GROUPS[name] for name in groups}
    for name in groups:
        fields[f"without {name}"] = tuple(f for f in ALL_FIELDS if f not in GROUPS[name])
    return fields


def by_degree(run: Run, split: Split) -> list[dict]:
    """Return the measures of a run by tenths of the known end's training degree.

    Negatives of a tenth are those whose known end lies in the same range.
    """
    evaluation_set = EvaluationSet.of(split)
    degree = split.graph.degree

    def known_degree(kind: str) -> np.ndarray:
        pairs = evaluation_set.pairs(kind)
        return degree[np.where(split.is_cold[pairs.u], pairs.v, pairs.u)]

    degrees = {kind: known_degree(kind) for kind in (POSITIVE, "uniform", "degree")}
    scores = {kind: np.asarray(run.scores(kind)) for kind in degrees}
    if run.metrics["unseen_rule"] == "lowest":
        scores = {kind: np.zeros_like(values) for kind, values in scores.items()}
    ranking = run.table("ranking")
    targets, ranks = degree[ranking["targets"]], ranking["ranks"].to_numpy()
    rows = []
    for low, high in tenths(degrees[POSITIVE]):
        part = {k: s[(degrees[k] >= low) & (degrees[k] <= high)] for k, s in scores.items()}
        in_range = (targets >= low) & (targets <= high)
        rows.append(
            {
                "degree": str(low) if low == high else f"{low}-{high}",
                "n": len(part[POSITIVE]),
                "auc_uniform": auc(part[POSITIVE], part["uniform"]),
                "auc_degree": auc(part[POSITIVE], part["degree"]),
                "hits_at_10": float((ranks[in_range] <= 10).mean())
                if in_range.any()
                else float("nan"),
            }
        )
    return rows


def model_table(metrics: dict[str, dict[str, float]]) -> Table:
    """Return the measures of each model on the pairs of cold products."""
    popularity = metrics.get(POPULARITY, {}).get("hits_at_10")
    rows: list[list[Cell]] = []
    for name, row in metrics.items():
        times = row["hits_at_10"] / popularity if popularity else None
        rows.append([model_title(name), *row.values(), times])
    return Table(
        title="Held-out pairs of one cold product and one known one",
        columns=["model", *MEASURES.values(), "Hits@10, times popularity's"],
        rows=rows,
        note="A tenth of the products with metadata has lost all its training pairs. Models "
        "without scores for such products tie on all of them.",
    )


def _decile_table(deciles: dict[str, list[dict]]) -> Table:
    columns = ["known product's degree", "pairs"]
    for name in deciles:
        columns += [
            f"{model_title(name)}: {measure}" for measure in ("AUC", "AUC matched", "Hits@10")
        ]
    rows = []
    for number, first in enumerate(next(iter(deciles.values()))):
        cells = [first["degree"], first["n"]]
        for of_model in deciles.values():
            row = of_model[number]
            cells += [row["auc_uniform"], row["auc_degree"], row["hits_at_10"]]
        rows.append(cells)
    return Table(
        title="By tenths of the pairs, by the training degree of the known product",
        columns=columns,
        rows=rows,
        note="Against the uniform and the degree-matched negatives of that range.",
        digits=3,
    )


def _field_table(runner: StudyRunner, runs: dict[str, Run]) -> Table:
    rows: list[list[Cell]] = []
    for label, run in runs.items():
        change = {} if label == WHOLE else runner.difference(run, runs[WHOLE])
        cells = [_shown(change, key) for key in COMPARED]
        rows.append([label, *required_metrics(run, MEASURES).values(), *cells])
    shorter = "" if runner.epochs is None else f" All variants trained for {runner.epochs} epochs."
    return Table(
        title="EGES by its fields, same pairs",
        columns=[
            "fields",
            *MEASURES.values(),
            *(f"{MEASURES[key]}, change" for key in COMPARED),
        ],
        rows=rows,
        note=f"Change: from all fields that the data has, with its paired 95 % interval.{shorter}",
    )


def _weights_table(change: Difference) -> Table:
    return Table(
        title="Learned weights of the fields (EGES) minus equal ones (GES)",
        columns=["measure", "difference"],
        rows=[[MEASURES[key], _shown(change, key)] for key in COMPARED],
        note="With its paired 95 % interval.",
    )


def _tables_elsewhere(runner: StudyRunner) -> list[Table]:
    """Return the effect of side information on the splits without cold products."""
    kinds: list[SplitKind] = ["random", "time"] if runner.has_time_split() else ["random"]
    tables = []
    for kind in kinds:
        names = [NONE, *(name for name in (GES, EGES) if name in runner.models)]
        runs = runner.each(names, split=kind)
        # Small data may have no hard negatives; such a cell is empty.
        rows: list[list[Cell]] = [
            [model_title(name), *map(all_metrics(run).get, OTHER_MEASURES)]
            for name, run in runs.items()
        ]
        if {NONE, EGES} <= set(runs):
            change = runner.difference(runs[EGES], runs[NONE])
            cells = [_shown(change, key) for key in OTHER_MEASURES]
            rows.append([f"{model_title(EGES)} minus {model_title(NONE)}", *cells])
        columns = ["model", *OTHER_MEASURES.values()]
        tables.append(Table(title=OTHER_SPLITS[kind], columns=columns, rows=rows))
    return tables


def _shown(difference: Difference, key: str) -> str | None:
    """Return a measure's difference and interval as text; None where there is none."""
    return signed(*difference[key]) if key in difference else None


def _figure_of_deciles(deciles: dict[str, list[dict]]) -> Figure:
    labels = [row["degree"] for row in next(iter(deciles.values()))]
    return Figure(
        title="Cold products: Hits@10 by popularity of the known product",
        kind="bars",
        x_title="training degree of the known product (tenths of the pairs)",
        y_title="Hits@10",
        series=[
            Series(name=model_title(name), x=labels, y=[row["hits_at_10"] for row in rows])
            for name, rows in deciles.items()
        ],
    )


def _figure_of_fields(runs: dict[str, Run]) -> Figure:
    hits = [run.metrics["hits_at_10"] for run in runs.values()]
    return Figure(
        title="Cold products: Hits@10 of EGES by its fields",
        kind="bars",
        x_title="fields",
        y_title="Hits@10",
        series=[Series(name=model_title(EGES), x=list(runs), y=hits)],
    )
