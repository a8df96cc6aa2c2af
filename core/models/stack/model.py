"""The stack: retrieve a few hundred candidates, then rank them by boosted trees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from core.config import UserError
from core.graph.product_graph import pair_keys
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.cost import Cost
from core.models.embedding.model import Embedding
from core.models.embedding.settings import EmbeddingSettings
from core.models.explanation import Explanation
from core.models.spectral import Spectral, SpectralSettings
from core.models.stack.candidates import Candidates
from core.models.stack.features import Content, PairFeatures, id_places
from core.models.stack.ranker import Examples, Ranker
from core.models.stack.settings import StackSettings
from core.parallel import use_workers
from core.progress import QUIET, Progress

VECTORS = ("spectral", "center", "context")
# Queries, and pairs, per block.
QUERIES, PAIRS = 128, 1 << 17


class Stack(Model):
    """Candidates from two path scores, ranked by boosted trees.

    For training, a fifth of the training pairs is removed before any feature of the graph is
    computed. These pairs are the positives; candidates and randomly drawn products are the
    negatives. The trees are kept, and the features computed again on all training pairs. Both
    times, path sums weigh a pair by its positions in ordered lists (`Split.by_nearness`), the
    embeddings do not. Brand, categories, text and price are read; the flags that say whether a
    product has metadata or a list are not.

    `score` is exact for every pair: the features of a pair without a path, or with an unseen
    product, are those of content, ids and degrees. `score_all` is exact for the candidates of a
    query and approximate for all other products: they come last, ordered by popularity, even where
    `score` is high. It is not symmetric, unlike `score`: a product can be a candidate of another
    and not the reverse.

    Attributes
    ----------
    ranker_ : Ranker
    recall_ : float
        Share of the sampled queries' removed pairs, both ways, that were candidates; set by `fit`.
    """

    Settings = StackSettings
    settings: StackSettings
    scores_unseen = True
    # Nothing is chosen for each data set: the defaults were chosen on development slices.
    fits_on_development = False
    is_random = True
    scores_only_retrieved = True

    def cost(self, products: int, pairs: int) -> Cost:
        spectral, skipgram = _embeddings(self.settings)
        fits = [model.cost(products, pairs) for model in (spectral, skipgram)]
        # Fitted with and without the removed pairs; the rest takes about as long again.
        return Cost(4 * sum(fit.work for fit in fits), 2 * sum(fit.bytes for fit in fits))

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        use_workers(self.workers)
        if len(split.train) < 2:
            raise UserError("The stack needs two training pairs: use a file with more relations.")
        rng = np.random.default_rng(self.seed)
        self._content = Content.of(split, self.seed) if self.settings.content else None
        out = np.zeros(len(split.train), bool)
        out[rng.permutation(len(out))[: max(1, round(self.settings.share * len(out)))]] = True
        inner = split.holding_out(out, "stack", self.seed)
        features = self._features_of(inner, self._embed(inner, progress))
        progress.stage("training sample")
        examples = self._examples(inner, features, rng)
        progress.log(f"{self.recall_:.1%} of the pairs held out for the trees are candidates")
        progress.stage("trees")
        self.ranker_ = Ranker(self.workers).fit(examples, self.settings, self.seed)
        self._use(self._features_of(split, self._embed(split, progress)))
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        u, v = np.asarray(u), np.asarray(v)
        out = np.empty(len(u), np.float32)
        for begin in range(0, len(u), PAIRS):
            rows = slice(begin, begin + PAIRS)
            out[rows] = self.ranker_.score(self._features.of_pairs(u[rows], v[rows]))
        return out

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        queries = np.asarray(queries)
        out = np.tile(self._scores_not_retrieved, (len(queries), 1))
        for begin in range(0, len(queries), QUERIES):
            batch = queries[begin : begin + QUERIES]
            row, product = self._candidates.of(batch)
            out[begin + row, product] = self.score(batch[row], product)
        return out

    def recall(self, u: np.ndarray, v: np.ndarray) -> float:
        """Return the share of the pairs (u[i], v[i]) whose `v` is a candidate of `u`."""
        queries, row_of = np.unique(u, return_inverse=True)
        row, product = self._candidates.of(queries)
        keys = row * len(self._scores_not_retrieved) + product
        return float(np.isin(row_of * len(self._scores_not_retrieved) + v, keys).mean())

    def explain(self, query: int, product: int) -> Explanation:
        return Explanation(
            "What each feature adds to the score (SHAP values): right of zero speaks for the pair, "
            "left of it against.",
            {"": self.contributions(query, product)},
        )

    def contributions(self, query: int, product: int) -> dict[str, float]:
        """Return what each of `core.models.stack.features.FEATURES` adds to the score of one pair,
        the largest first; a negative one speaks against the pair."""
        features = self._features.of_pairs(np.array([query]), np.array([product]))
        contributions = self.ranker_.contributions(features)
        order = np.argsort(-np.abs(contributions), kind="stable")
        return {self._features.names[i]: float(contributions[i]) for i in order}

    def _embed(self, split: Split, progress: Progress) -> dict[str, np.ndarray]:
        """Return `VECTORS` fitted on the training pairs of `split`."""
        spectral, skipgram = _embeddings(self.settings, self.seed, self.workers)
        spectral.fit(split, progress)
        skipgram.fit(split, progress)
        # An unseen product has vectors that skip-gram never trained.
        tables = (spectral.vectors_, skipgram.vectors_, skipgram.context_)
        return {name: table * split.seen[:, None] for name, table in zip(VECTORS, tables)}

    def _features_of(self, split: Split, vectors: Mapping[str, np.ndarray]) -> PairFeatures:
        ids = split.catalogue.frame["id"].astype(str)
        id_order = id_places(ids) if self.settings.ids else None
        return PairFeatures(split.by_nearness().graph, vectors, self._content, id_order)

    def _examples(self, inner: Split, features: PairFeatures, rng: np.random.Generator) -> Examples:
        """Return the training sample: pairs of a query and another product.

        Queries are products of the removed pairs. Each is paired with its partners in these pairs,
        which are the positives, with some of its candidates, and with two kinds of random products:
        uniform ones of the removed pairs and, twice as many, ones drawn by degree. Pairs that are
        still in training are left out.
        """
        settings, n, train, test = self.settings, inner.n_products, inner.train, inner.test
        u, v = np.concatenate([test.u, test.v]), np.concatenate([test.v, test.u])
        # As in ranking questions, a product with more removed pairs is more often a query.
        queries = pd.unique(rng.permutation(u))[: settings.queries]
        row_of = np.full(n, -1)
        row_of[queries] = np.arange(len(queries))
        is_query = row_of[u] >= 0
        true = row_of[u[is_query]] * n + v[is_query]
        row, product = Candidates(features, settings.candidates).of(queries, partners=False)
        candidates = row * n + product
        self.recall_ = float(np.isin(true, candidates).mean())
        sampled = rng.random(len(row)) < (settings.negatives / np.maximum(np.bincount(row), 1))[row]
        each = np.repeat(np.arange(len(queries)), settings.drawn) * n
        drawn = [each + rng.choice(pool, len(each)) for pool in (np.unique(u), train.u, train.v)]
        keys = np.unique(np.concatenate([true, candidates[sampled], *drawn]))
        row, product = np.divmod(keys, n)
        known = np.isin(pair_keys(queries[row], product, n), train.keys(n))
        keys = keys[~(known | (product == queries[row]))]
        row, product = np.divmod(keys, n)
        values = features.of_pairs(queries[row], product)
        positive, candidate = np.isin(keys, true), np.isin(keys, candidates)
        return Examples(values, positive, row, candidate, np.isin(keys, np.concatenate(drawn)))

    def _use(self, features: PairFeatures) -> None:
        """Score with these features from here on."""
        self._features = features
        self._candidates = Candidates(features, self.settings.candidates)
        self._scores_not_retrieved = self.ranker_.below(features.nodes["degree"]).astype(np.float32)

    def save(self, folder: Path) -> None:
        self.ranker_.save(folder)
        for name, vectors in self._features.vectors.items():
            np.save(folder / f"{name}.npy", vectors, allow_pickle=False)
        if self._content is not None:
            np.savez(folder / "content.npz", **vars(self._content))

    def load(self, folder: Path, split: Split) -> Self:
        self.ranker_ = Ranker(self.workers).load(folder)
        self._content = None
        if (path := folder / "content.npz").exists():
            with np.load(path, allow_pickle=False) as arrays:
                self._content = Content(**arrays)
        vectors = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in VECTORS}
        self._use(self._features_of(split, vectors))
        if any(m.num_feature() != len(self._features.names) for m in self.ranker_.models_.values()):
            raise ValueError("its features are those of another version")
        return self


def _embeddings(
    settings: StackSettings, seed: int = 42, workers: int = 1
) -> tuple[Spectral, Embedding]:
    spectral = Spectral(SpectralSettings(dim=settings.dim, power=2), seed=seed, workers=workers)
    steps = {"epochs": settings.skipgram_epochs, "learning_rate": 0.05, "points_per_epoch": 1}
    walks = EmbeddingSettings(dim=settings.dim, **steps)
    skipgram = Embedding(walks, seed=seed, workers=workers)
    skipgram.supports_distributed = False
    return spectral, skipgram
