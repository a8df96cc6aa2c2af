"""The type of a measure: its names, how it is computed, and the places that show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.evaluation.metrics import UnseenRule
from core.evaluation.pair_scores import PairScores
from core.evaluation.significance import Products
from core.graph.split import Split

Place = Literal[
    "full_table", "app_table", "short_table", "comparison", "baseline", "slices", "curve", "study"
]
# The content of a run's `metrics.json`.
Metrics = dict[str, Any]
# A row of the results table: `core.evaluation.table.result_row`.
Row = dict[str, Any]


@dataclass(frozen=True)
class Auc:
    """AUC of the held-out pairs against one kind of negatives.

    Attributes
    ----------
    negatives : str
        One of `core.graph.evaluation_negatives.KINDS`.
    seen_only : bool
        Leave out pairs with a product that has no training pair.
    rule : str, optional
        Rule for the scores of those pairs, if not left out; the model's own rule by default.
    """

    negatives: str
    seen_only: bool = False
    rule: UnseenRule | None = None

    def scores(self, pairs: PairScores) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores of the positives and of the negatives."""
        return pairs.against(self.negatives, self.rule, self.seen_only)

    def products(self, pairs: PairScores) -> Products:
        """Return the products of the positives, then of the negatives."""
        return pairs.products_against(self.negatives, self.seen_only)


@dataclass(frozen=True)
class QuestionMean:
    """Mean over the ranking questions of a value of the target's rank.

    Attributes
    ----------
    of_ranks : function
        Takes the ranks, a float array of shape (n,); returns as many numbers or truth values.
    """

    of_ranks: Callable[[np.ndarray], np.ndarray]

    def values(self, ranks: np.ndarray) -> np.ndarray:
        """Return the value of each question, a float64 array."""
        return np.asarray(self.of_ranks(ranks), np.float64)

    def mean(self, ranks: np.ndarray) -> float:
        """Return the measure; NaN if there is no question."""
        return float(self.values(ranks).mean()) if len(ranks) else float("nan")


@dataclass(frozen=True)
class PairValue:
    """A value computed from the scores of pairs, without interval."""

    of_pairs: Callable[[PairScores], float]


@dataclass(frozen=True)
class ListValue:
    """A value computed from the lists of the ten best products, without interval.

    Attributes
    ----------
    of_lists : function
        Takes queries, lists and split, like the functions in `core.evaluation.list_metrics`.
    """

    of_lists: Callable[[np.ndarray, np.ndarray, Split], float]


@dataclass(frozen=True)
class Recorded:
    """A value in a run's row of results, or one derived from it.

    Attributes
    ----------
    value : function
        Takes the row (`core.evaluation.table.result_row`); tables are sorted by what it returns.
    text : function, optional
        Takes the row; returns the text to show; by default the value.
    reads : tuple of str
        Keys of the run's ``metrics.json`` that the row needs for it.
    """

    value: Callable[[Row], Any]
    text: Callable[[Row], str] | None = None
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """One measure of a run.

    Attributes
    ----------
    name : str
        Its key in ``metrics.json``, in rows of results, and in links to the app.
    heading : str
        Short name, for columns.
    title : str
        Full name, for menus and axes.
    help : str
        What it means.
    computed_by : Auc, QuestionMean, PairValue, ListValue or Recorded
        How its value is computed.
    places : frozenset of str
        Where it is shown.

        - ``full_table``: `report --full`, and Compare with *All columns*.
        - ``app_table``: what Compare shows at first.
        - ``short_table``: `report`, the README, and the line that `train` prints for each run.
        - ``comparison``: `compare`, `core.evaluate`, the exported report, the differences on
          Compare, and its table *With intervals*; needs an `Auc` or a `QuestionMean`.
        - ``baseline``: an additional column of `full_table`, its differences from the baseline.
        - ``slices``: parts of the held-out pairs, on Compare; needs a `QuestionMean`.
        - ``curve``: learning curves, on Train and Compare; needs an `Auc` against uniform
          negatives.
        - ``study``: the full tables of studies.
    better : str, optional
        ``higher`` or ``lower``: which value is best. None: neither.
    text : function
        Formats a value that is not missing.
    """

    name: str
    heading: str
    title: str
    help: str
    computed_by: Auc | QuestionMean | PairValue | ListValue | Recorded
    places: frozenset[Place] = frozenset()
    better: Literal["higher", "lower"] | None = "higher"
    text: Callable[[Any], str] = "{:.4f}".format

    def value(self, row: Row) -> Any:
        """Return its value in a row of results; None if the run has none."""
        if isinstance(self.computed_by, Recorded):
            return self.computed_by.value(row)
        return row.get(self.name)

    def shown(self, row: Row) -> str:
        """Return its formatted value in a row; "" if the run has none."""
        if isinstance(self.computed_by, Recorded) and self.computed_by.text is not None:
            return self.computed_by.text(row)
        value = self.value(row)
        return "" if value is None else self.text(value)


EVERYWHERE: frozenset[Place] = frozenset(
    {"full_table", "app_table", "short_table", "comparison", "study"}
)
FULL_TABLE_AND_COMPARISON: frozenset[Place] = frozenset({"full_table", "comparison"})
