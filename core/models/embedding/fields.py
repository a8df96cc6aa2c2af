"""Product metadata encoded as numbers: the value of each field, and vectors of the text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.clean_values import price_bins
from core.data.product_catalogue import CATEGORY_LEVELS
from core.graph.split import Split

# What scikit-learn's vectorizers take as a word.
WORD = re.compile(r"(?u)\b\w\w+\b")
TEXT_FROM = ("title", *CATEGORY_LEVELS)
# Size of the vocabulary: the most frequent words. Rarer ones change the SVD little.
MAX_WORDS = 50_000
# Sample size for the vocabulary and the SVD; more texts change little and take long.
MAX_TEXTS = 100_000


@dataclass(frozen=True)
class Encoded:
    """The fields of some products.

    Attributes
    ----------
    slots : int32 array, shape (n_products, n_fields)
        Index of each field's value, where the values of all fields are numbered consecutively; -1
        if the product has none.
    text : float32 array, shape (n_texts, width)
        Rows of length 1.
    text_row : int32 array, shape (n_products,)
        Row in `text`; -1 if the product has none.
    """

    slots: np.ndarray
    text: np.ndarray
    text_row: np.ndarray

    @property
    def any(self) -> np.ndarray:
        """Products with at least one field, bool, shape (n_products,)."""
        return (self.slots >= 0).any(axis=1) | (self.text_row >= 0)


class FieldEncoder:
    """Learns the vocabularies from the products with training pairs, and encodes any product.

    Values of at most `rare` products are pooled as the value "" of their field. So is an unknown
    value, or it counts as missing if the field has no pooled value. Text is TF-IDF of title and
    categories, reduced by a truncated SVD (latent semantic analysis: Deerwester et al., 1990).

    Parameters
    ----------
    fields : sequence of str
        Some of ``brand, category_1 … category_4, price_bin, text``.
    rare : int
    text_dim : int
        Width of the text vectors; less for small catalogues.
    seed : int
        Initialises the SVD.
    """

    def __init__(self, fields: Sequence[str], rare: int, text_dim: int, seed: int):
        self.columns = [field for field in fields if field != "text"]
        self.with_text = "text" in fields
        self.rare, self.text_dim, self.seed = rare, text_dim, seed
        self.slot_of: list[dict[str, int]] = [{} for _ in self.columns]
        self.words: dict[str, int] = {}
        self.idf = np.zeros(0)
        self.topics = np.zeros((0, 0), np.float32)

    @property
    def n_values(self) -> int:
        """Number of values of all fields together."""
        return sum(map(len, self.slot_of))

    def fit(self, frame: pd.DataFrame) -> FieldEncoder:
        """Learn the vocabularies from rows of a catalogue; return self."""
        first = 0
        for at, column in enumerate(self.columns):
            counts = frame.loc[frame[column] != "", column].value_counts()
            frequent = sorted(counts.index[counts > self.rare])
            pooled = [""] if len(frequent) < len(counts) else []
            self.slot_of[at] = {value: first + i for i, value in enumerate(frequent + pooled)}
            first += len(self.slot_of[at])
        if self.with_text:
            self._fit_text(texts(frame))
        return self

    def _fit_text(self, sample: list[str]) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        sample = [text for text in sample if text]
        if len(sample) > MAX_TEXTS:
            rows = np.random.default_rng(self.seed).permutation(len(sample))[:MAX_TEXTS]
            sample = [sample[row] for row in rows]
        vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=MAX_WORDS)
        try:
            weights = vectorizer.fit_transform(sample)
        except ValueError:  # no word occurs in two texts
            return
        width = min(self.text_dim, min(weights.shape) - 1)
        if width < 1:
            return
        svd = TruncatedSVD(width, random_state=self.seed).fit(weights)
        self.words = {word: int(column) for word, column in vectorizer.vocabulary_.items()}
        self.idf = vectorizer.idf_
        self.topics = svd.components_.T.astype(np.float32)

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """Encode rows of a catalogue."""
        slots = np.full((len(frame), len(self.columns)), -1, np.int32)
        for at, column in enumerate(self.columns):
            slot_of = self.slot_of[at]
            values = frame[column]
            indices = values.map(slot_of).fillna(slot_of.get("", -1))
            slots[:, at] = np.where(values == "", -1, indices)
        text_row = np.full(len(frame), -1, np.int32)
        text = np.zeros((0, self.topics.shape[1]), np.float32)
        if self.words:
            all_texts = texts(frame)
            rows = np.flatnonzero([text != "" for text in all_texts])
            text = self._encode_text([all_texts[row] for row in rows])
            has_known_word = text.any(axis=1)
            text = text[has_known_word]
            text_row[rows[has_known_word]] = np.arange(len(text))
        return Encoded(slots, text, text_row)

    def _encode_text(self, raw: list[str]) -> np.ndarray:
        from sklearn.feature_extraction.text import TfidfVectorizer

        if not raw:
            return np.zeros((0, self.topics.shape[1]), np.float32)
        vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=self.words)
        vectorizer.idf_ = self.idf
        text = vectorizer.transform(raw) @ self.topics
        lengths = np.linalg.norm(text, axis=1, keepdims=True)
        return np.where(lengths > 1e-6, text / np.maximum(lengths, 1e-6), 0).astype(np.float32)

    def known(self, title: str, brand: str, categories: Sequence[str]) -> dict[str, bool]:
        """Return for each word of the title, the brand and the categories whether it is known.

        A rare brand or category counts as unknown, although it shares the pooled vector of all rare
        ones; but a category is known if one of its words is.
        """
        slot_of = dict(zip(self.columns, self.slot_of))
        known = {word: word in self.words for word in WORD.findall(title.lower())}
        known |= {brand: brand in slot_of.get("brand", {})} if brand.strip() else {}
        for level, value in zip(CATEGORY_LEVELS, categories):
            words = WORD.findall(value.lower())
            known[value] = value in slot_of.get(level, {}) or any(w in self.words for w in words)
        return known

    def save(self, folder: Path) -> None:
        """Write the vocabularies (JSON) and the matrices of the text into `folder`."""
        learned = {"columns": self.columns, "slot_of": self.slot_of, "words": self.words}
        (folder / "fields.json").write_text(json.dumps(learned, ensure_ascii=False), "utf-8")
        np.save(folder / "text_idf.npy", self.idf, allow_pickle=False)
        np.save(folder / "text_topics.npy", self.topics, allow_pickle=False)

    def load(self, folder: Path) -> FieldEncoder:
        """Read what `save` wrote; return self."""
        learned = json.loads((folder / "fields.json").read_text("utf-8"))
        self.columns, self.slot_of = learned["columns"], learned["slot_of"]
        self.words = learned["words"]
        self.idf = np.load(folder / "text_idf.npy", allow_pickle=False)
        self.topics = np.load(folder / "text_topics.npy", allow_pickle=False)
        return self


def encode_split(
    split: Split, fields: Sequence[str], rare: int, text_dim: int, seed: int
) -> tuple[FieldEncoder, Encoded]:
    """Return an encoder fitted on the products with training pairs, and all products encoded.

    The last result is cached in `split`, since several models use the same fields. The other
    parameters are those of `FieldEncoder`.
    """
    arguments = (tuple(fields), rare, text_dim, seed)
    cached = vars(split).get("_encoded")
    if cached is None or cached[0] != arguments:
        frame = split.catalogue.frame
        # Without the metadata of unseen products, which a shop would not have in advance either.
        encoder = FieldEncoder(*arguments).fit(frame[split.seen])
        cached = vars(split)["_encoded"] = (arguments, encoder, encoder.encode(frame))
    return cached[1:]


def one_product(
    title: str = "", brand: str = "", categories: Sequence[str] = (), price: float | None = None
) -> pd.DataFrame:
    """Return the text columns of a product that is not in the catalogue, one row."""
    levels = [*categories, *[""] * len(CATEGORY_LEVELS)][: len(CATEGORY_LEVELS)]
    row = {"title": title.strip(), "brand": brand.strip(), **dict(zip(CATEGORY_LEVELS, levels))}
    row["price_bin"] = price_bins(np.array([np.nan if price is None else price]))[0]
    return pd.DataFrame([row])


def texts(frame: pd.DataFrame) -> list[str]:
    """Return title and categories of every product as one string, "" if it has none."""
    columns = [frame[column].to_numpy() for column in TEXT_FROM]
    return [" ".join(part for part in parts if part) for parts in zip(*columns)]
