"""The purchases of a log, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Purchases:
    """Purchases as parallel arrays: int32 codes (customer -1 if unknown), times as datetime64[s].

    `time` is None for a log without time stamps.
    """

    basket: np.ndarray
    product: np.ndarray
    customer: np.ndarray
    time: np.ndarray | None

    def __len__(self) -> int:
        return len(self.product)

    def __getitem__(self, rows: np.ndarray) -> Purchases:
        time = None if self.time is None else self.time[rows]
        return Purchases(self.basket[rows], self.product[rows], self.customer[rows], time)

    @classmethod
    def concatenate(cls, parts: list[Purchases]) -> Purchases:
        """Return the purchases of all parts, in order."""
        if not parts:
            empty = np.empty(0, np.int32)
            return cls(empty, empty, empty, None)
        times = [part.time for part in parts if part.time is not None]
        return cls(
            np.concatenate([part.basket for part in parts]),
            np.concatenate([part.product for part in parts]),
            np.concatenate([part.customer for part in parts]),
            np.concatenate(times) if len(times) == len(parts) else None,
        )

    def distinct(self, n_products: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the distinct (basket, product) combinations as two arrays."""
        key = self.basket.astype(np.int64) * n_products + self.product
        key.sort()
        key = key[np.diff(key, prepend=-1) > 0]
        return key // max(1, n_products), key % max(1, n_products)

    def baskets_with(self, n_products: int) -> np.ndarray:
        """Return the number of baskets with each product."""
        return np.bincount(self.distinct(n_products)[1], minlength=n_products)
