"""gensim's word2vec with walks as sentences."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field

from core.config import Settings
from core.graph.split import Split
from core.models.base import Monitor
from core.models.cost import Cost
from core.models.two_table_model import TwoTables
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from gensim.models import Word2Vec

WALKS_PER_WRITE = 100_000


class Word2VecSettings(Settings):
    """Settings of gensim's word2vec on random walks."""

    algorithm: Literal["skip-gram", "cbow"] = Field(
        "skip-gram", description="Predict the context from the product, or (CBOW) the reverse"
    )
    dim: int = Field(128, ge=2, le=2048, description="Dimension of the product vectors")
    epochs: int = Field(5, ge=1, le=100, description="Passes over the walks")
    window: int = Field(5, ge=1, le=100, description="Largest distance of a pair on a walk")
    shrink_window: bool = Field(
        False, description="Draw a window of 1 to `window` for every word, gensim's default"
    )
    negatives: int = Field(5, ge=1, le=100, description="Random products per positive pair")
    negative_power: float = Field(
        0.75, ge=-2, le=2, description="Negatives are drawn by frequency to this power"
    )
    sample: float = Field(
        1e-3, ge=0, le=1, description="Subsample products more frequent than this share; 0: none"
    )
    learning_rate: float = Field(
        0.025, gt=0, le=1, description="Initial learning rate; it falls linearly to almost 0"
    )
    walks_per_product: int = Field(10, ge=1, le=1000, description="Walks from each product")
    walk_length: int = Field(10, ge=2, le=1000, description="Products of a walk, first included")
    p: float = Field(1, gt=0, le=1000, description="node2vec: large values avoid going back")
    q: float = Field(1, gt=0, le=1000, description="node2vec: small values lead further away")
    scoring: Literal["best", "cosine", "in-out"] = Field(
        "best", description="Score; best: the better one on the development slice"
    )


class GensimWord2Vec(TwoTables):
    """gensim's word2vec (Mikolov et al., 2013), trained on a file of walks.

    With p = q = 1 the walks are first-order, otherwise those of node2vec (Grover & Leskovec, 2016).
    The same seed gives the same vectors bit by bit with one worker only: gensim's threads race.
    """

    Settings = Word2VecSettings
    settings: Word2VecSettings
    rate_unit = "words"

    def cost(self, products: int, pairs: int) -> Cost:
        s = self.settings
        words = products * s.walks_per_product * s.walk_length
        return Cost.of_vectors(products, s.dim, words * s.epochs)

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        # Imported here, so that reading a saved model does not import gensim.
        from gensim.models import Word2Vec

        from core.graph.walks import WalkPlan, random_walks

        s = self.settings
        progress.stage("walks")
        plan = WalkPlan(s.walks_per_product, s.walk_length, s.p, s.q, self.seed)
        walks = random_walks(split.graph, plan, self.workers)
        model = Word2Vec(
            vector_size=s.dim,
            sg=int(s.algorithm == "skip-gram"),
            window=s.window,
            shrink_windows=s.shrink_window,
            negative=s.negatives,
            ns_exponent=s.negative_power,
            sample=s.sample,
            alpha=s.learning_rate,
            epochs=s.epochs,
            min_count=1,
            seed=self.seed,
            workers=self.workers,
        )
        with tempfile.TemporaryDirectory() as folder:
            sentences = Path(folder) / "walks.txt"
            write_sentences(sentences, walks)
            progress.stage("vocabulary")
            # gensim takes twenty times as long to count the words of the file.
            frequency = word_counts(walks)
            model.build_vocab_from_freq(frequency, corpus_count=len(walks))
            n_words = sum(frequency.values())
            progress.stage("training", s.epochs, "epochs")
            callback = _EpochCallback(self, split.n_products, progress, monitor)
            model.train(
                corpus_file=str(sentences),
                total_examples=model.corpus_count,
                total_words=n_words,
                epochs=s.epochs,
                callbacks=[callback],
            )
        self.rate_ = n_words * s.epochs / callback.training_seconds
        return self

    def take_vectors(self, model: Word2Vec, n_products: int) -> None:
        """Return gensim's tables in product order; products on no walk get zeros."""
        words = np.array(model.wv.index_to_key, dtype=np.int64)
        self.vectors_ = np.zeros((n_products, model.vector_size), np.float32)
        self.context_ = np.zeros_like(self.vectors_)
        self.vectors_[words] = model.wv.vectors
        self.context_[words] = model.syn1neg
        self.clear_tables()


def write_sentences(path: Path, walks: np.ndarray) -> None:
    """Write walks (int array, -1 where a walk has ended) as lines of product indices."""
    words = [str(product) for product in range(int(walks.max(initial=-1)) + 1)]
    with open(path, "w") as file:
        for start in range(0, len(walks), WALKS_PER_WRITE):
            for walk in walks[start : start + WALKS_PER_WRITE].tolist():
                file.write(" ".join([words[product] for product in walk if product >= 0]) + "\n")


def word_counts(walks: np.ndarray) -> dict[str, int]:
    """Return how often each product occurs on the walks, in the order of their first occurrence.

    gensim's own vocabulary has this order, which decides between equally frequent words.
    """
    words = walks[walks >= 0]
    counts = np.bincount(words)
    first = np.empty(len(counts), np.int64)
    first[words[::-1]] = np.arange(len(words))[::-1]  # the last assignment to an index counts
    products = np.flatnonzero(counts)
    products = products[np.argsort(first[products])]
    return dict(zip(map(str, products.tolist()), counts[products].tolist()))


class _EpochCallback:
    """Reports every epoch and measures the time of the training alone.

    It has the methods of gensim's ``CallbackAny2Vec``, which gensim calls by name.
    """

    def __init__(
        self,
        owner: GensimWord2Vec,
        n_products: int,
        progress: Progress,
        monitor: Monitor | None,
    ):
        self.owner = owner
        self.n_products = n_products
        self.progress = progress
        self.monitor = monitor
        self.epoch = 0
        self.training_seconds = 0.0

    def on_train_begin(self, model: Word2Vec) -> None:
        pass

    def on_train_end(self, model: Word2Vec) -> None:
        pass

    def on_epoch_begin(self, model: Word2Vec) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, model: Word2Vec) -> None:
        self.training_seconds += time.perf_counter() - self.started
        self.epoch += 1
        self.owner.take_vectors(model, self.n_products)
        # gensim lowers the rate linearly from `alpha` to `min_alpha` over all epochs.
        remaining = 1 - self.epoch / model.epochs
        self.progress.point(
            step=self.epoch * model.corpus_count,
            epoch=self.epoch,
            epoch_end=True,
            learning_rate=model.min_alpha + (model.alpha - model.min_alpha) * remaining,
            **(self.monitor(self.owner) if self.monitor else {}),
        )
        self.progress.advance(self.epoch)
