"""From a product's metadata to numbers: which value each field has, and what its text is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.data.cleaning import price_bins
from core.data.product_catalogue import CATEGORY_LEVELS, TEXT_COLUMNS
from core.graph.split import Split

TEXT_FROM = ("title", *CATEGORY_LEVELS)
# Words in the text field at most: what is rarer says little after the SVD.
MAX_WORDS = 50_000
# Texts that words and topics are learned from at most: more change little and take long.
MAX_TEXTS = 100_000


@dataclass(frozen=True)
class Encoded:
    """The fields of some products.

    Attributes
    ----------
    slots : int32 array, shape (n_products, n_fields)
        Number of every field's value; all values of all fields are numbered through. -1 where
        the product has none.
    text : float32 array, shape (n_texts, width)
        Rows of length 1.
    text_row : int32 array, shape (n_products,)
        Row in `text`; -1 where the product has none.
    """

    slots: np.ndarray
    text: np.ndarray
    text_row: np.ndarray

    @property
    def any(self) -> np.ndarray:
        """Products with at least one field, bool, shape (n_products,)."""
        return (self.slots >= 0).any(axis=1) | (self.text_row >= 0)


class FieldEncoder:
    """Learns the vocabularies from the products that are trained on, and encodes any product.

    Values that at most `rare` products have share one slot, named "" within their field. A value
    that nobody had goes there, too; where that slot was never filled, it is missing. Text is
    TF-IDF of title and categories, reduced by a truncated SVD (latent semantic analysis:
    Deerwester et al., 1990).

    Parameters
    ----------
    fields : sequence of str
        Some of ``brand, category_1 … category_4, price_bin, text``.
    rare : int
    text_dim : int
        Width of the text field at most; small catalogues give less.
    seed : int
        The SVD's start follows from it.
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
        """Slots of all fields together."""
        return sum(map(len, self.slot_of))

    def fit(self, frame: pd.DataFrame) -> FieldEncoder:
        """Learn from products given by the catalogue's columns; return self."""
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

    def _fit_text(self, known: list[str]) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        known = [text for text in known if text]
        if len(known) > MAX_TEXTS:
            some = np.random.default_rng(self.seed).permutation(len(known))[:MAX_TEXTS]
            known = [known[row] for row in some]
        vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=MAX_WORDS)
        try:
            weights = vectorizer.fit_transform(known)
        except ValueError:  # no word occurs twice
            return
        width = min(self.text_dim, min(weights.shape) - 1)
        if width < 1:
            return
        svd = TruncatedSVD(width, random_state=self.seed).fit(weights)
        self.words = {word: int(column) for word, column in vectorizer.vocabulary_.items()}
        self.idf = vectorizer.idf_
        self.topics = svd.components_.T.astype(np.float32)

    def encode(self, frame: pd.DataFrame) -> Encoded:
        """Encode products given by the catalogue's columns."""
        slots = np.full((len(frame), len(self.columns)), -1, np.int32)
        for at, column in enumerate(self.columns):
            slot_of = self.slot_of[at]
            values = frame[column]
            found = values.map(slot_of).fillna(slot_of.get("", -1))
            slots[:, at] = np.where(values == "", -1, found)
        text_row = np.full(len(frame), -1, np.int32)
        text = np.zeros((0, self.topics.shape[1]), np.float32)
        if self.words:
            written = texts(frame)
            rows = np.flatnonzero([text != "" for text in written])
            text = self._encode_text([written[row] for row in rows])
            known = text.any(axis=1)
            text = text[known]
            text_row[rows[known]] = np.arange(len(text))
        return Encoded(slots, text, text_row)

    def _encode_text(self, written: list[str]) -> np.ndarray:
        from sklearn.feature_extraction.text import TfidfVectorizer

        if not written:
            return np.zeros((0, self.topics.shape[1]), np.float32)
        vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=self.words)
        vectorizer.idf_ = self.idf
        text = vectorizer.transform(written) @ self.topics
        lengths = np.linalg.norm(text, axis=1, keepdims=True)
        return np.where(lengths > 1e-6, text / np.maximum(lengths, 1e-6), 0).astype(np.float32)

    def encode_one(
        self, title: str = "", brand: str = "", categories: Sequence[str] = (), price=None
    ) -> Encoded:
        """Encode a product that is in no catalogue."""
        levels = [*categories, *[""] * len(CATEGORY_LEVELS)][: len(CATEGORY_LEVELS)]
        row = {"title": title.strip(), "brand": brand.strip(), **dict(zip(CATEGORY_LEVELS, levels))}
        row["price_bin"] = price_bins(np.array([np.nan if price is None else price]))[0]
        return self.encode(pd.DataFrame([row]))

    def save(self, folder: Path) -> None:
        """Write the vocabularies (JSON) and the text's matrices into `folder`."""
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
    """Return an encoder of the products that `split` trains on, and all products encoded.

    The last answer for a split is kept with it: two models in a row use the same fields. The
    other arguments are those of `FieldEncoder`.
    """
    arguments = (tuple(fields), rare, text_dim, seed)
    kept = vars(split).get("_encoded")
    if kept is None or kept[0] != arguments:
        if split.catalogue is not None:
            frame = split.catalogue.frame
        else:
            frame = pd.DataFrame("", index=range(split.n_products), columns=TEXT_COLUMNS)
        # Only products that are trained on: the others' metadata is met later, as in a shop.
        encoder = FieldEncoder(*arguments).fit(frame[split.seen])
        kept = vars(split)["_encoded"] = (arguments, encoder, encoder.encode(frame))
    return kept[1:]


def texts(frame: pd.DataFrame) -> list[str]:
    """Return title and categories of every product as one text, "" where it has none."""
    columns = [frame[column].to_numpy() for column in TEXT_FROM]
    return [" ".join(part for part in parts if part) for parts in zip(*columns)]
