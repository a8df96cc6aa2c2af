"""Seeds: the headline table as means over several seeds, and which differences are real."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean, stdev

from core.evaluation.published import published
from core.evaluation.table import published_elsewhere, signed
from core.models.registry import EXPERIMENTS, baseline
from core.runs.run_folder import Run
from core.studies.lab import Lab, title
from core.studies.study_result import Answer, Figure, Series, Table

COLUMNS = {
    "auc_all": "All",
    "auc_seen": "Seen",
    "minutes": "min",
    "auc_possible": "possible",
    "auc_degree_all": "degree-m. All",
    "auc_degree": "degree-m. Seen",
    "auc_hard": "hard",
    "hits_at_10": "Hits@10",
    "mrr": "MRR",
}
# Measures that a difference has an interval for.
COMPARED = {"auc_all": "All", "auc_seen": "Seen", "auc_degree": "degree-m. Seen",
            "hits_at_10": "Hits@10", "mrr": "MRR"}  # fmt: skip
FIRST_SEED = 42


def answer(lab: Lab) -> Answer:
    """Train every model that has chance in it with each seed."""
    first = lab.each(lab.models)
    runs = {name: [run] for name, run in first.items()}
    for seed in range(FIRST_SEED + 1, FIRST_SEED + lab.seeds):
        for name, run in lab.each([n for n in first if is_random(first[n])], seed=seed).items():
            runs[name].append(run)
    values = {name: [_values(run) for run in found] for name, found in runs.items()}
    gains = {}
    if baseline() in runs:
        reference = runs[baseline()][0]
        for name in values:
            if name != baseline():
                gains[name] = [lab.difference(run, reference) for run in runs[name]]
    best = leader(values, "hits_at_10")
    second = leader({n: v for n, v in values.items() if n != best}, "hits_at_10")
    lead = None
    if best is not None and second is not None:
        pairs = paired(runs[best], runs[second])
        lead = best, second, [lab.difference(a, b) for a, b in pairs]
    return _answer(values, gains, lead)


def is_random(run: Run) -> bool:
    """Return whether another seed gives another model: closed forms have no chance in them."""
    from core.models import create

    return create(run.config.model).has_chance


def _values(run: Run) -> dict[str, float]:
    metrics = run.metrics
    return {**metrics, "minutes": metrics["total_seconds"] / 60}


def is_known(found: list[dict], key: str) -> bool:
    """Return whether a measure could be taken with every seed."""
    return all(v[key] is not None for v in found)


def paired(first: list[Run], second: list[Run]) -> list[tuple[Run, Run]]:
    """Return which runs to compare: those of one seed, or all with the only one of the other."""
    if min(len(first), len(second)) == 1:
        return [(one, other) for one in first for other in second]
    by_seed = {run.config.seed: run for run in second}
    return [(run, by_seed[run.config.seed]) for run in first if run.config.seed in by_seed]


def leader(values: dict[str, list[dict]], key: str) -> str | None:
    """Return the model with the highest mean, None where nobody could be measured."""
    known = [name for name in values if is_known(values[name], key)]
    return max(known, key=lambda name: mean(v[key] for v in values[name]), default=None)


def joined(gains: Sequence[dict], key: str) -> tuple[float, float, float] | None:
    """Return the mean difference over the seeds and an interval that covers that of each seed;
    None where one could not be taken."""
    if not all(key in gain for gain in gains):
        return None
    found = [gain[key] for gain in gains]
    return mean(g[0] for g in found), min(g[1] for g in found), max(g[2] for g in found)


def spread(numbers: list[float], digits: int = 4) -> str:
    """Return mean and standard deviation as text; the mean alone of a single number."""
    if any(number is None for number in numbers):
        return ""
    if len(numbers) < 2:
        return f"{numbers[0]:.{digits}f}"
    return f"{mean(numbers):.{digits}f} ± {stdev(numbers):.{digits}f}"


def _published(name: str, dataset: str) -> str:
    row = published(EXPERIMENTS[name].published, dataset)
    if row is None:
        return ""
    areas = [f"{area:.4f}" for area in (row.auc_all, row.auc_seen) if area is not None]
    minutes = "" if row.minutes is None else f"({row.minutes:.1f} min)"
    return " ".join(part for part in (" / ".join(areas), minutes) if part)


def _answer(values: dict, gains: dict, lead) -> Answer:
    headline = Table(
        "Mean ± standard deviation over the seeds",
        ["model", "seeds", *COLUMNS.values(), "published, Electronics", "published, Books"],
        [
            [
                title(name),
                len(found),
                *(spread([v[key] for v in found], 1 if key == "minutes" else 4) for key in COLUMNS),
                _published(name, "Electronics"),
                _published(name, "Books"),
            ]
            for name, found in values.items()
        ],
        "Models without chance have one seed. Published: All / Seen (minutes) of the study, on its "
        "own data; never ranked with ours.",
    )
    tables = [headline]
    if gains:
        rows = []
        for name, found in gains.items():
            cells = [joined(found, key) for key in COMPARED]
            rows.append([title(name), *(None if cell is None else signed(*cell) for cell in cells)])
        tables.append(
            Table(
                f"Difference to {title(baseline())}: mean, and the paired 95 % intervals of all "
                "seeds together",
                ["model", *COMPARED.values()],
                rows,
            )
        )
    tables.append(other_published())
    ranked = {name: v for name, v in values.items() if is_known(v, "hits_at_10")}
    figure = Figure(
        "Hits@10: mean and range over the seeds", "bars", "model", "Hits@10",
        [
            Series(
                "Hits@10",
                [title(name) for name in ranked],
                [mean(v["hits_at_10"] for v in found) for found in ranked.values()],
                [min(v["hits_at_10"] for v in found) for found in ranked.values()],
                [max(v["hits_at_10"] for v in found) for found in ranked.values()],
            )
        ],
    )  # fmt: skip
    return Answer(" ".join(_sentences(values, gains, lead)), tables, [figure])


def other_published() -> Table:
    """Return the published rows of another paper, on its own cut of the data."""
    rows = [
        [p.row, p.dataset, p.auc_all, p.source, p.note]
        for dataset in ("Electronics", "Taobao")
        for p in published_elsewhere(dataset)
    ]
    columns = ["model", "data", "AUC", "source", "note"]
    return Table("Published elsewhere, on another version of the data", columns, rows)


def _sentences(values: dict, gains: dict, lead) -> list[str]:
    found = []
    moves = []
    for key in ("auc_seen", "hits_at_10"):
        spreads = {
            name: stdev(v[key] for v in each)
            for name, each in values.items()
            if len(each) > 1 and is_known(each, key)
        }
        if spreads:
            name = max(spreads, key=spreads.get)
            moves.append(
                f"{spreads[name]:.4f} ({COLUMNS[key]}, {title(name)}; one standard deviation)"
            )
    if moves:
        found.append(f"Another seed moves a model by at most {' and '.join(moves)}.")
    leaders: dict[str, list[str]] = {}
    for key, heading in COLUMNS.items():
        if key != "minutes" and (name := leader(values, key)) is not None:
            leaders.setdefault(name, []).append(heading)
    parts = [f"{title(name)} in {', '.join(where)}" for name, where in leaders.items()]
    if parts:
        found.append(f"Leading by the mean: {'; '.join(parts)}.")
    if gains:
        hits = {name: joined(some, "hits_at_10") for name, some in gains.items()}
        ahead = [title(name) for name, gain in hits.items() if gain is not None and gain[1] > 0]
        found.append(
            f"Above {title(baseline())} in Hits@10 with the whole interval: "
            f"{', '.join(ahead) or 'none'}."
        )
    if lead:
        best, second, differences = lead
        ahead = joined(differences, "hits_at_10")
        real = "real" if ahead[1] > 0 else "within chance"
        found.append(f"{title(best)} is {signed(*ahead)} from {title(second)} in Hits@10: {real}.")
    return found
