"""Skip-gram with side information: GES and EGES.

python -m core train demo skipgram-side-info eges --split cold
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from core.config import Settings as AnySettings
from core.config import available_cores
from core.data.product_catalogue import Catalogue
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.embedding.fields import FieldEncoder, encode_split, one_product
from core.models.embedding.model import Embedding
from core.models.embedding.settings import SideInfoSettings
from core.models.explanation import Explanation
from core.models.inner_product_model import row_lengths
from core.models.two_table_model import SCORINGS
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.models.embedding.net import EmbeddingNet

# Names of the fields in an explanation.
FIELD_TITLES = {
    **{f"category_{level}": f"category, level {level}" for level in (1, 2, 3, 4)},
    "price_bin": "price",
}
PERSONAL = "personal.npy"


class SideInfo(Embedding):
    """Skip-gram whose centers are composed of own and field vectors; see `SideInfoTable`.

    Contexts have a table of plain vectors, and the evaluation uses the vectors of the training;
    the study did neither. A product without a training pair gets its vector from its fields alone.
    If it has no field either, all its pairs tie at the lowest score.

    The score "in-out" is the mean of both directions, c(u)·x(v) and c(v)·x(u). A product without
    a training pair has no context vector, so only one direction is left, and its vector depends on
    its fields alone. It is scored by the likelihood, which ranks popular products first.

    Attributes
    ----------
    encoder_ : FieldEncoder
    value_vectors_, topic_vectors_ : float32 arrays, shape (n_values, dim) and (text_dim, dim)
    log_frequency_ : float32 array, shape (n_products,)
        See `log_frequency`.
    unseen_ : bool array, shape (n_products,)
        Products without a training pair.
    mean_log_frequency_ : float
        Mean of `log_frequency_` over the ends of all training pairs.
    shared_ : float32 array, shape (2 + n_fields,)
        The logits of the weights that all products share: own vector, text, other fields.
    personal_ : float32 array, shape (n_products, 2 + n_fields), or None
        What each product adds to them; None if the weights are equal.
    """

    Settings: type[SideInfoSettings] = SideInfoSettings
    scores_unseen = True
    places_new_products = True
    value_vectors_: np.ndarray
    topic_vectors_: np.ndarray
    shared_: np.ndarray
    personal_: np.ndarray | None
    _catalogue: Catalogue
    _has_vector: np.ndarray

    settings: SideInfoSettings

    def __init__(self, settings: AnySettings | None = None, *, seed: int = 42, workers: int = 1):
        super().__init__(settings, seed=seed, workers=workers)
        if self.settings.scoring == "best":
            self.scorings = (*SCORINGS, "likelihood")

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        self._count_pairs(split)
        return super().fit(split, progress, monitor)

    def _count_pairs(self, split: Split) -> None:
        self._catalogue = split.catalogue
        degree = split.graph.degree
        self.log_frequency_ = log_frequency(split)
        self.unseen_ = degree == 0
        self.mean_log_frequency_ = float(self.log_frequency_ @ degree / max(degree.sum(), 1))

    def _new_net(self, split: Split, rng: np.random.Generator) -> EmbeddingNet:
        from core.models.embedding.side_info_table import SideInfoTable

        s = self.settings
        encoder, encoded = encode_split(split, s.fields_used, s.rare, s.text_dim, self.seed)
        net = super()._new_net(split, rng)
        net.center = SideInfoTable(  # type: ignore[assignment]
            net.center, encoded, encoder.n_values, split.seen, s, rng
        )
        self.encoder_ = encoder
        return net

    def _copy_weights(self, net: EmbeddingNet) -> None:
        from core.models.embedding.side_info_table import SideInfoTable

        table = net.center
        assert isinstance(table, SideInfoTable)
        table.fill(min(self.workers, available_cores()))
        super()._copy_weights(net)
        self.value_vectors_ = table.values.weight.detach().cpu().numpy()
        self.topic_vectors_ = table.topics.weight.detach().cpu().numpy()
        self.shared_, self.personal_ = np.zeros(2 + table.slots.shape[1], np.float32), None
        if table.shared is not None and table.personal is not None:
            self.shared_ = table.shared.weight.detach().cpu().numpy()[0]
            self.personal_ = table.personal.weight.detach().cpu().numpy()

    def vector_of_new(
        self,
        title: str = "",
        brand: str = "",
        categories: Sequence[str] = (),
        price: float | None = None,
    ) -> np.ndarray:
        # The center vector that a product of the catalogue without a training pair gets.
        fields = self.field_vectors_of_new(one_product(title, brand, categories, price))
        return np.sum(list(fields.values()), axis=0)[0]

    def field_vectors_of_new(self, products: pd.DataFrame) -> dict[str, np.ndarray]:
        encoded = self.encoder_.encode(products)
        # The last row, of zeros, is for products without a value or a text (-1).
        values, texts = (
            np.vstack([table, np.zeros((1, table.shape[1]), np.float32)])
            for table in (self.value_vectors_, encoded.text)
        )
        present = np.column_stack([encoded.slots >= 0, encoded.text_row >= 0])
        logits = np.append(self.shared_[2 : 2 + encoded.slots.shape[1]], self.shared_[1])
        weights = np.exp(logits - logits.max()) * present
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-30)
        vectors = [values[slots] for slots in encoded.slots.T]
        vectors.append(texts[encoded.text_row] @ self.topic_vectors_)
        return {
            name: (weight[:, None] * vector).astype(np.float32)
            for name, weight, vector in zip([*self.encoder_.columns, "text"], weights.T, vectors)
        }

    def known(
        self, title: str = "", brand: str = "", categories: Sequence[str] = ()
    ) -> dict[str, bool]:
        return self.encoder_.known(title, brand, categories)

    def explain(self, query: int, product: int) -> Explanation:
        columns = [FIELD_TITLES.get(name, name) for name in self.encoder_.columns]
        parts = {
            series: dict(zip(["own vector", "text", *columns], self._field_weights(row).tolist()))
            for series, row in (("query", query), ("product", product))
        }
        about = "Shares of its own vector and of its fields in the vector of each product."
        if self.settings.fields == "attention" and self.personal_ is None:
            about += " This run has saved only the weights that all products share."
        return Explanation(about, parts)

    def _field_weights(self, product: int) -> np.ndarray:
        """Return the weights of own vector, text and fields in a product's vector; 0 if absent."""
        encoded = self.encoder_.encode(self._catalogue.frame.iloc[[product]])
        own = [not self.unseen_[product], encoded.text_row[0] >= 0]
        logits = self.shared_ + (0 if self.personal_ is None else self.personal_[product])
        weights = np.exp(logits - logits.max()) * np.concatenate([own, encoded.slots[0] >= 0])
        return weights / max(weights.sum(), 1e-9)

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        queries, keys = super().tables(scoring)
        # Negatives are drawn with frequency n^b, so c·x converges to log P(v|u) - b log n(v) + a
        # constant (Levy & Goldberg, 2014); adding b log n(v) gives the log-likelihood of v.
        frequent = self.settings.negative_power * self.log_frequency_[:, None]
        if scoring == "likelihood":
            ones = np.ones_like(frequent)
            queries = np.hstack([queries, frequent / 2, ones])
            keys = np.hstack([keys, ones, frequent / 2])
        elif scoring == "in-out":
            unseen = self.unseen_[:, None].astype(np.float32)
            mean = self.settings.negative_power * self.mean_log_frequency_
            above = (1 - unseen) * (frequent - mean)
            queries = np.hstack([(1 + unseen) * queries, unseen, above])
            keys = np.hstack([(1 + unseen) * keys, above, unseen])
        self._has_vector = np.any(self.vectors_, axis=1)
        # A lower bound of all inner products (Cauchy-Schwarz).
        self._lowest_score = -row_lengths(queries).max() * row_lengths(keys).max()
        return queries, keys

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        scores = super().score(u, v)
        scores[~(self._has_vector[u] & self._has_vector[v])] = self._lowest_score
        return scores

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        scores = super().score_all(queries)
        scores[~self._has_vector[queries]] = self._lowest_score
        scores[:, ~self._has_vector] = self._lowest_score
        return scores

    def score_one(self, query: int) -> np.ndarray:
        # Scores are not only inner products of center and context: see `tables`.
        return Model.score_one(self, query)

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.encoder_.save(folder)
        for name in ("value_vectors", "topic_vectors", "shared"):
            np.save(folder / f"{name}.npy", getattr(self, name + "_"), allow_pickle=False)
        if self.personal_ is not None:
            np.save(folder / PERSONAL, self.personal_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        s = self.settings
        self.encoder_ = FieldEncoder(s.fields_used, s.rare, s.text_dim, self.seed).load(folder)
        for name in ("value_vectors", "topic_vectors", "shared"):
            setattr(self, name + "_", np.load(folder / f"{name}.npy", allow_pickle=False))
        self.personal_ = None
        if (folder / PERSONAL).exists():  # runs of earlier versions have none
            self.personal_ = np.load(folder / PERSONAL, mmap_mode="r", allow_pickle=False)
        self._count_pairs(split)
        return super().load(folder, split)


def log_frequency(split: Split) -> np.ndarray:
    """Return the logarithm of each product's summed pair weights, which approximate its frequency
    on walks; an unseen product gets the value of the least frequent seen one.

    Returns
    -------
    float32 array, shape (n_products,)
    """
    strength = split.graph.strength
    seen = strength > 0
    least = strength[seen].min() if seen.any() else 1.0
    return np.log(np.where(seen, strength, least)).astype(np.float32)
