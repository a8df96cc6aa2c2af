"""Evaluate vectors or scores from anywhere by the protocol of all runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from core.config import SplitRequest, UserError, available_cores
from core.data.raw_data import RawData
from core.graph.split import Split
from core.models.base import Model
from core.models.registry import baseline, model_entry, popularity_model
from core.pipeline.preparation import ensure_prepared, make_split
from core.progress import QUIET, Progress
from core.runs.run_folder import Run
from core.runs.store import Store

if TYPE_CHECKING:
    from core.evaluation.evaluation import Evaluation

# The floor that every model must clear, and what a model is worth without training.
REFERENCES = (popularity_model(), baseline())


def evaluate(
    what: object,
    pairs: str | SplitRequest | pd.DataFrame | None = None,
    test: pd.DataFrame | None = None,
    *,
    store: Store | None = None,
    workers: int | None = None,
    progress: Progress = QUIET,
) -> pd.DataFrame:
    """Return the measures of a finished run, or of vectors or scores from anywhere.

    Vectors and scores are evaluated by the protocol of all runs, next to two models that need no
    training: popularity, and the baseline, from which the paired differences are taken.

    Parameters
    ----------
    what : Run, vectors, callable, or mapping
        A finished run. Or vectors: ``(array, ids)``, a data frame, gensim's KeyedVectors, or the
        path of a file (see `core.data.vector_files`), scored by cosine or dot product, whichever is
        better on the development slice. Or a function that takes two arrays of ids and returns a
        score for each pair. Or several of these by name.
    pairs : str, SplitRequest or data frame
        Not for a run. The name of a data set or the request of its split; or a data frame of pairs
        (``source, target[, weight]``) or purchases, a third of which is held out as by `prepare`,
        unless `test` is given.
    test : data frame, optional
        The held-out pairs; `pairs` are then the training pairs. Vectors must not have been learned
        from them.
    store : Store, optional
    workers : int, optional
        Threads; all cores by default.
    progress : Progress

    Returns
    -------
    DataFrame
        A row per measure: ``measure, title, value, low, high``; the last two are the ends of the
        95 % confidence interval, by product. NaN where there were too few pairs.
        Of vectors and scores a row per model and measure, with ``model`` first and
        ``difference, difference_low, difference_high`` last.

    Raises
    ------
    UserError
        If the scores of the run are damaged, or the vectors do not fit the pairs.

    Warns
    -----
    UserWarning
        If products have no vector: pairs with one get the lowest score.

    Examples
    --------
    >>> import networkx as nx
    >>> from core import evaluate, prepare, train
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> measures = evaluate(train("karate", "three-hop")).set_index("measure")
    >>> bool(measures.loc["auc_seen", "low"] < measures.loc["auc_seen", "value"])
    True

    Vectors from elsewhere, here of random numbers, on pairs of your own:

    >>> import numpy as np
    >>> pairs = nx.to_pandas_edgelist(nx.les_miserables_graph())[["source", "target"]]
    >>> ids = pd.unique(pairs.to_numpy().ravel())
    >>> vectors = np.random.default_rng(0).normal(size=(len(ids), 8))
    >>> table = evaluate({"random": (vectors, ids)}, pairs)
    >>> seen = table[table["measure"] == "auc_seen"].set_index("model")
    >>> seen.index.tolist(), bool(seen.loc["random", "difference_high"] < 0)
    (['random', 'Degree', 'Three-hop'], True)
    """
    if isinstance(what, Run):
        from core.runs.saved_evaluation import evaluation

        if pairs is not None:
            raise UserError("A run was evaluated on the pairs of its data set: leave out `pairs`.")
        return evaluation(what, with_products=True).table()
    split = _split(pairs, test, store or Store(), progress)
    several = what if isinstance(what, Mapping) else {_name(what): what}
    models = {name: _given_model(name, one, split, progress) for name, one in several.items()}
    for name in REFERENCES:
        entry = model_entry(name)
        models[entry.title] = entry.model_class().fit(split, progress)
    return _table(models, split, workers or available_cores(), progress)


def _name(what: object) -> str:
    return "scores" if callable(what) else "vectors"


def _split(
    pairs: str | SplitRequest | pd.DataFrame | None,
    test: pd.DataFrame | None,
    store: Store,
    progress: Progress,
) -> Split:
    """Return the split of a stored data set, or of data frames, which are not stored."""
    if isinstance(pairs, str):
        pairs = SplitRequest(dataset=pairs)
    if isinstance(pairs, SplitRequest):
        if test is not None:
            raise UserError("The data set already has held-out pairs: leave out `test`.")
        ensure_prepared(store, pairs, progress)
        return store.load_split(pairs.dataset, pairs.prepared)
    if pairs is None:
        raise UserError(
            "On which pairs? Pass the name of a data set, or a data frame with the columns "
            "source and target: evaluate(vectors, pairs)."
        )
    read = RawData(pairs, test=test).read("pairs", store.root, progress)
    request = SplitRequest(dataset="pairs", split="random" if test is None else "given")
    return make_split(request, read.catalogue, read.named_relations, read.min_also_bought)


def _given_model(name: str, what: object, split: Split, progress: Progress) -> Model:
    """Return the model of vectors or of a function, with its scoring chosen."""
    from core.data.vector_files import align, vectors_of
    from core.evaluation.development import choose_scoring
    from core.models.given_models import GivenScores, GivenVectors

    # gensim's KeyedVectors are not callable.
    if callable(what):
        return GivenScores(what).fit(split, progress)
    aligned = align(vectors_of(what), split.catalogue, f"'{name}'")
    message = f"{name}: {aligned.summary()}"
    progress.log(message)
    if not aligned.has_vector.all():
        warnings.warn(message, UserWarning, stacklevel=3)
    model = GivenVectors(vectors=aligned.matrix).fit(split, progress)
    choose_scoring(model, split.development())
    return model


def _table(
    models: Mapping[str, Model], split: Split, workers: int, progress: Progress
) -> pd.DataFrame:
    from core.evaluation.evaluation import compare, evaluate

    results: dict[str, Evaluation] = {
        name: evaluate(model, split, progress, workers) for name, model in models.items()
    }
    reference = results[model_entry(baseline()).title]
    parts = []
    for name, result in results.items():
        table = result.table()
        differences = [] if result is reference else compare(result, reference, workers).items()
        ends = ("difference", "difference_low", "difference_high")
        paired = pd.DataFrame(
            [(measure, *interval) for measure, interval in differences],
            columns=["measure", *ends],
        )
        table.insert(0, "model", name)
        parts.append(table.merge(paired, on="measure", how="left"))
    return pd.concat(parts, ignore_index=True)
