"""The stack: a learned combination of graph scores, embeddings, degrees and content.

python -m core train beauty stack
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Self

import numba
import numpy as np

from core.config import UserError
from core.graph.path_sampling import PathDraw
from core.graph.split import Split
from core.models.base import Cost, Model, Monitor
from core.models.stack.bases import fit_bases
from core.models.stack.content import Content
from core.models.stack.far import FarScore
from core.models.stack.features import DOTS, MORE_DOTS, TWO_SIDED, PairFeatures
from core.models.stack.id_gaps import id_places
from core.models.stack.lesson import Lesson, make_lessons
from core.models.stack.mean_dots import MeanDots
from core.models.stack.path_trees import PathTrees
from core.models.stack.paths import Reached
from core.models.stack.settings import StackSettings
from core.models.stack.strong import find_strong, put_back
from core.models.stack.taught import Taught
from core.models.stack.trees import Trees
from core.parallel import in_chunks, use_workers
from core.progress import QUIET, Progress

# Uniform and possible negatives are spread over all pairs alike, degree-matched ones by degree.
FLAT = 2.0
# Trees, leaves and learning rate for pairs with an unseen end: ids and degrees need no more, and
# there are many such pairs.
UNSEEN = (100, 16, 0.1)
# With fewer pairs than this, true or not, content is learned from the trees' own pairs.
HALVED = 100
QUERIES = 64
# Pairs that one thread works on at a time.
ROWS = 1 << 16


class Stack(Model):
    """The log-odds that two products are a pair, from all that is known of them.

    In each of a few lessons, some of the training pairs are taken out of the graph before
    anything is computed on it; they are the positives. What is learned from them is then used
    with scores and embeddings of the full training graph. Negatives are uniform, possible and
    degree-matched ones, as many as positives each, and pairs drawn in proportion to their
    three-hop score: the rivals of a ranking. (They stand in for *hard* ones. Those make a model
    distrust two-hop neighbours as such, which lowers every other measure.) Since the density of
    these rivals is known, it is put back into the score, whatever was drawn: the log-odds of a
    weak pair are those against the other three kinds, those of a strong one against products drawn
    uniformly, which is what it meets in a list of the best. What is strong depends on the data: as
    much as `StackSettings.rivals` of a product's non-partners are, in the mean.

    Pairs with a path of three steps are judged by trees (`near_`); other pairs of seen products, by
    far the most, by a quadratic function of embeddings and degrees, where many embeddings
    are asked also of paths of five steps and of ids (`far_`); those with an unseen end by trees of
    ids and degrees (`new_`). What content adds is learned beside trees that have not seen the same
    pairs: of their own they are too sure to need any.

    The graph is that of `Split.by_nearness`: a product at the top of a list counts for more than
    one far down. No metadata or source flag is read; see `Content` for how metadata is.

    Attributes
    ----------
    near_ : PathTrees
    new_ : Trees
    far_ : FarScore
    content_ : Content or None
    strong_ : float
        Log-odds from which a pair counts as strong.
    """

    Settings = StackSettings
    scores_unseen = True
    # It has nothing to choose on the development slice; its defaults were chosen there.
    learns = False
    has_chance = True
    link = "sigmoid"

    @classmethod
    def cost(cls, settings: StackSettings, products: int, pairs: int) -> Cost:
        from core.models.stack.cost import stack_cost

        return stack_cost(settings, products, pairs)

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        use_workers(self.workers)
        if len(split.train) < 2:
            raise UserError(
                "The stack needs at least two training pairs: prepare the data set from a file "
                "with more relations."
            )
        settings, split = self.settings, split.by_nearness()
        self._fits = settings.fits(len(split.train))
        places = id_places(split)
        taught = Taught.joined(
            [
                self._teach(lesson, places, progress)
                for lesson in make_lessons(split, settings, self.seed)
            ]
        )
        near, new = taught.reach > 0, ~taught.seen
        far = ~near & ~new
        of_far = np.hstack([taught.of_pairs[far], taught.ends[far]])
        of_new = np.hstack([taught.gap[new], taught.ends[new]])
        rows, reach, positive = taught.near, taught.reach[near], taught.positive[near]
        self.near_ = PathTrees.fit(rows, reach, positive, settings, self.seed, progress)
        progress.stage("trees for unseen products", UNSEEN[0], "trees")
        self.new_ = Trees.fit(of_new, taught.positive[new], *UNSEEN, self.seed, progress)
        progress.stage("weak pairs")
        self.far_ = FarScore.fit(of_far, taught.positive[far], self.seed)
        self.content_ = None
        if settings.content and split.catalogue is not None:
            half, judge = self._half(near, positive), self.near_
            if half.any():
                other = half[near]
                judge = PathTrees.fit(
                    rows[other], reach[other], positive[other], settings, self.seed, progress,
                    "trees of half the pairs",
                )  # fmt: skip
            progress.stage("content")
            graph_says = np.empty(len(near))
            graph_says[near] = judge.predict(rows.T, reach)
            graph_says[far] = self.far_.score(of_far)
            graph_says[new] = self.new_.predict(of_new.T)
            pairs = (taught.u, taught.v, graph_says, taught.positive)
            self.content_ = Content(self.seed).fit(
                split.catalogue.frame, split.seen, *(array[~half] for array in pairs)
            )
        self._use(split, self._fit_bases(split, progress), places)
        progress.stage("strong pairs")
        self.strong_ = np.inf
        self.strong_ = find_strong(self.score_seen, split, settings.rivals, self.seed)
        return self

    def _half(self, near: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """Return half of the pairs, a mask, or none where those with a path are too few."""
        if min(positive.sum(), (~positive).sum()) < HALVED:
            return np.zeros(len(near), bool)
        return np.random.default_rng(self.seed).random(len(near)) < 0.5

    def _fit_bases(self, split: Split, progress: Progress) -> dict[str, MeanDots]:
        return fit_bases(split, self._fits, self.settings.dim, self.seed, self.workers, progress)

    def _teach(self, lesson: Lesson, places: np.ndarray, progress: Progress) -> Taught:
        """Compute all that is to be known of the pairs of a lesson, on its own graph."""
        inner, u, v = lesson.split, lesson.u, lesson.v
        features = PairFeatures.of(inner.graph, self._fit_bases(inner, progress), places)
        progress.stage("features", len(u), "pairs")
        reach, of_pairs = features.reach.pairs(u, v), features.of_pairs(u, v)
        near = [features.near(u[:0], v[:0], features.paths.pairs(u[:0], v[:0]), of_pairs[:, :0]).T]
        for part in _blocks(np.flatnonzero(reach)):
            paths = features.paths.pairs(u[part], v[part])
            reach[part] = paths[0]
            near.append(features.near(u[part], v[part], paths, of_pairs[:, part]).T)
            progress.advance(int(part[-1]) + 1)
        return Taught(
            u, v, lesson.positive, reach, inner.both_seen(u, v), of_pairs.T,
            features.gap(u, v).T, features.ends(u, v).T, np.concatenate(near),
        )  # fmt: skip

    def _use(self, split: Split, embeddings: dict[str, MeanDots], places: np.ndarray) -> None:
        """Score with the graph of `split` from here on."""
        graph = split.graph
        self._features = PairFeatures.of(graph, embeddings, places)
        self._seen = split.seen
        self._far = self.far_.on(self._features.nodes)
        self._path_density = self.settings.path_negatives / PathDraw(self._features.reach).total
        # Share of the ends of all pairs that are this product.
        self._end_share = graph.degree / max(graph.degree.sum(), 1)

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        u, v = np.asarray(u), np.asarray(v)
        out, every = np.empty(len(u), np.float32), np.ones(len(self._seen), bool)
        features = self._features

        def fill(first: int, last: int) -> None:
            left, right = u[first:last], v[first:last]
            near = features.reach.pairs(left, right).nonzero()[0]
            paths = features.paths.pairs(left[near], right[near])
            of_pairs = features.of_pairs(left, right)
            out[first:last] = self._logit(left, right, of_pairs, near, paths, every)

        in_chunks(fill, len(u), ROWS, numba.get_num_threads())
        return out

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        return self._score_rows(np.asarray(queries), np.ones(len(self._seen), bool))

    def score_seen(self, queries: np.ndarray) -> np.ndarray:
        return self._score_rows(np.asarray(queries), self._seen)

    def _score_rows(self, queries: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Score all products against each query, properly those that are `wanted`."""
        features, n = self._features, len(self._seen)
        out = np.empty((len(queries), n), np.float32)
        for begin in range(0, len(queries), QUERIES):
            some, rows = queries[begin : begin + QUERIES], out[begin : begin + QUERIES]
            of_new = None if wanted is self._seen and self._seen[some].all() else wanted
            reached, steps = features.paths.rows(some), features.steps_of_rows(some)
            fill = partial(self._fill_rows, rows, some, reached, steps, of_new)
            # Some products with each query in turn: what is known of them stays in the caches.
            in_chunks(fill, n, -(-ROWS // len(some)), numba.get_num_threads())
        return out

    def _fill_rows(self, rows, queries, reached: Reached, steps, wanted, first: int, last: int):
        """Write to `rows` the log-odds of the queries with the products ``first .. last - 1``."""
        u = np.repeat(queries, last - first)
        v = np.tile(np.arange(first, last), len(queries))
        of_pairs = self._features.of_rows(queries, steps, first, last)
        near, paths = reached.between(first, last)
        more = self._features.more_of_rows(queries, first, last, near)
        logit = self._logit(u, v, of_pairs, near, paths, wanted, more)
        rows[:, first:last] = logit.reshape(len(queries), -1)

    def _logit(self, u, v, of_pairs, near, paths, wanted, more=None) -> np.ndarray:
        """Return the log-odds of pairs of which those at `near` have `paths`; those with an unseen
        end are left as they come, but for a `v` that is `wanted` (None: for no `v`).

        The other arrays are those of `PairFeatures.near`.
        """
        logit, features = self._far.score(of_pairs, u, v), self._features
        new = np.empty(0, np.int64)
        if wanted is not None:
            new = np.flatnonzero(wanted[v] & ~(self._seen[u] & self._seen[v]))
        for rows in _blocks(new):
            some = u[rows], v[rows]
            logit[rows] = self.new_.predict(np.vstack([features.gap(*some), features.ends(*some)]))
        left, right = u[near], v[near]
        of_near = features.near(left, right, paths, of_pairs.take(near, axis=1), more)
        logit[near] = self.near_.predict(of_near, paths[0])
        if self.content_ is not None:
            self.content_.add(u, v, logit)
        # In training, pairs with many paths were also drawn as rivals.
        popular = self._end_share[left] * self._end_share[right]
        drawn, flat = self._path_density * paths[0].astype(np.float64), FLAT / len(self._seen) ** 2
        logit[near] = put_back(logit[near], drawn, popular, flat, self.strong_)
        return logit

    def save(self, folder: Path) -> None:
        np.savez(folder / "near.npz", **self.near_.firm.arrays())
        np.savez(folder / "faint.npz", **self.near_.faint.arrays(), up_to=self.near_.up_to)
        np.savez(folder / "unseen.npz", **self.new_.arrays())
        np.savez(folder / "far.npz", **vars(self.far_))
        np.savez(folder / "strong.npz", strong=self.strong_)
        for name, dots in self._features.embeddings.items():
            np.savez(folder / f"{name.replace(' ', '-')}.npz", **dots.arrays())
        if self.content_ is not None:
            self.content_.save(folder)

    def load(self, folder: Path, split: Split) -> Self:
        firm, faint = _arrays(folder / "near.npz"), _arrays(folder / "faint.npz")
        up_to = float(faint.pop("up_to"))
        self.near_ = PathTrees(Trees(**firm), Trees(**faint), up_to)
        self.new_ = Trees(**_arrays(folder / "unseen.npz"))
        self.far_ = FarScore(**_arrays(folder / "far.npz"))
        self.strong_ = float(_arrays(folder / "strong.npz")["strong"])
        embeddings = {
            name: MeanDots.from_arrays(_arrays(path))
            for name in (*DOTS, *MORE_DOTS, *TWO_SIDED)
            if (path := folder / f"{name.replace(' ', '-')}.npz").exists()
        }
        self.content_ = None
        if (folder / "content.npz").exists():
            self.content_ = Content(self.seed).load(folder, split.catalogue.frame)
        self._use(split.by_nearness(), embeddings, id_places(split))
        return self


def _blocks(rows: np.ndarray, size: int = ROWS) -> list[np.ndarray]:
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as saved:
        return dict(saved)
