"""The catalogue: all products of a data set with their metadata, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

CATEGORY_LEVELS = ("category_1", "category_2", "category_3", "category_4")
TEXT_COLUMNS = ("title", "brand", *CATEGORY_LEVELS, "price_bin", "image")
COLUMNS = ("id", *TEXT_COLUMNS, "price", "private_label", "has_metadata")


@dataclass(frozen=True)
class Catalogue:
    """All products, one row each, in index order; row number = product index.

    `frame` has the columns `COLUMNS`: ``id`` and the text columns are strings ("" where absent),
    ``price`` is float32 (NaN where absent), ``private_label`` and ``has_metadata`` are bool.
    Products that only occur as targets are rows with ``has_metadata`` False.
    """

    frame: pd.DataFrame

    @classmethod
    def without_metadata(cls, n_products: int) -> Catalogue:
        """Return a catalogue of products without metadata; their ids are 0, 1, ..."""
        frame = pd.DataFrame("", index=range(n_products), columns=list(COLUMNS))
        frame["id"] = [str(number) for number in range(n_products)]
        frame["price"] = np.float32(np.nan)
        frame["private_label"] = frame["has_metadata"] = False
        return cls(frame)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def index_of(self) -> pd.Series:
        """Product index by id."""
        return pd.Series(np.arange(len(self.frame)), index=self.frame["id"].to_numpy())

    def take(self, rows: np.ndarray) -> Catalogue:
        """Return the catalogue of the products at `rows`, in order."""
        return Catalogue(self.frame.iloc[rows].reset_index(drop=True))

    def label(self, product: int) -> str:
        """Return the title of a product, or its id where it has none."""
        row = self.frame.iloc[product]
        return row["title"] or row["id"]
