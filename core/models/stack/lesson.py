"""What the stack learns from: training pairs that are taken out of the graph, and non-pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.graph.negatives import sample_negatives
from core.graph.path_sampling import PathDraw
from core.graph.product_graph import pair_keys
from core.graph.split import Split
from core.models.stack.paths import PATHS, path_sums
from core.models.stack.settings import StackSettings

KINDS = ("uniform", "possible", "degree")


@dataclass(frozen=True)
class Lesson:
    """Pairs and non-pairs, and a graph that knows nothing of either.

    Attributes
    ----------
    split : Split
        Its `train` lacks the positives; the graph of the features is made of it alone.
    u, v : int32 arrays, shape (n,)
    positive : bool array, shape (n,)
    """

    split: Split
    u: np.ndarray
    v: np.ndarray
    positive: np.ndarray


def make_lessons(split: Split, settings: StackSettings, seed: int) -> Iterator[Lesson]:
    """Yield the lessons: each takes another `settings.share` of the pairs out of the graph.

    One that has `settings.positives` positives is enough.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(split.train))
    size, positives = settings.lesson_sizes(len(order))
    for i, n in enumerate(positives):
        yield _lesson(split, order[i * size : (i + 1) * size], n, settings.path_negatives, rng)


def _lesson(split: Split, taken: np.ndarray, n: int, path_negatives: float, rng) -> Lesson:
    """Return the lesson whose graph lacks the training pairs `taken`, with `n` positives."""
    out = np.zeros(len(split.train), bool)
    out[taken] = True
    inner = Split(
        kind="stack",
        n_products=split.n_products,
        train=split.train[~out],
        test=split.train[out],
        development_mask=np.zeros(len(out) - len(taken), bool),
        is_source=split.is_source,
        is_cold=np.zeros(split.n_products, bool),
        seed=int(rng.integers(1 << 31)),
        catalogue=split.catalogue,
        mentions=None if split.mentions is None else split.mentions.of(~out),
    ).by_nearness()
    some = rng.permutation(len(taken))[:n]
    parts = [(inner.test.u[some], inner.test.v[some])]
    for kind in KINDS:
        drawn = sample_negatives(inner, kind)
        some = rng.permutation(len(drawn))[:n]
        parts.append((drawn.u[some], drawn.v[some]))
    drawn = PathDraw(path_sums(inner.graph, 3, *PATHS[0])).draw(round(path_negatives * n), rng)
    true = np.isin(pair_keys(*drawn, split.n_products), inner.known_keys) | (drawn[0] == drawn[1])
    parts.append((drawn[0][~true], drawn[1][~true]))
    u, v = (np.concatenate(ends) for ends in zip(*parts))
    return Lesson(inner, u, v, np.arange(len(u)) < n)
