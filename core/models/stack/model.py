"""The stack: a learned combination of graph scores, embeddings, degrees and content.

python -m core train beauty stack
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from core.config import UserError
from core.graph.negatives import sample_negatives
from core.graph.path_draw import PathDraw
from core.graph.product_graph import pair_keys
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.stack.content import Content
from core.models.stack.exact_dots import ExactDots
from core.models.stack.far import FarScore
from core.models.stack.features import (
    DOTS,
    NO_PATH,
    PATHS,
    SPECTRAL_DOTS,
    PairFeatures,
    path_sums,
    rounded_dots,
)
from core.models.stack.settings import StackSettings
from core.models.stack.trees import Trees
from core.progress import QUIET, Progress
from core.threads import use_workers

KINDS = ("uniform", "possible", "degree")
# Uniform and possible negatives are spread over all pairs alike, degree-matched ones by degree.
FLAT = 2.0
# Share of the positives with any three-hop score that are not judged by trees: where they are,
# among the weakest, lie nine tenths of all pairs with such a score.
FAR = 0.05
QUERIES = 32
ROWS = 1 << 16


@dataclass(frozen=True)
class Lesson:
    """What the stack learns from.

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


class Stack(Model):
    """The log-odds that two products are a pair, from all that is known of them.

    Some of the training pairs are taken out of the graph before anything is computed on it; they
    are the positives. What is learned from them is then used with scores and embeddings of the
    full training graph. Negatives are uniform, possible and degree-matched ones, as many as
    positives each, and pairs drawn in proportion to their three-hop score: the rivals of a
    ranking. (They stand in for *hard* ones. Those make a model distrust two-hop neighbours as
    such, which lowers every other measure.) Since the latters' density is known, it is put back
    into the score, whatever was drawn: the log-odds of a weak pair are those against the other
    three kinds, those of a strong one against products drawn uniformly, which is what it meets in
    a list of the best.

    Pairs with a three-hop score above `reach_from_` are judged by trees (`near_`), all others, by
    far the most, by a quadratic function of that score, embeddings and degrees (`far_`).

    No metadata or source flag is read; see `Content` for how metadata is.

    Attributes
    ----------
    reach_from_ : float
    near_ : Trees
    far_ : FarScore
    content_ : Content or None
    """

    Settings = StackSettings
    scores_unseen = True
    # It has nothing to choose on the development slice; its defaults were chosen there.
    learns = False
    link = "sigmoid"

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        use_workers(self.workers)
        if len(split.train) < 2:
            raise UserError(
                "The stack needs at least two training pairs: prepare the data set from a file "
                "with more relations."
            )
        settings = self.settings
        lesson = make_lesson(split, settings, self.seed)
        features = PairFeatures.of(lesson.split.graph, self._embeddings(lesson.split, progress))
        u, v, positive = lesson.u, lesson.v, lesson.positive
        progress.stage("features", len(u), "pairs")
        reach, dots = features.reach.pairs(u, v), features.dots(u, v)
        of_positives = reach[positive & (reach > 0)]
        self.reach_from_ = float(np.quantile(of_positives, FAR)) if len(of_positives) else 0.0
        near, rows = reach > self.reach_from_, []
        for part in _blocks(np.flatnonzero(near)):
            rows.append(features.near(u[part], v[part], reach[part], dots[part]))
            progress.advance(int(part[-1]) + 1)
        rows = np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)
        progress.stage("trees", settings.trees, "trees")
        shape = (settings.trees, settings.leaves, settings.learning_rate)
        self.near_ = Trees.fit(rows, positive[near], *shape, self.seed, progress)
        progress.stage("weak pairs")
        weak, far = _weak_features(reach, dots), ~near
        self.far_ = FarScore.fit(weak[far], features.nodes, u[far], v[far], positive[far])
        self.content_ = None
        if settings.content and split.catalogue is not None:
            progress.stage("content")
            graph_says = self.far_.on(features.nodes).score(weak, u, v)
            graph_says[near] = self.near_.predict(rows)
            self.content_ = Content(self.seed).fit(
                split.catalogue.frame, split.seen, u, v, graph_says, positive
            )
        self._use(split, self._embeddings(split, progress))
        return self

    def _embeddings(self, split: Split, progress: Progress) -> dict[str, ExactDots]:
        """Return the inner products of embeddings that are fitted on the graph of `split`."""
        from core.experiments import resolve_settings
        from core.models import create

        dim = self.settings.dim
        bases = {
            "skipgram": {"dim": dim, "initial": "normal", "initial_scale": 0.1},
            "spectral": {"dim": dim, "power": 2},
        }
        fitted = []
        for name, changes in bases.items():
            settings = resolve_settings(name, "ours", changes)
            model = create(name, settings, seed=self.seed, workers=self.workers)
            fitted.append(model.fit(split, progress))
        return rounded_dots(*fitted, split.seen)

    def _use(self, split: Split, embeddings: dict[str, ExactDots]) -> None:
        """Score with the graph of `split` from here on."""
        graph = split.graph
        self._features = PairFeatures.of(graph, embeddings)
        self._far = self.far_.on(self._features.nodes)
        self._path_density = self.settings.path_negatives / PathDraw(self._features.reach).total
        # Share of the ends of all pairs that are this product.
        self._end_share = graph.degree / max(graph.degree.sum(), 1)

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        u, v = np.asarray(u), np.asarray(v)
        out = np.empty(len(u), np.float32)
        for rows in _blocks(np.arange(len(u))):
            left, right = u[rows], v[rows]
            reach, dots = self._features.reach.pairs(left, right), self._features.dots(left, right)
            out[rows] = self._log_odds(left, right, reach, dots)
        return out

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        queries, features = np.asarray(queries), self._features
        n = len(features.nodes)
        out = np.empty((len(queries), n), np.float32)
        for part in _blocks(np.arange(len(queries)), QUERIES):
            u, v = np.repeat(queries[part], n), np.tile(np.arange(n), len(part))
            reach = features.reach.rows(queries[part]).ravel()
            dots = [features.embeddings[name].rows(queries[part]).ravel() for name in DOTS]
            out[part] = self._log_odds(u, v, reach, np.column_stack(dots)).reshape(len(part), n)
        return out

    def _log_odds(self, u, v, reach: np.ndarray, dots: np.ndarray) -> np.ndarray:
        logit = self._far.score(_weak_features(reach, dots), u, v).astype(np.float64)
        for rows in _blocks(np.flatnonzero(reach > self.reach_from_)):
            known = self._features.near(u[rows], v[rows], reach[rows], dots[rows])
            logit[rows] = self.near_.predict(known)
        if self.content_ is not None:
            logit = self.content_.add(u, v, logit)
        # In training, pairs with many paths were also drawn as rivals; this takes that back.
        some = np.flatnonzero(reach > 0)
        flat = FLAT / len(self._end_share) ** 2
        popular = self._end_share[u[some]] * self._end_share[v[some]]
        drawn = self._path_density * reach[some]
        if_weak, if_strong = np.log1p(drawn / (flat + popular)), np.log1p(drawn / flat)
        strength = 1 / (1 + np.exp(self.settings.strong - logit[some] - if_weak))
        logit[some] += if_weak + strength * (if_strong - if_weak)
        return logit

    def save(self, folder: Path) -> None:
        np.savez(folder / "near.npz", **self.near_.arrays())
        np.savez(folder / "far.npz", **vars(self.far_), reach_from=self.reach_from_)
        for name, dots in self._features.embeddings.items():
            np.savez(folder / f"{name}.npz", **dots.arrays())
        if self.content_ is not None:
            self.content_.save(folder)

    def load(self, folder: Path, split: Split) -> Self:
        self.near_ = Trees(**_arrays(folder / "near.npz"))
        far = _arrays(folder / "far.npz")
        self.reach_from_ = float(far.pop("reach_from"))
        self.far_ = FarScore(**far)
        names = (*DOTS, *SPECTRAL_DOTS)
        embeddings = {
            name: ExactDots.from_arrays(_arrays(folder / f"{name}.npz")) for name in names
        }
        self.content_ = None
        if (folder / "content.npz").exists():
            self.content_ = Content(self.seed).load(folder, split.catalogue.frame)
        self._use(split, embeddings)
        return self


