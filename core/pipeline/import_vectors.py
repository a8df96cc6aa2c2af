"""Make a run of vectors from elsewhere: scored, listed and mapped like every other run."""

from __future__ import annotations

import hashlib

from core.config import (
    DEFAULT_EXECUTION,
    Execution,
    RunConfig,
    SplitRequest,
    UserError,
    check_name,
)
from core.data.vector_files import NamedVectors, align, vectors_of
from core.evaluation.measure_type import Metrics
from core.graph.split import Split
from core.models.base import Model
from core.models.given_models import GivenVectors, ImportSettings
from core.models.registry import MODELS
from core.pipeline.preparation import ensure_prepared
from core.pipeline.train_run import train
from core.progress import QUIET, Progress
from core.runs.recorder import Recorder
from core.runs.run_folder import Run
from core.runs.store import Store

LONGEST_NAME = 40  # a run's folder adds its seed and a hash


def import_vectors(
    request: SplitRequest | str,
    vectors: object,
    name: str,
    *,
    execution: Execution = DEFAULT_EXECUTION,
    store: Store | None = None,
    progress: Progress = QUIET,
) -> Run:
    """Make a run of vectors from elsewhere; return it. An existing run of them is reused.

    It is evaluated by the same protocol as all runs of the data set, and found by `name` wherever a
    model is. The better of cosine and dot product on the development slice is its scoring. A
    product without a vector has the lowest score in all its pairs.

    Parameters
    ----------
    request : SplitRequest or str
        Data set and split; a name alone stands for the random split. The vectors must not have
        been learned from its held-out pairs.
    vectors : path, (path, path of ids), (array, ids), data frame, or gensim KeyedVectors
        A file may be ``.npy``, Parquet, safetensors, or word2vec's text or binary format; those
        without ids need a text file with one id per line; see `core.data.vector_files`.
    name : str
        How the run is called in tables.
    execution : Execution
    store : Store, optional
    progress : Progress
        Receives how many products have a vector.

    Raises
    ------
    UserError
        If the data set is unknown, the name is taken by a model, or the vectors cannot be read or
        are of other products.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from core import import_vectors, neighbours, prepare
    >>> facts = prepare("karate", nx.karate_club_graph())
    >>> angle = np.arange(34) / 34
    >>> vectors = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> run = import_vectors("karate", (vectors, range(34)), "circle")
    >>> neighbours(run, "5", k=2)["id"].tolist()
    ['4', '6']
    """
    request = SplitRequest(dataset=request) if isinstance(request, str) else request
    store = store or Store()
    check_name(name, "name of vectors", LONGEST_NAME)
    if name in MODELS:
        raise UserError(f"'{name}' is a model of the lab: choose another name.")
    given = vectors_of(vectors)
    ensure_prepared(store, request, progress)
    split = store.load_split(request.dataset, request.prepared)
    aligned = align(given, split.catalogue, given.file or "The vectors")
    settings = ImportSettings(imported_from=given.file or "memory", sha256=_digest(given))
    config = RunConfig(
        **request.model_dump(),
        model=name,
        data=store.split_facts(request.dataset, request.prepared)["fingerprint"],
        settings=settings.model_dump(),
    )

    def fit(
        config: RunConfig, split: Split, workers: int, recorder: Recorder
    ) -> tuple[Model, Metrics]:
        from core.evaluation.development import choose_scoring

        recorder.log(aligned.summary())
        model = GivenVectors(settings, vectors=aligned.matrix, workers=workers).fit(split)
        recorder.set_phase("development")
        recorder.stage("scoring")
        aucs = choose_scoring(model, split.development())
        choices = {"scoring": model.scoring, "development_auc": aucs}
        return model, {**choices, "vectors": aligned.summary()}

    return train(store, config, execution, progress, split, fit)


def _digest(given: NamedVectors) -> str:
    digest = hashlib.sha256("\n".join(given.ids).encode())
    digest.update(given.vectors.tobytes())
    return digest.hexdigest()[:16]
