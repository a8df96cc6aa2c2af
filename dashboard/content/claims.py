"""The claim of the Overview: one sentence from the finished runs that a person can repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.evaluation.measure_type import Row
from core.evaluation.measures import BY_NAME
from core.evaluation.table import best_first
from core.models.registry import STORY, baseline, popularity_model

STUDY = (
    "In 2020, Eugene Yan published how well word2vec and matrix factorisation learn which Amazon "
    "products go together; this lab repeats the study, corrects it, and adds stronger models."
)
# The claim's measures, with uniform and with degree-matched negatives: those of the results table.
EASY, FAIR = "auc_seen", "auc_degree"
# How far popularity's AUC must fall against equally popular products to be worth a claim.
MIN_FALL = 0.1


@dataclass(frozen=True)
class Claim:
    """A claim.

    Attributes
    ----------
    text : str
        One or two short sentences.
    reason : str
        How it was measured, and what follows.
    """

    text: str
    reason: str


def claim(rows: Sequence[Row], n_candidates: int) -> Claim | None:
    """Return the strongest claim that the runs of one split support; None if they support none.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the results table.
    n_candidates : int
        Number of products with a training pair, which are ranked.
    """
    popularity = next((row for row in rows if row["model"] == popularity_model()), None)
    if popularity and _fall(popularity) > MIN_FALL:
        fair = [row for row in rows if row[FAIR] is not None and row is not popularity]
        best = max(fair, key=lambda row: row[FAIR], default=None)
        return Claim(
            f"Popularity alone scores {popularity[EASY]:.2f}. Against equally popular "
            f"products, it scores {popularity[FAIR]:.2f}: a coin toss.",
            "The study asked models to tell true pairs from random ones (blue), where popularity "
            "goes far. In the fair test, false pairs are as popular as true ones (orange)."
            + (
                f" Best by {BY_NAME[FAIR].heading}: {best['label']}, {best[FAIR]:.3f}."
                if best
                else ""
            ),
        )
    ranked = [row for row in best_first(rows) if row["hits_at_10"]]
    if not ranked or n_candidates <= 10:
        return None
    best = ranked[0]
    untrained = " Nothing in it is trained." if best["model"] == baseline() else ""
    return Claim(
        f"{best['label']} finds {best['hits_at_10']:.0%} of the hidden partners among its first "
        f"ten of {n_candidates:,} products.",
        f"Guessing would find {10 / n_candidates:.2%}. A third of the pairs was hidden before "
        f"training.{untrained}",
    )


def story_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the rows for the claim's picture: the best run of each model that tells the story.

    The best against equally popular products comes first.
    """
    best: dict[str, Row] = {}
    for row in best_first(rows):
        if row["model"] in (baseline(), *STORY) and row[FAIR] is not None:
            best.setdefault(row["model"], row)
    return sorted(best.values(), key=lambda row: -row[FAIR])


def _fall(row: Row) -> float:
    if row[EASY] is None or row[FAIR] is None:
        return 0.0
    return row[EASY] - row[FAIR]