def make_lesson(split: Split, settings: StackSettings, seed: int) -> Lesson:
    """Take some training pairs of `split` out of its graph, and draw negatives beside them."""
    rng = np.random.default_rng(seed)
    train = split.train
    n_out = int(np.clip(round(settings.share * len(train)), 1, len(train) - 1))
    out = np.zeros(len(train), bool)
    out[rng.permutation(len(train))[:n_out]] = True
    inner = Split(
        kind="stack",
        n_products=split.n_products,
        train=train[~out],
        test=train[out],
        development_mask=np.zeros(len(train) - n_out, bool),
        is_source=split.is_source,
        is_cold=np.zeros(split.n_products, bool),
        seed=seed,
        catalogue=split.catalogue,
    )
    n = min(settings.positives, n_out)
    some = rng.permutation(n_out)[:n]
    parts = [(inner.test.u[some], inner.test.v[some])]
    for kind in KINDS:
        drawn = sample_negatives(inner, kind)
        some = rng.permutation(len(drawn))[:n]
        parts.append((drawn.u[some], drawn.v[some]))
    drawn = PathDraw(path_sums(inner.graph, 3, *PATHS[0])).draw(
        round(settings.path_negatives * n), rng
    )
    true = np.isin(pair_keys(*drawn, split.n_products), inner.known_keys) | (drawn[0] == drawn[1])
    parts.append((drawn[0][~true], drawn[1][~true]))
    u, v = (np.concatenate(ends) for ends in zip(*parts))
    return Lesson(inner, u, v, np.arange(len(u)) < n)


def _weak_features(reach: np.ndarray, dots: np.ndarray) -> np.ndarray:
    return np.column_stack([np.log(reach + np.float32(NO_PATH)), dots])


def _blocks(rows: np.ndarray, size: int = ROWS) -> list[np.ndarray]:
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as saved:
        return dict(saved)
