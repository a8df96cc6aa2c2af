"""The rows of the results table, from the finished runs of a data set."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from core.evaluation.table import in_table_order, result_row
from core.runs.differences import differences_to_baseline
from core.runs.saved_evaluation import all_metrics
from core.runs.store import Store


def result_rows(
    store: Store, dataset: str, measures: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of the results table, one per finished run.

    Parameters
    ----------
    store : Store
    dataset : str
    measures : collection of str, optional
        Measures whose differences to the baseline are added; all, by default.
    """
    runs = store.finished_runs(dataset)
    differences = differences_to_baseline(runs, measures)
    return in_table_order(
        [result_row(all_metrics(run), run.config.data, differences.get(run.id)) for run in runs]
    )
