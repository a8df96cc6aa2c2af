"""Batches of sequences with their negatives, from walks or pairs.

All training data are sequences of products: a walk has ten, an edge is a walk of two. The positives
are the pairs within a window of the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from core.graph.kernels.alias_sampling import fill_alias_rows
from core.models.embedding.settings import EmbeddingSettings

# With shared sampling, a small data set gets smaller batches, so that an epoch has enough steps.
MIN_STEPS_PER_EPOCH = 100
COUNT_CHUNK = 1 << 17


@dataclass(frozen=True)
class Batch:
    """Sequences, their positive pairs and their negatives.

    Attributes
    ----------
    sequences : int32 tensor, shape (n, length)
        Product indices; padding is -1.
    labels : float32 tensor, shape (n, 1, 1), or None
        The targets of the scores, for the squared loss.
    negatives : int32 tensor
        Shape (n_groups, k): all groups are the same size, and group g shares row g. Or,
        if they are drawn for every pair, shape (n_pairs, k) in the order of ``positive.nonzero()``.
    band : bool tensor, shape (length, length)
        True at (i, j) if position j is in the window of position i.
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
    """All batches of an epoch, in a new random order at every iteration.

    Parameters
    ----------
    sequences : int32 array, shape (n, length)
    labels : float32 array, shape (n,), or None
    settings : EmbeddingSettings
    n_products : int
    rng : numpy.random.Generator
    device : torch.device
    """

    def __init__(
        self,
        sequences: np.ndarray,
        labels: np.ndarray | None,
        settings: EmbeddingSettings,
        n_products: int,
        rng: np.random.Generator,
        device: torch.device,
    ):
        self.settings = settings
        self.rng = rng
        self.device = device
        self.sequences = torch.from_numpy(sequences).to(device)
        self.labels = None if labels is None else torch.from_numpy(labels).to(device)
        self.band = window_band(sequences.shape[1], settings).to(device)
        count = np.zeros(n_products, np.int64)
        # In chunks, because bincount makes int64 copies.
        for first in range(0, len(sequences), COUNT_CHUNK):
            chunk = sequences[first : first + COUNT_CHUNK]
            count += np.bincount(chunk[chunk >= 0], minlength=n_products)
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
            largest = max(1, len(sequences) // MIN_STEPS_PER_EPOCH)
            self.batch_size = min(self.batch_size, largest)
            self.group_size = min(self.group_size, self.batch_size)

    def __len__(self) -> int:
        return -(-len(self.sequences) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = torch.from_numpy(self.rng.permutation(len(self.sequences))).to(self.device)
        for start in range(0, len(order), self.batch_size):
            yield self.batch(order[start : start + self.batch_size])

    def batch(self, rows: torch.Tensor) -> Batch:
        """Return the batch of the sequences at `rows`, padded to a whole number of groups."""
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
        generator, device = self.generator, self.device
        slot = torch.randint(len(self.own), shape, generator=generator, device=device)
        is_own = torch.rand(shape, generator=generator, device=device) < self.limit[slot]
        return torch.where(is_own, self.own[slot], self.other[slot])


def positive_pairs(sequences: torch.Tensor, band: torch.Tensor) -> torch.Tensor:
    """Return where position j is a context of position i, bool, shape (n, length, length).

    Padding has no contexts, and a product is not a context of itself.
    """
    left, right = sequences[:, :, None], sequences[:, None, :]
    return band & (left != right) & (left >= 0) & (right >= 0)


def window_band(length: int, settings: EmbeddingSettings) -> torch.Tensor:
    """Return whether position j is in the window of position i, bool, shape (length, length).

    It is symmetric, except for the study's edges, where only the first product is a center.
    """
    steps = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    if settings.trained_on == "edges" and settings.sampling == "pair":
        return steps == -1
    return (steps != 0) & (steps.abs() <= settings.window)
