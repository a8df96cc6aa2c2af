"""Skip-gram compared with gensim, and matrix factorisation with the study's implementation.

Every run is an epoch. Only training is timed: not the walks, gensim's vocabulary pass, or the
compilation of the kernels. gensim reads a file of sentences (`corpus_file`), its fastest way. Ours
run on a GPU if there is one, and the table says so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from core.graph.product_graph import ProductGraph
from core.graph.walks import WalkPlan, random_walks
from core.models.embedding.batches import Batches
from core.models.embedding.net import EmbeddingNet
from core.models.embedding.settings import EmbeddingSettings
from core.models.embedding.train import train
from core.models.gensim_word2vec import write_sentences
from core.models.registry import resolve_settings
from core.progress import QUIET
from tests.benchmarks.contest import Clock, Contestant, Done, Stage
from tests.benchmarks.graphs import Size, edges_of

DIM, WINDOW, NEGATIVES, LENGTH = 128, 5, 5, 10
MOST_WALKS = 200_000  # of a contestant's input: half a minute for the slowest peer
DENSE_BATCHES = 20  # of the study's implementation, which takes minutes or hours for an epoch
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def stages(size: Size, graph: ProductGraph, workers: int) -> list[Stage]:
    """Return skip-gram by words and by pairs, and MF by pairs."""
    walks = random_walks(graph, WalkPlan(4, LENGTH, seed=1), workers)
    np.random.default_rng(0).shuffle(walks)
    if not size.growing:
        walks = walks[:MOST_WALKS]
    made = [
        *_skipgram(walks, graph.n_products, size, workers),
        _factorisation(graph, size, workers),
    ]
    # The limits were measured on the CPU.
    return made if DEVICE.type == "cpu" else [replace(stage, possible=None) for stage in made]


def possible_words(settings: EmbeddingSettings, length: int, limits) -> float:
    """Return the words per second that memory accesses and products allow.

    A word gathers its center and its context row and updates both, and so does its share of the
    negatives, which have a context row. The products: scores with the sequence and the negatives,
    and their gradients with respect to center, context and negatives.
    """
    k, group = settings.shared_negatives, settings.group_size
    rows = (2 if settings.two_tables else 1) + k / (group * length)
    products = 3 * 2 * settings.dim * (length + k)
    # An update reads its row, so the earlier gather of the same row costs nothing more.
    return 1 / (rows / limits.rows_updated + products / limits.flops)


def _skipgram(walks: np.ndarray, n_products: int, size: Size, workers: int) -> list[Stage]:
    settings = EmbeddingSettings(dim=DIM, points_per_epoch=0)
    by_words = [Contestant("ours", lambda: _ours(walks, n_products, settings, walks.size))]
    fixed = pairs_of_walk(LENGTH, shrink=False) * len(walks)
    by_pairs = [Contestant("ours", lambda: _ours(walks, n_products, settings, fixed))]
    if not size.growing:
        sentences = _Sentences(walks)

        def gensim(skipgram: bool, shrink: bool, units: float) -> Callable[[], Done]:
            return lambda: _gensim(sentences, skipgram, shrink, workers, units)

        by_words += [
            Contestant("gensim skip-gram", gensim(True, True, walks.size), "shrinking window"),
            Contestant("gensim CBOW", gensim(False, True, walks.size), "shrinking window"),
        ]
        by_pairs.append(Contestant("gensim skip-gram", gensim(True, False, fixed), "fixed window"))

    def possible(limits) -> float:
        return possible_words(settings, LENGTH, limits)

    pairs_a_word = fixed / walks.size
    return [
        Stage("skip-gram by words", "words", by_words, possible),
        Stage("skip-gram by pairs", "pairs", by_pairs, lambda m: possible(m) * pairs_a_word),
    ]


def _factorisation(graph: ProductGraph, size: Size, workers: int) -> Stage:
    u, v, _ = edges_of(graph)
    pairs = np.column_stack([u, v])
    n_products = graph.n_products
    ours = resolve_settings("mf", "ours", {"epochs": 1, "points_per_epoch": 0})
    study = resolve_settings("mf", "study", {"epochs": 1, "points_per_epoch": 0})
    few = pairs[: DENSE_BATCHES * study.batch_size]
    contestants = [Contestant("ours", lambda: _ours(pairs, n_products, ours, len(pairs)))]
    if not size.growing:
        contestants.append(
            Contestant(
                "dense Adam (study)",
                lambda: _ours(few, n_products, study, len(few)),
                f"{DENSE_BATCHES} batches",
            )
        )

    def possible(limits) -> float:
        return possible_words(ours, 2, limits) / 2

    return Stage("MF epoch", "pairs", contestants, possible)


def _ours(
    sequences: np.ndarray, n_products: int, settings: EmbeddingSettings, units: float
) -> Done:
    """Train one of our models for an epoch."""
    rng = np.random.default_rng(0)
    batches = Batches(sequences, None, settings, n_products, rng, DEVICE)
    net = EmbeddingNet(n_products, settings, rng).to(DEVICE)
    clock = Clock()
    seconds = train(net, batches, QUIET, workers=torch.get_num_threads())
    note = torch.cuda.get_device_name() if DEVICE.type == "cuda" else ""
    return replace(clock.done(units, seconds), note=note)


class _Sentences:
    """A temporary file of walks, removed with its last reference."""

    def __init__(self, walks: np.ndarray):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "walks.txt"
        write_sentences(self.path, walks)


def _gensim(
    sentences: _Sentences, skipgram: bool, shrink: bool, workers: int, units: float
) -> Done:
    """Train gensim's word2vec for an epoch."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=DIM,
        sg=int(skipgram),
        window=WINDOW,
        shrink_windows=shrink,
        negative=NEGATIVES,
        sample=0,
        min_count=1,
        workers=workers,
    )
    path = str(sentences.path)
    model.build_vocab(corpus_file=path)
    clock = Clock()
    model.train(
        corpus_file=path,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=1,
    )
    return clock.done(units)


def pairs_of_walk(length: int, shrink: bool) -> float:
    """Return the window pairs of a walk; a shrinking window is 1 to `WINDOW` equally often.

    >>> pairs_of_walk(10, shrink=False), pairs_of_walk(10, shrink=True)
    (70.0, 46.0)
    """
    windows = range(1, WINDOW + 1) if shrink else [WINDOW]
    position = np.arange(length)
    apart = np.abs(position[:, None] - position[None, :])
    return float(np.mean([((apart > 0) & (apart <= window)).sum() for window in windows]))
