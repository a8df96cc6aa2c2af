"""The functions of `from core import ...`, which the command line and the app call, too.

A function that only one of the two needs is not here. For previews, maps and studies, the command
line calls the modules below directly, and so does the app where it caches parts of a result. The
app trains by a command in a separate process (`core.jobs`).

Every function takes the `Store` that holds the data and the runs, by default the one in the folder
that ``ARTIFACTS_DIR`` names, or in `artifacts` next to this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from core.config import (
    DEFAULT_EXECUTION,
    Execution,
    SplitKind,
    SplitRequest,
    TrainRequest,
    UserError,
    available_cores,
)
from core.data.raw_data import RawData
from core.graph.split import Split
from core.models.base import Model
from core.pipeline.preparation import ensure_prepared
from core.pipeline.preparation import prepare as prepare_data
from core.pipeline.train_run import plan
from core.pipeline.train_run import train as train_run
from core.pipeline.train_several_runs import RAISE_ERRORS, RunListener
from core.pipeline.train_several_runs import train_many as train_runs
from core.progress import QUIET, Progress
from core.runs.load_run import find_run, load_model
from core.runs.run_folder import Run
from core.runs.saved_facts import SplitFacts
from core.runs.store import Store

if TYPE_CHECKING:
    import networkx as nx


def prepare(
    request: SplitRequest | str,
    data: RawData | Path | str | pd.DataFrame | nx.Graph | None = None,
    *,
    replace: bool = False,
    store: Store | None = None,
    progress: Progress = QUIET,
) -> SplitFacts:
    """Read a data set and split its pairs into training and held-out pairs.

    Parameters
    ----------
    request : SplitRequest or str
        Data set and kind of split; a name alone stands for a random split, or for the given one
        of `RawData` with `test`.
    data : optional
        What to read under that name: the path of Amazon metadata, a transaction log or an edge
        list; a data frame with a row per purchase (columns basket, product, …) or per edge
        (source, target, …); a networkx graph; or a `RawData`, which adds a product table and
        options. By default the named data set (``demo``, ``electronics``, ``books``), or what
        has been read before.
    replace : bool
        Read again even if the name holds other data; its runs are removed.
    store : Store, optional
    progress : Progress

    Returns
    -------
    SplitFacts
        Counts of products and pairs, the fingerprint of the split, and whether it was ``reused``.

    Raises
    ------
    UserError
        If the name is taken by other data, or the data cannot be read or divided.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import prepare
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> facts["products"], facts["training_pairs"], facts["held_out_pairs"]
    (34, 52, 26)
    """
    raw = data if isinstance(data, RawData) else RawData(data)
    if isinstance(request, str):
        kind: SplitKind = "random" if raw.test is None else "given"
        request = SplitRequest(dataset=request, split=kind)
    return prepare_data(store or Store(), request, raw, replace=replace, progress=progress)


def train(
    request: TrainRequest | str,
    model: str | None = None,
    /,
    *,
    execution: Execution = DEFAULT_EXECUTION,
    store: Store | None = None,
    progress: Progress = QUIET,
) -> Run:
    """Train and evaluate a model; return its run. A finished run is returned unchanged.

    Called as ``train(request)``, or as ``train(dataset, model)`` for the default settings.

    Parameters
    ----------
    request : TrainRequest or str
        What to train; or the name of the data set.
    model : str, optional
        Name of the model, if `request` is the name of a data set.
    execution : Execution
        How many threads to use, whether to train again, and whether to make the map.
    store : Store, optional
    progress : Progress

    Returns
    -------
    Run
        The folder of the run: ``run.metrics``, ``run.curve()``, ``run.table("roc")``, …

    Raises
    ------
    UserError
        If the data set is unknown, or a model or a setting is unknown or out of range.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import TrainRequest, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> train("karate", "three-hop").status["state"]
    'finished'
    >>> changes = {"exponent": 0.7}
    >>> run = train(TrainRequest(dataset="karate", model="three-hop", changes=changes))
    >>> run.config.settings["exponent"]
    0.7
    """
    if isinstance(request, str):
        if model is None:
            raise UserError(f"Name the model to train on '{request}': train('{request}', MODEL).")
        request = TrainRequest(dataset=request, model=model)
    elif model is not None:
        raise UserError("The request already names the model: omit the second argument.")
    store = store or Store()
    ensure_prepared(store, request, progress)
    return train_run(store, plan(store, request), execution, progress)


def train_many(
    requests: Sequence[TrainRequest],
    execution: Execution = DEFAULT_EXECUTION,
    *,
    store: Store | None = None,
    progress: Progress = QUIET,
    listener: RunListener = RAISE_ERRORS,
) -> list[Run]:
    """Train several models, at the same time if `execution` says so; return the finished runs.

    Parameters
    ----------
    requests : sequence of TrainRequest
        All settings are checked before the first model trains.
    execution : Execution
        Its ``jobs`` is the number of runs to train at the same time, each in its own process.
    store : Store, optional
    progress : Progress
    listener : RunListener
        Notified when a run ends; by default, the first error is raised.

    Raises
    ------
    UserError
        If a data set, a model or a setting is unknown.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import TrainRequest, prepare, train_many
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> requests = [TrainRequest(dataset="karate", model=m) for m in ("degree", "three-hop")]
    >>> sorted(run.config.model for run in train_many(requests))
    ['degree', 'three-hop']
    """
    from core.jobs.parallel_runs import train_in_parallel

    store = store or Store()
    for request in requests:
        ensure_prepared(store, request, progress)
    configs = [plan(store, request) for request in requests]
    several = execution.jobs > 1 and len(configs) > 1
    return (train_in_parallel if several else train_runs)(
        store, configs, execution, progress, listener
    )


def compare(first: Run, second: Run, workers: int | None = None) -> pd.DataFrame:
    """Return the differences between two finished runs on the same pairs.

    Parameters
    ----------
    first, second : Run
        On the same prepared data.
    workers : int, optional
        Threads; all cores by default.

    Returns
    -------
    DataFrame
        A row per measure: ``measure, first, second, difference, low, high``; the difference is
        `first` minus `second`, with the ends of its paired 95 % confidence interval.

    Raises
    ------
    UserError
        If the runs were evaluated on different pairs, or have no measure in common.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import compare, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> table = compare(train("karate", "three-hop"), train("karate", "degree"))
    >>> bool(table.set_index("measure").loc["auc_degree", "low"] > 0)
    True
    """
    from core.runs.differences import comparison_table

    return comparison_table(first, second, workers or available_cores())


def find(dataset: str, name: str, *, store: Store | None = None) -> Run:
    """Return the run with that id or name, or the standard run of the model with that name.

    Raises
    ------
    UserError
        If there is none; the message lists the runs that exist.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import find, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> run = train("karate", "degree")
    >>> find("karate", "degree") == run == find("karate", run.id)
    True
    """
    return find_run(store or Store(), dataset, name)


def load(run: Run, split: Split | None = None) -> tuple[Model, Split]:
    """Return the fitted model of a run, and the split that it was fitted on.

    Parameters
    ----------
    run : Run
    split : Split, optional
        The run's split, if it has been loaded before.

    Raises
    ------
    UserError
        If the model is damaged, or was saved by another version.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import load, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> model, split = load(train("karate", "three-hop"))
    >>> model.score(split.test.u[:3], split.test.v[:3]).shape
    (3,)
    """
    return load_model(Store.of(run), run, split)
