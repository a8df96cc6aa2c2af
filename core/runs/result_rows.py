"""The rows of the results table, from the finished runs of a data set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from core.evaluation.measure_type import Row
from core.evaluation.significance import Interval
from core.evaluation.table import best_first, in_table_order, result_row
from core.models.registry import models_with
from core.runs.differences import differences_to_baseline
from core.runs.run_folder import Run
from core.runs.run_names import changed_settings, describe_settings, run_names
from core.runs.runs_with_default_settings import standard_runs
from core.runs.saved_evaluation import all_metrics
from core.runs.store import Store

N_COMPARED = 5


def result_rows(
    dataset: str, measures: Collection[str] | None = None, *, store: Store | None = None
) -> list[Row]:
    """Return the results of all finished runs of a data set, in the order of the results table.

    Parameters
    ----------
    dataset : str
    measures : collection of str, optional
        Measures whose differences from the baseline are added; all, by default.
    store : Store, optional

    Returns
    -------
    list of dict
        A row per run, for `pandas.DataFrame`: its measures, settings and costs, its ``label``, the
        study's figures, and ``<measure>_gain``, ``…_gain_low`` and ``…_gain_high``. Rows with
        different ``data`` were evaluated on different pairs.

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
    return rows_of(runs, differences=differences_to_baseline(runs, measures))


def rows_of(
    runs: Sequence[Run],
    metrics_of: Callable[[Run], Row] = all_metrics,
    differences: Mapping[str, Mapping[str, Interval]] | None = None,
) -> list[Row]:
    """Return one row of the results table per run, in table order.

    Beside the measures, a row holds `label`, the run's name among those on the same pairs, and
    `changes`, the settings that differ from the model's defaults.

    Parameters
    ----------
    runs : sequence of Run
        Finished.
    metrics_of : callable
        Returns the metrics of a run.
    differences : dict, optional
        From `differences_to_baseline`.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.config.data, []).append(run)
    rows: list[Row] = []
    for data, group in groups.items():
        names = run_names(group)
        rows += [
            {
                **result_row(metrics_of(run), data, (differences or {}).get(run.id)),
                "label": names[run.id],
                "changes": ", ".join(describe_settings(changed_settings(run.config))),
            }
            for run in group
        ]
    return in_table_order(rows)


def runs_compared_by_default(runs: Iterable[Run], rows: Sequence[Row]) -> list[str]:
    """Return the ids of the few runs that are compared by default, the best first.

    They are the best run and the standard runs of the models with the role ``compared``; the next
    best ones replace those that are missing.

    Parameters
    ----------
    runs : iterable of Run
        Finished, on the same pairs, oldest first.
    rows : sequence of dict
        Their rows of results.
    """
    ranked = [row["run"] for row in best_first(rows)]
    standard = standard_runs(runs)
    compared = [standard[name].id for name in models_with("compared") if name in standard]
    chosen = list(dict.fromkeys([*ranked[:1], *compared, *ranked]))[:N_COMPARED]
    return sorted(chosen, key=ranked.index)
