"""The interface of all models."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from core.config import Settings as AnySettings
from core.graph.split import Split
from core.models.cost import NUMBERS_PER_PAIR, Cost
from core.models.explanation import Explanation
from core.models.top_k import top_k
from core.progress import QUIET, Progress

# Called during training: evaluates the model on the development slice and returns the measures.
Monitor = Callable[["Model"], dict[str, float]]


class Model(ABC):
    """Scores how well two products go together.

    Parameters
    ----------
    settings : Settings
        An instance of the class attribute `Settings`: everything that changes the result.
    seed : int
        Seed of all random numbers of the model.
    workers : int
        Threads to use.

    Attributes
    ----------
    scorings : tuple of str
        Ways of scoring two products by what was learned, such as ``cosine`` and ``in-out``. The
        pipeline tries each on the development slice.
    scoring : str
        The way in use: the best on the development slice once the pipeline has fitted the model.
        Neighbours can also be ranked by another one of `neighbour_scorings`, see `scored_by`.
    scores_unseen : bool
        True if `score` is meaningful for products without a training pair. If False, the
        evaluation replaces the scores of their pairs with the lowest one.
    fits_on_development : bool
        True if the pipeline first fits it on the development split, for the learning curve and the
        choice of `scoring`. False: it is fitted once, whether it is trained or not.
    is_random : bool
        True if a different seed gives a different model; by default the same as
        `fits_on_development`.
    link : str
        ``sigmoid`` if the sigmoid of the score is a probability (thresholds are then set on it),
        ``identity`` if thresholds are set on the score itself.
    no_path_score : float or None
        The score of two products that no path connects, if there is one; such products are never
        listed as neighbours.
    scores_only_retrieved : bool
        True if `score_all` is exact only for the products retrieved for a query; it puts all others
        below them.
    places_new_products : bool
        True if `vector_of_new` makes a vector for a product that is not in the catalogue.
    supports_distributed : bool
        True if the processes that torchrun starts can fit one model together; other models are
        fitted by the first process alone. A model that is fitted inside another one must set it to
        False.
    rate_unit : str
        The unit of `rate_`: "words", "pairs", or "" if there is no rate.
    rate_ : float or None
        Words or pairs trained on per second, once fitted.
    """

    Settings: type[AnySettings] = AnySettings
    settings: Any
    scorings: tuple[str, ...] = ("score",)
    scores_unseen = False
    fits_on_development = True
    link = "identity"
    no_path_score: float | None = None
    scores_only_retrieved = False
    places_new_products = False
    supports_distributed = False
    rate_unit = ""

    def __init__(self, settings: AnySettings | None = None, *, seed: int = 42, workers: int = 1):
        self.settings = settings if settings is not None else self.Settings()
        self.seed = seed
        self.workers = workers
        self.scoring = self.scorings[0]
        self.rate_: float | None = None

    def can_score(self, seen: np.ndarray) -> np.ndarray:
        """Return which products have meaningful scores, so that they may be listed as neighbours.

        Parameters
        ----------
        seen : bool array, shape (n,)
            Whether each product has a training pair.

        Returns
        -------
        bool array, shape (n,)
        """
        return seen | self.scores_unseen

    def cost(self, products: int, pairs: int) -> Cost:
        """Return the cost of fitting this model to a number of products and training pairs."""
        return Cost(pairs * NUMBERS_PER_PAIR)

    @abstractmethod
    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        """Learn from the training pairs of `split`; return self.

        `split.test` must not be read here. A model that selects its own parameters does so on
        ``split.development()``. If `monitor` is given, call it at regular intervals and report
        the measures that it returns by ``progress.point``.
        """

    @abstractmethod
    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Score the pairs (u[i], v[i]); symmetric; higher is better.

        Parameters
        ----------
        u, v : int arrays, shape (n,)

        Returns
        -------
        float32 array, shape (n,)
        """

    @abstractmethod
    def score_all(self, queries: np.ndarray) -> np.ndarray:
        """Score every product against each query.

        Parameters
        ----------
        queries : int array, shape (n,)
            A few hundred at most: the result is dense.

        Returns
        -------
        float32 array, shape (n, n_products)
            Agrees with `score` up to rounding.
        """

    def score_seen(self, queries: np.ndarray) -> np.ndarray:
        """Score like `score_all`, except that the scores of unseen products are arbitrary.

        A ranking does not need these scores, so a model may skip them.
        """
        return self.score_all(queries)

    def score_one(self, query: int) -> np.ndarray:
        """Score every product against one query.

        Returns
        -------
        float32 array, shape (n_products,)
            Agrees with `score_all` up to rounding; the caller may overwrite it.
        """
        return self.score_all(np.array([query]))[0].copy()

    def score_tables(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Return (queries, keys), float32, shape (n_products, width), if the score of two products
        with vectors is ``queries[u] @ keys[v]``; None for other models."""
        return None

    @property
    def neighbour_scorings(self) -> tuple[str, ...]:
        """The ways of scoring that can rank a product's neighbours; empty if there is only one."""
        return ()

    def scored_by(self, scoring: str) -> Self:
        """Return this model with another of its `neighbour_scorings`; itself for any other name.

        The copy shares the learned state.
        """
        if scoring == self.scoring or scoring not in self.neighbour_scorings:
            return self
        other = copy.copy(self)
        other.scoring = scoring
        return other

    def vector_of_new(
        self,
        title: str = "",
        brand: str = "",
        categories: Sequence[str] = (),
        price: float | None = None,
    ) -> np.ndarray:
        """Return the vector of a product that is not in the catalogue, from its fields.

        Parameters
        ----------
        title, brand : str
        categories : sequence of str
            Broadest first.
        price : float, optional
            In dollars.

        Returns
        -------
        float32 array, shape (dim,)
            Zeros if the model knows none of the words and values.

        Raises
        ------
        NotImplementedError
            Unless `places_new_products`.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot place new products.")

    def field_vectors_of_new(self, products: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return what each field adds to the vectors of products that are not in the catalogue.

        Parameters
        ----------
        products : DataFrame
            Their text columns, as in a catalogue.

        Returns
        -------
        dict of str to float32 array, shape (n, dim)
            By field: a column of the catalogue, or ``text``. `vector_of_new` is their sum.

        Raises
        ------
        NotImplementedError
            Unless `places_new_products`.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot place new products.")

    def contributions(self, query: int, product: int) -> dict[str, float]:
        """Return what each feature adds to the score of one pair, the largest first; {} if the
        model has no features."""
        return {}

    def known(
        self, title: str = "", brand: str = "", categories: Sequence[str] = ()
    ) -> dict[str, bool]:
        """Return which words and values of a description, as in `vector_of_new`, the
        model knows."""
        return {}

    def explain(self, query: int, product: int) -> Explanation | None:
        """Return what the score of two products is made of; None if it has no parts to show."""
        return None

    @property
    def is_random(self) -> bool:
        return self.fits_on_development

    @property
    def vectors(self) -> np.ndarray | None:
        """The product embeddings, float32, shape (n_products, dim); None if there are none."""
        return None

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the learned state into the existing `folder`: `.npy`, `.npz`, JSON, text files."""

    @abstractmethod
    def load(self, folder: Path, split: Split) -> Self:
        """Read the state that `save` wrote; `split` is the one on which the model was fitted."""

    def similar(
        self, query: int, k: int, exclude: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` products with the highest scores for `query`, best first.

        Parameters
        ----------
        query : int
        k : int
        exclude : bool array, shape (n_products,), optional
            Products to leave out, in addition to the query itself.

        Returns
        -------
        products : int64 array, shape (<= k,)
            Of equal scores, the smaller index comes first.
        scores : float32 array, shape (<= k,)
        """
        scores = self.score_one(query)
        scores[query] = -np.inf
        if exclude is not None:
            scores[exclude] = -np.inf
        return self.best(scores, k)

    def best(self, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return `top_k` of `scores`, without the products that no path connects to the query."""
        if self.no_path_score is not None:
            scores = np.where(scores == self.no_path_score, -np.inf, scores)
        return top_k(scores, k)
