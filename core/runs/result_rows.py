"""The rows of the results table, from the finished runs of a data set."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from core.evaluation.table import in_table_order, result_row
from core.runs.differences import differences_to_baseline
from core.runs.saved_evaluation import all_metrics
from core.runs.store import Store


def result_rows(
    dataset: str, measures: Collection[str] | None = None, *, store: Store | None = None
) -> list[dict[str, Any]]:
    """Return the results of all finished runs of a data set, in the order of the results table.

    Parameters
    ----------
    dataset : str
    measures : collection of str, optional
        Measures whose differences to the baseline are added; all, by default.
    store : Store, optional

    Returns
    -------
    list of dict
        A row per run, for `pandas.DataFrame`: its measures, settings and costs, its ``label``, the
        study's figures, and ``<measure>_gain``, ``…_gain_low`` and ``…_gain_high``. Rows with
        different ``data`` were measured on different pairs.

    Raises
    ------
    UserError
        If there is no such data set.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import prepare, result_rows, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> run = train("karate", "three-hop")
    >>> [row["hits_at_10"] for row in result_rows("karate") if row["run"] == run.id] == [
    ...     run.metrics["hits_at_10"]
    ... ]
    True
    """
    store = store or Store()
    store.check_dataset(dataset)
    runs = store.finished_runs(dataset)
    differences = differences_to_baseline(runs, measures)
    return in_table_order(
        [result_row(all_metrics(run), run.config.data, differences.get(run.id)) for run in runs]
    )
