"""About: key figures of the finished runs of a split, as text, and how to read them."""

from __future__ import annotations

from collections.abc import Sequence

from core.evaluation.measure_type import Row
from core.evaluation.measures import CANDIDATES
from core.models.registry import MODELS, baseline, popularity_model

TEXT = f"""
Hits@10 is how often a held-out partner is among the first ten: what a shop shows. {CANDIDATES}
AUC against uniform negatives is mostly popularity, as the score of popularity alone shows; against
degree-matched negatives popularity does not help. A model is ahead of the baseline where the whole
95 % interval of the difference is above 0. AUC all depends on the score used for unseen products;
AUC seen does not.
"""


def key_figures(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Return label and value of each key figure that these runs have.

    Parameters
    ----------
    rows : list of dict
        Rows of the results table, with differences from the baseline.
    """
    by_model = {row["model"]: row for row in rows}
    figures: list[tuple[str, str]] = []

    def add(label: str, model: str, *keys: str) -> None:
        values = [by_model[model][key] for key in keys] if model in by_model else [None]
        if None not in values:
            figures.append((label, " / ".join(f"{value:.3f}" for value in values)))

    ranked = [row for row in rows if row["hits_at_10"] is not None]
    if ranked:
        best = max(ranked, key=lambda row: row["hits_at_10"])
        figures.append(("Best Hits@10", f"{best['hits_at_10']:.1%}, {best['label']}"))
    if baseline() in by_model:
        others = [row for row in ranked if row["model"] != baseline()]
        ahead = sum((row.get("hits_at_10_gain_low") or -1) > 0 for row in others)
        label = f"Runs ahead of {MODELS[baseline()].title.lower()} in Hits@10"
        figures.append((label, f"{ahead} of {len(others)}"))
    popularity = "Popularity: AUC, uniform / degree-matched"
    add(popularity, popularity_model(), "auc_seen", "auc_degree")
    add("gensim CBOW, AUC all: median / lowest score", "gensim-cbow", "auc_all_median", "auc_all")
    return figures
