"""The stack: retrieve a few hundred candidates, then rank them by boosted trees.

python -m core train beauty stack
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.config import Settings, UserError
from core.data.product_catalogue import CATEGORY_LEVELS
from core.graph.product_graph import pair_keys
from core.graph.split import Split
from core.models.base import Cost, Model, Monitor
from core.models.embedding.fields import FieldEncoder
from core.models.stack.candidates import Candidates
from core.models.stack.features import Content, PairFeatures, id_places
from core.models.stack.ranker import Examples, Ranker
from core.models.stack.settings import StackSettings
from core.parallel import use_workers
from core.progress import QUIET, Progress

CONTENT_FIELDS = ("brand", *CATEGORY_LEVELS, "text")
TEXT_DIM = 64
VECTORS = ("spectral", "center", "context")
# Queries, and pairs, that are worked on at a time.
QUERIES, PAIRS = 128, 1 << 17


class Stack(Model):
    """Candidates from two path scores, ranked by boosted trees.

    A fifth of the training pairs is taken out of the graph before anything is computed on it.
    From these, from candidates of their ends and from products drawn at random the trees learn;
    they then rank by features of the whole training graph. In it a product at the top of a list
    counts for more than one far down (`Split.by_nearness`). No metadata or source flag is read.

    `score` is exact for every pair. Pairs with a path of two or three steps get what the trees for
    those say; all others, with those that have an unseen end, what other trees say of their
    embeddings, ids, content and degrees, and always less. `score_all` is exact for the candidates
    of a query and approximate for all other products: these stand below every pair that has a
    score of its own, in the order of popularity. `recall` says how many true pairs that concerns.

    Attributes
    ----------
    ranker_ : Ranker
    recall_ : float
        Share of the pairs taken out that were candidates, once fitted.
    """

    Settings = StackSettings
    settings: StackSettings
    scores_unseen = True
    # It has nothing to choose on the development slice; its defaults were chosen there.
    learns = False
    is_random = True
    ranks_candidates = True

    def cost(self, products: int, pairs: int) -> Cost:
        from core.models import create

        each = [
            create(name, own).cost(products, pairs)
            for name, own in _embeddings(self.settings).items()
        ]
        # Fitted with and without the pairs taken out; the rest takes about as long again.
        return Cost(4 * sum(one.work for one in each), 2 * sum(one.bytes for one in each))

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        use_workers(self.workers)
        if len(split.train) < 2:
            raise UserError(
                "The stack needs at least two training pairs: prepare the data set from a file "
                "with more relations."
            )
        rng = np.random.default_rng(self.seed)
        self._encoder = None
        if self.settings.content:
            encoder = FieldEncoder(CONTENT_FIELDS, 0, TEXT_DIM, self.seed)
            self._encoder = encoder.fit(split.catalogue.frame[split.seen])
        out = np.zeros(len(split.train), bool)
        out[rng.permutation(len(out))[: max(1, round(self.settings.share * len(out)))]] = True
        inner = split.holding_out(out, "stack", self.seed)
        features = self._features_of(inner, self._embed(inner, progress))
        progress.stage("training sample")
        examples = self._examples(inner, features, rng)
        progress.log(f"{self.recall_:.1%} of the pairs to learn from are candidates")
        progress.stage("trees")
        connected = features.connected(examples.features)
        self.ranker_ = Ranker(self.workers).fit(examples, connected, self.settings, self.seed)
        self._use(self._features_of(split, self._embed(split, progress)))
        return self

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        u, v = np.asarray(u), np.asarray(v)
        out = np.empty(len(u), np.float32)
        for begin in range(0, len(u), PAIRS):
            some = slice(begin, begin + PAIRS)
            features = self._features.of_pairs(u[some], v[some])
            out[some] = self.ranker_.score(features, self._features.connected(features))
        return out

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        queries = np.asarray(queries)
        out = np.tile(self._popularity, (len(queries), 1))
        for begin in range(0, len(queries), QUERIES):
            some = queries[begin : begin + QUERIES]
            row, product = self._candidates.of(some)
            out[begin + row, product] = self.score(some[row], product)
        return out

    def recall(self, u: np.ndarray, v: np.ndarray) -> float:
        """Return the share of the pairs (u[i], v[i]) whose `v` is a candidate of `u`."""
        return self._candidates.recall(u, v)

    def contributions(self, query: int, product: int) -> dict[str, float]:
        """Return what each feature adds to the score of one pair, the largest first.

        Returns
        -------
        dict of str to float
            By the names in `core.models.stack.features.FEATURES`, which says what each is. In
            units of the score; a negative one speaks against the pair.
        """
        features = self._features.of_pairs(np.array([query]), np.array([product]))
        connected = bool(self._features.connected(features)[0])
        contributions = self.ranker_.contributions(features, connected)
        order = np.argsort(-np.abs(contributions), kind="stable")
        return {self._features.names[i]: float(contributions[i]) for i in order}

    def _embed(self, split: Split, progress: Progress) -> dict[str, np.ndarray]:
        """Return `VECTORS` fitted on the training pairs of `split`."""
        from core.models import create

        fitted = {}
        for name, own in _embeddings(self.settings).items():
            model = create(name, own, seed=self.seed, workers=self.workers)
            # Also where torchrun has started several.
            model.supports_distributed = False
            fitted[name] = model.fit(split, progress)
        vectors = {"spectral": fitted["spectral"].vectors_}
        if "skipgram" in fitted:
            seen = split.seen[:, None]
            vectors["center"] = fitted["skipgram"].vectors_ * seen
            vectors["context"] = fitted["skipgram"].context_ * seen
        return vectors

    def _features_of(self, split: Split, vectors: Mapping[str, np.ndarray]) -> PairFeatures:
        content = None
        if self._encoder is not None:
            frame = split.catalogue.frame
            content = Content(frame, self._encoder.encode(frame))
        places = id_places(split) if self.settings.ids else None
        return PairFeatures(split.by_nearness().graph, vectors, content, places)

    def _examples(self, inner: Split, features: PairFeatures, rng: np.random.Generator) -> Examples:
        """Return pairs to learn from: of some ends of the pairs taken out, these pairs, some
        candidates, and products drawn at random, half of them by their number of pairs."""
        settings, n = self.settings, inner.n_products
        u, v = (
            np.concatenate(ends)
            for ends in ((inner.test.u, inner.test.v), (inner.test.v, inner.test.u))
        )
        products = np.unique(u)
        queries = rng.permutation(products)[: settings.queries]
        row_of = np.full(n, -1)
        row_of[queries] = np.arange(len(queries))
        true = row_of[u[row_of[u] >= 0]] * n + v[row_of[u] >= 0]
        row, product = Candidates(features, settings.candidates).of(queries, partners=False)
        candidates = row * n + product
        self.recall_ = float(np.isin(true, candidates).mean())
        some = rng.random(len(row)) < (settings.negatives / np.maximum(np.bincount(row), 1))[row]
        drawn = [np.repeat(np.arange(len(queries)), settings.drawn) * n] * 2
        ends = np.concatenate([u, inner.train.u, inner.train.v])
        drawn = [rows + rng.choice(pool, len(rows)) for rows, pool in zip(drawn, (products, ends))]
        keys = np.unique(np.concatenate([true, candidates[some], *drawn]))
        row, product = np.divmod(keys, n)
        positive = np.isin(keys, true)
        known = np.isin(pair_keys(queries[row], product, n), inner.train.keys(n))
        kept = positive | ~(known | (product == queries[row]))
        row, product, positive = row[kept], product[kept], positive[kept]
        return Examples(features.of_pairs(queries[row], product), positive, row)

    def _use(self, features: PairFeatures) -> None:
        """Score with these features from here on."""
        self._features = features
        self._candidates = Candidates(features, self.settings.candidates)
        popularity = self.ranker_.below(features.nodes["degree"]) - 2
        self._popularity = popularity.astype(np.float32)

    def save(self, folder: Path) -> None:
        self.ranker_.save(folder)
        for name, vectors in self._features.vectors.items():
            np.save(folder / f"{name}.npy", vectors, allow_pickle=False)
        if self._encoder is not None:
            self._encoder.save(folder)

    def load(self, folder: Path, split: Split) -> Self:
        self.ranker_ = Ranker(self.workers).load(folder)
        self._encoder = None
        if (folder / "fields.json").exists():
            self._encoder = FieldEncoder(CONTENT_FIELDS, 0, TEXT_DIM, self.seed).load(folder)
        paths = {name: folder / f"{name}.npy" for name in VECTORS}
        vectors = {
            name: np.load(path, mmap_mode="r", allow_pickle=False)
            for name, path in paths.items()
            if path.exists()
        }
        self._use(self._features_of(split, vectors))
        return self


def _embeddings(settings: StackSettings) -> dict[str, Settings]:
    """Return the embeddings by their names in the registry, with their settings."""
    from core.models.registry import resolve_settings

    changes: dict[str, dict[str, Any]] = {"spectral": {"power": 2}}
    if settings.skipgram_epochs:
        walks = {"epochs": settings.skipgram_epochs, "learning_rate": 0.05, "points_per_epoch": 1}
        changes["skipgram"] = walks
    return {
        name: resolve_settings(name, "ours", {"dim": settings.dim, **own})
        for name, own in changes.items()
    }
