"""Types of the facts that are saved with a data set and with a prepared split."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from core.data.raw_data import RawDataFacts


class SplitFacts(TypedDict):
    """Counts of a prepared split, and a fingerprint of its content."""

    dataset: str
    kind: str
    seed: int
    products: int
    with_metadata: int
    catalogue_rows: int
    sources: int
    pairs: int
    training_pairs: int
    development_pairs: int
    held_out_pairs: int
    unseen_products: int
    cold_products: int
    fingerprint: str
    prepared: str
    reused: NotRequired[bool]


class SourceFacts(RawDataFacts):
    """What a data set was read from, and how."""

    kind: str
    date: str | None
    min_also_bought: int
    catalogue_rows: int
    bad_lines: int
    about: str
    read: str
