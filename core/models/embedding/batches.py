"""From walks or pairs to batches of sequences with their non-pairs.

Everything is a sequence of products: a walk has ten, an edge is a walk of two. The positives are
the window pairs inside a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from core.graph.kernels.alias_sampling import fill_alias_rows
from core.models.embedding.settings import EmbeddingSettings

# A small data set gets smaller batches under shared sampling, or it would learn in a few steps.
FEWEST_STEPS = 100
COUNTED_AT_ONCE = 1 << 17


@dataclass(frozen=True)
class Batch:
    """Some sequences, their positive pairs and the negatives to set against them.

    Attributes
    ----------
    sequences : int32 tensor, shape (n, length)
        Product indices; padding is -1.
    labels : float32 tensor, shape (n, 1, 1), or None
        What the score of a pair should be, where the loss asks for a number.
    negatives : int32 tensor
        Shape (n_groups, k): group g of equally many sequences shares row g. Or, drawn for every
        pair on its own, shape (n_pairs, k) in the order of ``positive.nonzero()``.
    band : bool tensor, shape (length, length)
        Which position may be a context of which.
    """

    sequences: torch.Tensor
    labels: torch.Tensor | None
    negatives: torch.Tensor
    band: torch.Tensor

    @property
    def positive(self) -> torch.Tensor:
        """1 where position j is a context of position i, float32, shape (n, length, length)."""
        return positive_pairs(self.sequences, self.band).float()


class Batches:
    """All batches of an epoch, newly shuffled each time they are iterated over.

    Parameters
    ----------
    sequences : int32 array, shape (n, length)
    labels : float32 array, shape (n,), or None
    settings : EmbeddingSettings
    n_products : int
    rng : numpy.random.Generator
    device : torch.device
    """

    def __init__(self, sequences, labels, settings: EmbeddingSettings, n_products, rng, device):
        self.settings = settings
        self.rng = rng
        self.device = device
        self.sequences = torch.from_numpy(sequences).to(device)
        self.labels = None if labels is None else torch.from_numpy(labels).to(device)
        self.band = window_band(sequences.shape[1], settings).to(device)
        count = np.zeros(n_products, np.int64)
        # Not all at once: counting makes wide copies.
        for first in range(0, len(sequences), COUNTED_AT_ONCE):
            some = sequences[first : first + COUNTED_AT_ONCE]
            count += np.bincount(some[some >= 0], minlength=n_products)
        occurring = np.flatnonzero(count).astype(np.int32)
        weight = count[occurring].astype(np.float64) ** settings.negative_power
        slots = np.empty((len(occurring), 3), np.uint32)
        fill_alias_rows(np.array([0, len(occurring)]), occurring, weight, slots, 0, 1)
        self.own, self.other = (
            torch.from_numpy(column.astype(np.int32)).to(device) for column in slots.T[:2]
        )
        self.limit = torch.from_numpy((slots[:, 2] / 2.0**32).astype(np.float32)).to(device)
        self.generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))

        self.batch_size, self.group_size = settings.batch_size, settings.group_size
        if settings.sampling == "shared":
            few = max(1, len(sequences) // FEWEST_STEPS)
            self.batch_size = min(self.batch_size, few)
            self.group_size = min(self.group_size, self.batch_size)

    def __len__(self) -> int:
        return -(-len(self.sequences) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = torch.from_numpy(self.rng.permutation(len(self.sequences))).to(self.device)
        for start in range(0, len(order), self.batch_size):
            yield self.batch(order[start : start + self.batch_size])

    def batch(self, rows: torch.Tensor) -> Batch:
        """Return the batch of the sequences at `rows`, filled up to whole groups by padding."""
        settings = self.settings
        sequences = self.sequences[rows]
        labels = None if self.labels is None else self.labels[rows]
        shared = settings.sampling == "shared"
        missing = -len(rows) % self.group_size if shared else 0
        if missing:
            sequences = torch.nn.functional.pad(sequences, (0, 0, 0, missing), value=-1)
            if labels is not None:
                labels = torch.nn.functional.pad(labels, (0, missing))
        if shared:
            shape = (len(sequences) // self.group_size, settings.shared_negatives)
        else:
            n_pairs = int(positive_pairs(sequences, self.band).sum())
            shape = (n_pairs, settings.negatives)
        labels = None if labels is None else labels[:, None, None]
        return Batch(sequences, labels, self.draw(shape), self.band)

    def draw(self, shape: tuple[int, int]) -> torch.Tensor:
        """Draw products by frequency to the power `negative_power`, int32."""
        options = {"generator": self.generator, "device": self.device}
        slot = torch.randint(len(self.own), shape, **options)
        is_own = torch.rand(shape, **options) < self.limit[slot]
        return torch.where(is_own, self.own[slot], self.other[slot])


def positive_pairs(sequences: torch.Tensor, band: torch.Tensor) -> torch.Tensor:
    """Return where position j is a context of position i, bool, shape (n, length, length).

    Padding has no contexts, and a product is none of its own.
    """
    left, right = sequences[:, :, None], sequences[:, None, :]
    return band & (left != right) & (left >= 0) & (right >= 0)


def window_band(length: int, settings: EmbeddingSettings) -> torch.Tensor:
    """Return which position is a context of which, bool, shape (length, length).

    Both ways round, but for the study's edges: there the first product alone is the center.
    """
    steps = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    if settings.trained_on == "edges" and settings.sampling == "pair":
        return steps == -1
    return (steps != 0) & (steps.abs() <= settings.window)
