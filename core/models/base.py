"""The contract that every model keeps."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from core.config import Settings
from core.graph.split import Split
from core.progress import QUIET, Progress

# Called by a model in training: measures it on the development slice and returns named figures.
Monitor = Callable[["Model"], dict[str, float]]
# A closed form takes about as long for a training pair as training does for this many numbers
# (measured on two cores: 50,000 pairs and 100 million numbers a second).
NUMBERS_PER_PAIR = 2000
# Two tables of vectors, and as many numbers again for the gradients and the optimiser.
NUMBERS_PER_DIMENSION = 4
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Cost:
    """What it takes to fit a model, known before it is fitted.

    Attributes
    ----------
    work : float
        Numbers of the vectors that training touches, each time that it does. The time a run takes
        is proportional to it.
    bytes : float
        Memory for the vectors and the optimiser's state, in addition to the data.
    """

    work: float
    bytes: float = 0.0

    @classmethod
    def of_vectors(cls, products: int, dim: int, items: float) -> Cost:
        """Return the cost of training vectors of `dim` numbers on `items` words or pairs."""
        return cls(items * dim, products * dim * NUMBERS_PER_DIMENSION * FLOAT_BYTES)


class Model(ABC):
    """One way to say how well two products go together.

    Parameters
    ----------
    settings : Settings
        Everything that shapes the result; an instance of the class attribute `Settings`.
    seed : int
        Everything random in the model follows from it.
    workers : int
        Threads to use.

    Attributes
    ----------
    scorings : tuple of str
        The score functions this model can use; the pipeline tries each on the development slice
        and sets `scoring` to the best one before `score` is asked.
    scores_unseen : bool
        True if `score` means something for products without a training pair. If False, the
        evaluation puts the stand-in score in place of whatever `score` returns for them.
    learns : bool
        True if it trains (it then has a learning curve and choices to make on the development
        slice); False for closed forms, which are fitted once.
    has_chance : bool
        True if another seed gives another model; as `learns`, unless a model says otherwise.
    link : str
        ``sigmoid`` if the sigmoid of the score is a probability (thresholds are then set on it),
        ``identity`` if thresholds are set on the score itself.
    unrelated : float or None
        The score of two products that nothing connects, where there is such a score: those are
        listed nowhere.
    ranks_candidates : bool
        True if `score_all` agrees with `score` for the candidates of a query only, which it places
        above all other products.
    places_new_products : bool
        True if `place` makes a vector for a product that is not in the catalogue.
    supports_distributed : bool
        True if the processes that torchrun starts can fit one model together; other models are
        fitted by the first process alone.
    rate_unit : str
        What `rate_` counts: "words", "pairs" or "" if the model does no such work.
    rate_ : float or None
        Words or pairs trained on per second, once fitted.
    """

    Settings: type[Settings] = Settings
    scorings: tuple[str, ...] = ("score",)
    scores_unseen = False
    learns = True
    link = "identity"
    unrelated: float | None = None
    ranks_candidates = False
    places_new_products = False
    supports_distributed = False
    rate_unit = ""

    def __init__(self, settings: Settings | None = None, *, seed: int = 42, workers: int = 1):
        self.settings = settings if settings is not None else self.Settings()
        self.seed = seed
        self.workers = workers
        self.scoring = self.scorings[0]
        self.rate_: float | None = None

    @classmethod
    def cost(cls, settings: Settings, products: int, pairs: int) -> Cost:
        """Return what it takes to fit the model.

        Parameters
        ----------
        settings : Settings
            An instance of the class attribute `Settings`.
        products, pairs : int
            Products of the catalogue and training pairs.
        """
        return Cost(pairs * NUMBERS_PER_PAIR)

    @abstractmethod
    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        """Learn from the training pairs of `split`; return self.

        `split.test` must not be read here. If `monitor` is given, call it now and then and report
        what it returns through ``progress.point``.
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
            Keep it to a few hundred: the result is dense.

        Returns
        -------
        float32 array, shape (n, n_products)
            Agrees with `score` up to rounding.
        """

    def score_seen(self, queries: np.ndarray) -> np.ndarray:
        """As `score_all`, but what stands there for unseen products means nothing: a ranking
        doesn't ask for them, and a model may save the work."""
        return self.score_all(queries)

    def score_one(self, query: int) -> np.ndarray:
        """Score every product against one query.

        Returns
        -------
        float32 array, shape (n_products,)
            Agrees with `score_all` up to rounding; the caller may overwrite it.
        """
        return self.score_all(np.array([query]))[0].copy()

    @property
    def neighbour_scores(self) -> tuple[str, ...]:
        """The scores that can rank a product's neighbours, for `scored_by`; empty if the model has
        only one."""
        return ()

    def scored_by(self, scoring: str) -> Self:
        """Return this model with another of its `neighbour_scores`; itself for any other name.

        The copy shares the learned state.
        """
        if scoring == self.scoring or scoring not in self.neighbour_scores:
            return self
        other = copy.copy(self)
        other.scoring = scoring
        return other

    def place(
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

    @property
    def has_chance(self) -> bool:
        return self.learns

    @property
    def vectors(self) -> np.ndarray | None:
        """The product embeddings, float32, shape (n_products, dim); None if there are none."""
        return None

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the learned state into `folder` (it exists) as `.npy`, `.npz`, `.json` or `.txt`
        files."""

    @abstractmethod
    def load(self, folder: Path, split: Split) -> Self:
        """Read the state that `save` wrote; `split` is the one the model was fitted on."""

    def similar(
        self, query: int, k: int, exclude: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` products that go best with `query`, best first.

        Parameters
        ----------
        query : int
        k : int
        exclude : bool array, shape (n_products,), optional
            Products to leave out; the query itself always is.

        Returns
        -------
        products : int64 array, shape (<= k,)
            Ties go to the smaller index.
        scores : float32 array, shape (<= k,)
        """
        scores = self.score_one(query)
        scores[query] = -np.inf
        if exclude is not None:
            scores[exclude] = -np.inf
        return self.best(scores, k)

    def best(self, scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return `top_k` of one product's `scores`, without those that nothing connects it to."""
        if self.unrelated is not None:
            scores = np.where(scores == self.unrelated, -np.inf, scores)
        return top_k(scores, k)


def top_k(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return indices and values of the `k` largest finite scores, best first.

    Ties go to the smaller index, also at the border; -inf never counts.
    """
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, np.int64), np.empty(0, scores.dtype)
    border = np.partition(scores, len(scores) - k)[len(scores) - k]
    if not np.isfinite(border):
        chosen = np.flatnonzero(np.isfinite(scores))
    else:
        above = np.flatnonzero(scores > border)
        chosen = np.concatenate([above, np.flatnonzero(scores == border)[: k - len(above)]])
    order = np.lexsort((chosen, -scores[chosen]))
    return chosen[order], scores[chosen[order]]


class VectorModel(Model):
    """A model whose score is an inner product: ``score(u, v) = queries[u] @ keys[v]``.

    Subclasses fill `vectors_` in `fit` and say in `tables` which two matrices a scoring uses; all
    scoring, ranking and neighbour search is done here, on those two.
    """

    vectors_: np.ndarray

    @abstractmethod
    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (queries, keys) of `scoring`, float32, both shape (n_products, width).

        The scoring must be symmetric: ``queries @ keys.T`` equals its own transpose.
        """

    def _tables(self) -> tuple[np.ndarray, np.ndarray]:
        cached = getattr(self, "_cached_tables", None)
        if cached is None or cached[0] != self.scoring:
            self._cached_tables = cached = (self.scoring, *self.tables(self.scoring))
        return cached[1], cached[2]

    def forget_tables(self) -> None:
        """Drop the scoring tables; call it whenever `vectors_` changes."""
        self._cached_tables = None

    def scored_by(self, scoring: str) -> Self:
        other = super().scored_by(scoring)
        if other is not self:
            other.forget_tables()
        return other

    @property
    def vectors(self) -> np.ndarray:
        return self.vectors_

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        # Here, not above: the app reads this module and must not pay for the compiler.
        from core.models.kernels.pair_dots import pair_dots

        return pair_dots(*self._tables(), u, v)

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        left, right = self._tables()
        return left[queries] @ right.T


def unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Return `matrix` with every row scaled to length 1 (zero rows stay zero), float32."""
    lengths = row_lengths(matrix)[:, None]
    return (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


def row_lengths(matrix: np.ndarray) -> np.ndarray:
    """Return the length of every row; numpy's norm does it with a copy of the matrix."""
    return np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
