"""Relations and time: the table by relation, and the future beside a random third."""

from __future__ import annotations

import pandas as pd
from scipy.stats import spearmanr

from core.studies.lab import Lab, title
from core.studies.study_result import Answer, Figure, Series, Table

MEASURES = {"auc_seen": "Seen only", "auc_degree": "degree-matched", "hits_at_10": "Hits@10"}


def answer(lab: Lab) -> Answer:
    """Slice every model by relation and, where the data has times, train it on the past too."""
    runs = lab.each(lab.models)
    slices = {}
    for name, run in runs.items():
        table = run.table("slices")
        part = table[table["slice"] == "relation"].set_index("value")
        slices[name] = part[["auc", "hits_at_10", "n"]].to_dict("index")
    found = _by_relation(slices)
    if not lab.has_time_split():
        return found
    random = {name: _measures(run) for name, run in runs.items()}
    late = {name: _measures(run) for name, run in lab.each(list(runs), split="time").items()}
    return _with_time(found, random, late)


def _measures(run) -> dict[str, float]:
    return {key: run.metrics[key] for key in MEASURES}


def _by_relation(slices: dict[str, dict]) -> Answer:
    relations = list(dict.fromkeys(r for by_relation in slices.values() for r in by_relation))
    shown = {relation: relation.replace("_", " ") for relation in relations}
    columns = ["model"]
    for measure in ("AUC", "Hits@10"):
        columns += [f"{measure}, {shown[relation]}" for relation in relations]
    rows = []
    for name, found in slices.items():
        cells = [
            found.get(relation, {}).get(key)
            for key in ("auc", "hits_at_10")
            for relation in relations
        ]
        rows.append([title(name), *cells])
    sentences = []
    means = {}
    for relation in relations:
        best = {
            key: max(
                (name for name in slices if pd.notna(slices[name].get(relation, {}).get(key))),
                key=lambda name, key=key: slices[name][relation][key],
                default=None,
            )
            for key in ("auc", "hits_at_10")
        }
        if best["auc"] is None or best["hits_at_10"] is None:
            continue
        means[relation] = slices[best["hits_at_10"]][relation]["hits_at_10"]
        sentences.append(
            f"{shown[relation].capitalize()} ({next(iter(slices.values()))[relation]['n']:,} "
            f"held-out pairs): best AUC {slices[best['auc']][relation]['auc']:.4f} "
            f"({title(best['auc'])}), best Hits@10 {means[relation]:.4f} "
            f"({title(best['hits_at_10'])})."
        )
    if len(set(means.values())) > 1:
        easy, hard = max(means, key=means.get), min(means, key=means.get)
        sentences.append(
            f"By the best Hits@10, {shown[easy]} is the easiest relation and {shown[hard]} the "
            "hardest; a pair can be in several."
        )
    figure = Figure(
        "Hits@10 by relation", "bars", "model", "Hits@10",
        [
            Series(
                shown[relation],
                [title(name) for name in slices],
                [found.get(relation, {}).get("hits_at_10") for found in slices.values()],
            )
            for relation in relations
        ],
    )  # fmt: skip
    note = "Held-out pairs that the relation mentions, both ends seen, against uniform negatives."
    return Answer(" ".join(sentences), [Table("By relation", columns, rows, note)], [figure])


def _with_time(found: Answer, random: dict[str, dict], late: dict[str, dict]) -> Answer:
    both = [
        name
        for name in random
        if name in late
        and not any(part[name][k] is None for part in (random, late) for k in MEASURES)
    ]
    if not both:  # no late pair has two seen ends
        return found
    columns = ["model"]
    for heading in MEASURES.values():
        columns += [f"{heading}, random", f"{heading}, time"]
    rows = []
    for name in both:
        cells = [part[name][key] for key in MEASURES for part in (random, late)]
        rows.append([title(name), *cells])
    falls = {key: sum(late[name][key] < random[name][key] for name in both) for key in MEASURES}
    best = {
        key: [max(both, key=lambda name, p=part, k=key: p[name][k]) for part in (random, late)]
        for key in MEASURES
    }
    sentences = [
        f"Trained on the past and measured on pairs that appear later, {falls['auc_seen']} of "
        f"{len(both)} models lose AUC (Seen) and {falls['hits_at_10']} lose Hits@10 against the "
        "random split."
    ]
    for key, heading in MEASURES.items():
        first, second = best[key]
        if first == second:
            sentences.append(f"{heading}: {title(first)} leads on both.")
        else:
            sentences.append(
                f"{heading}: {title(first)} leads on the random split, {title(second)} on the "
                "later pairs."
            )
    for key in ("auc_seen", "hits_at_10"):
        columns_of = [[part[name][key] for name in both] for part in (random, late)]
        if min(len(set(values)) for values in columns_of) > 2:
            order = spearmanr(*columns_of).statistic
            sentences.append(
                f"The two orders of models by {MEASURES[key]} agree to a rank correlation of "
                f"{order:.2f}."
            )
    figure = Figure(
        "Seen only (AUC) on a random third and on the future", "bars", "model", "AUC, seen only",
        [
            Series(name, [title(m) for m in both], [part[m]["auc_seen"] for m in both])
            for name, part in (("random", random), ("time", late))
        ],
    )  # fmt: skip
    note = "The two splits hold out different pairs of different products; compare the orders."
    return Answer(
        f"{found.conclusion} {' '.join(sentences)}",
        [*found.tables, Table("A random third and the future", columns, rows, note)],
        [*found.figures, figure],
    )
