"""Cold start: products without a training pair, placed by their fields alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.config import SplitKind, UserError
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.metrics import auc
from core.evaluation.slices import tenths
from core.evaluation.table import signed
from core.graph.split import Split
from core.models.embedding.settings import ALL_FIELDS
from core.runs.run_folder import Run
from core.studies.lab import Lab, measured, title
from core.studies.study_result import Answer, Figure, Series, Table, listed

WHOLE = "all fields"
# Measures whose differences have an interval.
COMPARED = ("hits_at_10", "auc_degree_all")
POPULARITY, NONE, GES, EGES = "degree", "skipgram", "skipgram-side-info", "eges"
MODELS = (POPULARITY, NONE, GES, EGES, "stack")
MEASURES = {
    "hits_at_10": "Hits@10",
    "mrr": "MRR",
    "auc_all": "AUC, uniform",
    "auc_degree_all": "AUC, degree-matched",
}
# Where side information must not cost anything; the time split for data that has times.
OTHER_SPLITS: dict[SplitKind, str] = {"random": "The ordinary split", "time": "The time split"}
OTHER_MEASURES = {
    "auc_seen": "Seen only",
    "auc_all": "All",
    "auc_possible": "possible",
    "auc_degree": "degree-matched",
    "auc_degree_all": "degree-m. All",
    "auc_hard": "hard",
    "hits_at_10": "Hits@10",
    "hits_at_50": "Hits@50",
    "mrr": "MRR",
}
GROUPS = {
    "brand": ("brand",),
    "categories": tuple(name for name in ALL_FIELDS if name.startswith("category")),
    "price": ("price_bin",),
    "text": ("text",),
}
# What the project asks of EGES; a stand-in that knows nothing scores 0.5.
TIMES_POPULARITY, ABOVE_CHANCE, BELOW_SKIPGRAM = 3, 0.10, 0.003


def answer(lab: Lab) -> Answer:
    """Compare side information with none and with popularity, and take its fields apart."""
    split = lab.split("cold")
    asked = [name for name in MODELS if name in lab.models]
    if not asked:
        raise UserError(f"This study compares {listed(MODELS)}: ask for at least one of them.")
    runs = lab.each(asked, split="cold")
    deciles = {name: by_degree(run, split) for name, run in runs.items()}
    cold = {name: measured(run, MEASURES) for name, run in runs.items()}
    even = lab.difference(runs[GES], runs[EGES]) if {GES, EGES} <= set(runs) else None
    shorter = {} if lab.epochs is None else {"epochs": lab.epochs}
    variants = {
        label: lab.run(EGES, split="cold", changes={"fields_used": used, **shorter})
        for label, used in ablations(filled(split)).items()
    }
    fields = {label: measured(run, MEASURES) for label, run in variants.items()}
    whole = variants.pop(WHOLE)
    changes = {label: lab.difference(run, whole) for label, run in variants.items()}
    elsewhere = {}
    if {GES, EGES} & set(lab.models):
        elsewhere["random"] = _elsewhere(lab, "random")
        if lab.has_time_split():
            elsewhere["time"] = _elsewhere(lab, "time")
    return _answer(cold, even, deciles, fields, changes, elsewhere, lab.epochs)


def _elsewhere(lab: Lab, kind: SplitKind) -> tuple[dict, dict | None]:
    """Return what each model reaches on a split, and how EGES differs from skip-gram there."""
    runs = lab.each([NONE, *(name for name in (GES, EGES) if name in lab.models)], split=kind)
    # A small shop may have no hard negatives, say: that measure is left out then.
    usual = {n: {key: run.metrics[key] for key in OTHER_MEASURES} for n, run in runs.items()}
    gain = lab.difference(runs[EGES], runs[NONE]) if {EGES, NONE} <= set(runs) else None
    return usual, gain


def filled(split: Split) -> list[str]:
    """Return the `GROUPS` that any product of a data set has."""
    frame = split.catalogue.frame
    # The text is made of titles and categories.
    columns = {**GROUPS, "text": ("title", *GROUPS["categories"])}
    return [name for name, group in columns.items() if (frame[list(group)] != "").any(axis=None)]


def ablations(groups: Iterable[str] = GROUPS) -> dict[str, tuple[str, ...]]:
    """Return the fields of each variant: all, each group alone, all but each group."""
    found = {WHOLE: ALL_FIELDS}
    found |= {f"{name} alone": GROUPS[name] for name in groups}
    for name in groups:
        found[f"without {name}"] = tuple(f for f in ALL_FIELDS if f not in GROUPS[name])
    return found


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
        asked = (targets >= low) & (targets <= high)
        rows.append(
            {
                "degree": str(low) if low == high else f"{low}-{high}",
                "n": len(part[POSITIVE]),
                "auc_uniform": auc(part[POSITIVE], part["uniform"]),
                "auc_degree": auc(part[POSITIVE], part["degree"]),
                "hits_at_10": float((ranks[asked] <= 10).mean()) if asked.any() else float("nan"),
            }
        )
    return rows


def _answer(
    cold: dict, even: dict | None, deciles: dict, fields: dict, changes: dict,
    elsewhere: dict[SplitKind, tuple[dict, dict | None]], epochs: int | None = None,
) -> Answer:  # fmt: skip
    columns = ["model", *MEASURES.values()]
    tables = [
        Table(
            "Held-out pairs of one cold product and one known one",
            columns,
            [[title(name), *row.values()] for name, row in cold.items()],
            "A tenth of the products with metadata has lost all its training pairs. Models "
            "without scores for such products tie on all of them.",
        ),
        _decile_table(deciles),
        Table(
            "EGES by its fields, same pairs",
            ["fields", *MEASURES.values(), *(f"{MEASURES[key]}, change" for key in COMPARED)],
            [
                [label, *row.values(), *(_change(changes.get(label), key) for key in COMPARED)]
                for label, row in fields.items()
            ],
            "Change: from all fields that the data has, with its paired 95 % interval."
            + ("" if epochs is None else f" All variants trained for {epochs} epochs."),
        ),
    ]
    for kind, (usual, _) in elsewhere.items():
        rows = [[title(name), *row.values()] for name, row in usual.items()]
        tables.append(Table(OTHER_SPLITS[kind], ["model", *OTHER_MEASURES.values()], rows))
    labels = [row["degree"] for row in next(iter(deciles.values()))]
    figures = [
        Figure(
            "Cold products: Hits@10 by the popularity of the product to be found", "bars",
            "training degree of the known product (tenths of the pairs)", "Hits@10",
            [Series(title(n), labels, [r["hits_at_10"] for r in rows]) for n, rows in
             deciles.items()],
        ),
        Figure(
            "Cold products: Hits@10 of EGES by its fields", "bars", "fields", "Hits@10",
            [Series("EGES", list(fields), [row["hits_at_10"] for row in fields.values()])],
        ),
    ]  # fmt: skip
    said = _of_cold(cold, even), _of_fields(fields, changes), _of_elsewhere(elsewhere)
    text = "\n\n".join(" ".join(sentences) for sentences in said if sentences)
    return Answer(text, tables, figures)


def _decile_table(deciles: dict[str, list[dict]]) -> Table:
    columns = ["known product's degree", "pairs"]
    for name in deciles:
        columns += [f"{title(name)}: {measure}" for measure in ("AUC", "matched", "Hits@10")]
    rows = []
    for number, first in enumerate(next(iter(deciles.values()))):
        cells = [first["degree"], first["n"]]
        for found in deciles.values():
            row = found[number]
            cells += [row["auc_uniform"], row["auc_degree"], row["hits_at_10"]]
        rows.append(cells)
    return Table(
        "By tenths of the pairs, by the training degree of the known product", columns, rows,
        "AUC and matched: against the uniform and the degree-matched negatives of that range.",
        digits=3,
    )  # fmt: skip


def _of_cold(cold: dict, even: dict | None) -> list[str]:
    if EGES not in cold or POPULARITY not in cold:
        return []
    eges, popular = cold[EGES], cold[POPULARITY]
    hits, floor = eges["hits_at_10"], popular["hits_at_10"]
    times = f"{hits / floor:.2f} times popularity's {floor:.4f}" if floor else "popularity in none"
    enough = "which reaches" if hits and hits >= TIMES_POPULARITY * floor else "short of"
    above = eges["auc_degree_all"] - 0.5
    clear = "reaches" if above >= ABOVE_CHANCE else "falls short of"
    found = [
        f"For products without a training pair EGES finds the right partner among its ten best "
        f"in {hits:.4f} of the cases, {times}, {enough} the {TIMES_POPULARITY} times asked for. "
        f"Against degree-matched negatives its AUC is {eges['auc_degree_all']:.4f}, "
        f"{above:+.4f} from the 0.5 of a chance stand-in: that {clear} the "
        f"{ABOVE_CHANCE:+.2f} asked for."
    ]
    if even is not None:
        changed = " and ".join(f"{MEASURES[key]} by {_change(even, key)}" for key in COMPARED)
        found.append(f"Equal weights in the place of learned ones change {changed}.")
    return found


def _of_fields(fields: dict, changes: dict) -> list[str]:
    found = []
    groups = [group for group in GROUPS if f"{group} alone" in fields]
    # The only field there is has nothing to be compared with.
    for key in COMPARED if len(groups) > 1 else ():
        alone = {g: fields[f"{g} alone"][key] for g in groups}
        without = {g: changes[f"without {g}"][key] for g in groups}
        best = max(alone, key=alone.get)
        # Of what is more than chance only: its interval lies on one side of 0.
        missed = [group for group, (_, _, high) in without.items() if high < 0]
        harmful = [group for group, (_, low, _) in without.items() if low > 0]
        loss = "no field is surely missed when it is left out"
        if missed:
            most = min(missed, key=lambda group: without[group][0])
            loss = f"leaving out {most} costs most ({_change(changes[f'without {most}'], key)})"
        better = f"; {MEASURES[key]} rises without {' or '.join(harmful)}" if harmful else ""
        found.append(
            f"By {MEASURES[key]} ({fields[WHOLE][key]:.4f} with all fields), {best} does most "
            f"alone ({alone[best]:.4f}, {_change(changes[f'{best} alone'], key)} from all fields) "
            f"and {loss}{better}."
        )
    return found


def _change(difference: dict | None, key: str) -> str | None:
    """Return a measure's difference and interval as text; None where there is none."""
    return None if difference is None else signed(*difference[key])


def _of_elsewhere(elsewhere: dict) -> list[str]:
    found = []
    for kind, (_, gain) in elsewhere.items():
        if not gain:
            continue
        compared = {key: heading for key, heading in OTHER_MEASURES.items() if key in gain}
        parts = [f"{heading} {_change(gain, key)}" for key, heading in compared.items()]
        outside = [heading for k, heading in compared.items() if gain[k][0] < -BELOW_SKIPGRAM]
        verdict = f"nothing loses more than {BELOW_SKIPGRAM}"
        if outside:
            lose = "loses" if len(outside) == 1 else "lose"
            verdict = f"{listed(outside)} {lose} more than the {BELOW_SKIPGRAM} allowed"
        where = OTHER_SPLITS[kind].lower()
        found.append(f"On {where} EGES against skip-gram: {', '.join(parts)}; {verdict}.")
    return found
