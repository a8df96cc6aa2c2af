"""All measures of a run, one entry each: its names, how it is computed, and where it is shown.

To add a measure, add an entry to `MEASURES`: evaluation, results tables, reports, comparisons and
the app follow. Finished runs have it, too, unless it needs what was not saved: the lists of ten
(`ListValue`) or a value that was not recorded (`Recorded`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.evaluation.list_metrics import (
    category_match,
    coverage,
    diversity,
    novelty,
    popularity,
)
from core.evaluation.measure_type import (
    EVERYWHERE,
    FULL_TABLE_AND_COMPARISON,
    Auc,
    ListValue,
    Measure,
    PairValue,
    Place,
    QuestionMean,
)
from core.evaluation.metrics import average_precision
from core.evaluation.recorded_measures import EPOCHS, MINUTES, PUBLISHED, SCORING, UNSEEN_RULE

# Short tables are sorted by this measure, best first: a shop shows a list of ten.
SORTED_BY = "hits_at_10"

CANDIDATES = (
    "All products with a training pair are ranked, except the query and its other true partners."
)

MEASURES: tuple[Measure, ...] = (
    Measure(
        name="auc_all",
        heading="AUC all",
        title="AUC, all pairs",
        help=(
            "AUC of all held-out pairs against uniform negatives. Pairs with an unseen product are "
            "scored by the unseen rule."
        ),
        computed_by=Auc("uniform"),
        places=EVERYWHERE | {"curve"},
    ),
    Measure(
        name="auc_seen",
        heading="AUC seen",
        title="AUC, seen products",
        help="AUC against uniform negatives, of pairs whose products both have a training pair",
        computed_by=Auc("uniform", seen_only=True),
        places=EVERYWHERE | {"curve"},
    ),
    Measure(
        name="auc_possible",
        heading="AUC possible",
        title="AUC, possible negatives",
        help=(
            "AUC of seen pairs against negatives that could be true: at least one product has an "
            "also-bought list"
        ),
        computed_by=Auc("possible", seen_only=True),
        places=EVERYWHERE - {"short_table"},
    ),
    Measure(
        name="auc_degree",
        heading="AUC matched",
        title="AUC, degree-matched negatives",
        help="AUC of seen pairs against negatives of the same degree: popularity alone scores 0.5",
        computed_by=Auc("degree", seen_only=True),
        places=EVERYWHERE,
    ),
    Measure(
        name="auc_degree_all",
        heading="AUC matched, all",
        title="AUC, degree-matched negatives, all pairs",
        help="AUC of all held-out pairs against negatives of about the same degree",
        computed_by=Auc("degree"),
        places=FULL_TABLE_AND_COMPARISON | {"study"},
    ),
    Measure(
        name="auc_hard",
        heading="AUC hard",
        title="AUC, hard negatives",
        help=(
            "AUC of seen pairs against negatives whose products share neighbours. By construction, "
            "they lower every model that counts shared neighbours."
        ),
        computed_by=Auc("hard", seen_only=True),
        places=EVERYWHERE - {"short_table"},
    ),
    Measure(
        name="hits_at_10",
        heading="Hits@10",
        title="Hits@10",
        help=f"How often a held-out partner is among the first 10. {CANDIDATES}",
        computed_by=QuestionMean(lambda ranks: ranks <= 10),
        places=EVERYWHERE | {"baseline", "slices"},
    ),
    Measure(
        name="hits_at_50",
        heading="Hits@50",
        title="Hits@50",
        help=f"How often a held-out partner is among the first 50. {CANDIDATES}",
        computed_by=QuestionMean(lambda ranks: ranks <= 50),
        places=FULL_TABLE_AND_COMPARISON | {"study"},
    ),
    Measure(
        name="ndcg_at_10",
        heading="NDCG@10",
        title="NDCG@10",
        help=f"Mean of 1 / log2(1 + rank) of a held-out partner, 0 beyond rank 10. {CANDIDATES}",
        computed_by=QuestionMean(lambda ranks: (ranks <= 10) / np.log2(1 + ranks)),
        places=FULL_TABLE_AND_COMPARISON,
    ),
    Measure(
        name="mrr",
        heading="MRR",
        title="MRR",
        help=f"Mean reciprocal rank: the mean of 1 / rank of a held-out partner. {CANDIDATES}",
        computed_by=QuestionMean(lambda ranks: 1 / ranks),
        places=EVERYWHERE | {"baseline"},
    ),
    Measure(
        name="coverage",
        heading="Coverage",
        title="Catalogue coverage",
        help="Share of the products with a training pair that are in at least one list of ten",
        computed_by=ListValue(coverage),
        places=frozenset({"full_table"}),
        text="{:.3f}".format,
    ),
    Measure(
        name="popularity",
        heading="Popularity",
        title="Popularity of recommendations",
        help="Mean degree in the lists of ten, divided by that of all seen products",
        computed_by=ListValue(popularity),
        places=frozenset({"full_table"}),
        better=None,
        text="{:.2f}".format,
    ),
    Measure(
        name="novelty",
        heading="Novelty",
        title="Novelty of recommendations",
        help=(
            "Mean self-information of the products in the lists of ten, in bits: log2(n / degree), "
            "of n products with a training pair (Zhou et al., 2010)"
        ),
        computed_by=ListValue(novelty),
        places=frozenset({"full_table"}),
        better=None,
        text="{:.2f}".format,
    ),
    Measure(
        name="diversity",
        heading="Diversity",
        title="Diversity within lists",
        help=(
            "How often two products of a list of ten are of different categories (first two "
            "levels): 1 - intra-list similarity (Ziegler et al., 2005)"
        ),
        computed_by=ListValue(diversity),
        places=frozenset({"full_table"}),
        better=None,
        text="{:.3f}".format,
    ),
    Measure(
        name="category_match",
        heading="Category match",
        title="Category match",
        help=(
            "Share of the products in the lists of ten that are of the query's category (first "
            "two levels)"
        ),
        computed_by=ListValue(category_match),
        places=frozenset({"full_table"}),
        better=None,
        text="{:.3f}".format,
    ),
    MINUTES,
    EPOCHS,
    Measure(
        name="auc_all_median",
        heading="AUC all, median rule",
        title="AUC, all pairs, median rule",
        help="AUC all, if pairs with an unseen product got the median score, as in the study",
        computed_by=Auc("uniform", rule="median"),
        places=frozenset({"full_table"}),
    ),
    UNSEEN_RULE,
    SCORING,
    *PUBLISHED,
    # Saved with every run, but not shown by default; for studies and spreadsheets.
    Measure(
        name="auc_all_lowest",
        heading="AUC all, lowest rule",
        title="AUC, all pairs, lowest rule",
        help="AUC all, if pairs with an unseen product got the lowest score",
        computed_by=Auc("uniform", rule="lowest"),
    ),
    Measure(
        name="auc_possible_all",
        heading="AUC possible, all",
        title="AUC, possible negatives, all pairs",
        help="AUC of all held-out pairs against negatives that could be true",
        computed_by=Auc("possible"),
    ),
    Measure(
        name="auc_hard_all",
        heading="AUC hard, all",
        title="AUC, hard negatives, all pairs",
        help="AUC of all held-out pairs against hard negatives",
        computed_by=Auc("hard"),
    ),
    Measure(
        name="ap_all",
        heading="AP all",
        title="Average precision, all pairs",
        help="Average precision of all held-out pairs among as many uniform negatives",
        computed_by=PairValue(lambda pairs: average_precision(*pairs.against("uniform"))),
    ),
    Measure(
        name="ap_seen",
        heading="AP seen",
        title="Average precision, seen products",
        help="Average precision of the held-out pairs of which both products have a training pair",
        computed_by=PairValue(
            lambda pairs: average_precision(*pairs.against("uniform", seen_only=True))
        ),
    ),
)

BY_NAME: dict[str, Measure] = {measure.name: measure for measure in MEASURES}


def measure(name: str) -> Measure:
    """Return the measure called `name`."""
    return BY_NAME[name]


def shown_in(place: Place) -> list[Measure]:
    """Return the measures shown in one place, in table order."""
    return [measure for measure in MEASURES if place in measure.places]


def names_in(place: Place) -> tuple[str, ...]:
    """Return the names of the measures shown in one place, in table order."""
    return tuple(measure.name for measure in shown_in(place))


def headings(names: Iterable[str]) -> dict[str, str]:
    """Return the headings of measures by their names."""
    return {name: BY_NAME[name].heading for name in names}
