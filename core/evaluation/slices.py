"""Measures on parts of the held-out pairs: by relation, degree, and products seen in training."""

from __future__ import annotations

import numpy as np

from core.data.product_relations import RELATIONS
from core.evaluation.catalogue_ranking import Ranking
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.measure_type import QuestionMean, Row
from core.evaluation.measures import shown_in
from core.evaluation.metrics import auc
from core.evaluation.pair_scores import or_none

# The ranking measures of slices, by name.
RANKED = {
    m.name: m.computed_by for m in shown_in("slices") if isinstance(m.computed_by, QuestionMean)
}


def slice_rows(
    evaluation_set: EvaluationSet, positive: np.ndarray, negative: np.ndarray, ranking: Ranking
) -> list[Row]:
    """Return the measures by relation, by degree and by the number of products seen in training.

    - ``relation``: positives of that relation (a pair can have several), against all uniform
      negatives; both products seen.
    - ``degree``: tenths of the seen positives by the training degree of their less popular
      product, against the uniform negatives in the same range of degrees (against all of them,
      popularity alone would decide). Equal degrees are never divided: such tenths are merged.
    - ``ends``: both products have a training pair (seen), one (half-seen) or none (unseen);
      against the uniform negatives of the same kind.

    Parameters
    ----------
    evaluation_set : EvaluationSet
    positive, negative : float arrays
        Scores of all held-out pairs and uniform negatives, by the model's rule for unseen products.
    ranking : Ranking
        Of the questions ``evaluation_set.ranking``.

    Returns
    -------
    list of dict
        ``slice, value, n, n_negative, auc, n_ranked`` and the ranking measures; None if there is
        nothing to measure. Slices without a positive are left out.
    """
    split = evaluation_set.split
    true, false = evaluation_set.pairs(POSITIVE), evaluation_set.pairs("uniform")
    rows = []

    def add(name: str, value: str, of_true: np.ndarray, of_false: np.ndarray) -> None:
        if not of_true.any():
            return
        ranks = ranking.ranks[of_true[evaluation_set.ranking.pair]]
        area = auc(positive[of_true], negative[of_false])
        rows.append(
            {
                "slice": name,
                "value": value,
                "n": int(of_true.sum()),
                "n_negative": int(of_false.sum()),
                "auc": or_none(area),
                "n_ranked": len(ranks),
                **{name: or_none(source.mean(ranks)) for name, source in RANKED.items()},
            }
        )

    for bit, relation in enumerate(RELATIONS):
        mentioned = (split.test.relations >> bit & 1).astype(bool) & true.seen
        add("relation", relation, mentioned, false.seen)

    degree = split.graph.degree
    true_degree = np.minimum(degree[true.u], degree[true.v])
    false_degree = np.minimum(degree[false.u], degree[false.v])
    for low, high in tenths(true_degree[true.seen]):
        label = f"{low}" if high == low else f"{low}-{high}"
        add(
            "degree",
            label,
            (true_degree >= low) & (true_degree <= high),
            (false_degree >= low) & (false_degree <= high),
        )

    true_ends = split.seen[true.u].astype(int) + split.seen[true.v]
    false_ends = split.seen[false.u].astype(int) + split.seen[false.v]
    for ends, label in ((2, "seen"), (1, "half-seen"), (0, "unseen")):
        add("ends", label, true_ends == ends, false_ends == ends)
    return rows


def tenths(degrees: np.ndarray) -> list[tuple[int, int]]:
    """Return the (lowest, highest) degree of each tenth; equal tenths are merged."""
    if len(degrees) == 0:
        return []
    edges = np.quantile(degrees, np.linspace(0, 1, 11), method="inverted_cdf").astype(int)
    tops = np.unique(edges[1:])
    bottoms = np.append(edges[0], tops[:-1] + 1)
    return list(zip(bottoms.tolist(), tops.tolist()))
