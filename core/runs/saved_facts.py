"""Types of the facts that are saved with a data set and with a prepared split."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from core.data.raw_data import RawDataFacts

# Results on fewer held-out pairs than this, about 1,000 pairs in all, come with a warning and their
# intervals.
SMALL_HELD_OUT = 320


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


class Kept(TypedDict):
    """The checkpoint that became the model of a stopped run."""

    phase: str
    epoch: int
    scoring: str


class RunStatus(TypedDict):
    """The ``status.json`` of a run: its state, and the stage that it is in."""

    state: Literal["running", "interrupted", "finished", "stopped", "failed"]
    pid: int
    started: str
    ended: NotRequired[str]
    elapsed: NotRequired[float]
    error: NotRequired[str | None]
    stage: NotRequired[str]
    total: NotRequired[int | None]
    done: NotRequired[int]
    unit: NotRequired[str]
    rate: NotRequired[float | None]
    seconds_left: NotRequired[float | None]
    kept: NotRequired[Kept]


def describe_small_data(facts: SplitFacts) -> str:
    """Return a warning if a split has so few pairs that results are mostly chance; "" if not."""
    if facts["held_out_pairs"] >= SMALL_HELD_OUT:
        return ""
    return (
        f"Small data: only {facts['held_out_pairs']:,} of {facts['pairs']:,} pairs are held out. "
        "Differences between models may be chance; see the intervals."
    )
