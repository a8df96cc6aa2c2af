"""Gradients of the loss with shared negatives, computed without autograd.

Autograd on the same loss takes several times as long: it allocates an array for every intermediate
result, passes over the scores once for each mask, weight and sum, and synchronises all threads
after each operator. Here threads take groups of the batch, and one compiled loop computes the
gradients of a group's rows. `EmbeddingNet.shared_loss` is the definition; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from core.models.embedding.batches import Batch
from core.models.embedding.gradients import shared_negative_kernels
from core.models.embedding.net import EmbeddingNet, ParallelMap

# Positions of a batch in one task: few, so that all threads end at about the same time.
POSITIONS_PER_TASK = 640
NOTHING = np.zeros(0, np.float32)


class SharedNegativeGradients:
    """Appends the row gradients of a batch to the tables of `net`, like a backward pass.

    Parameters
    ----------
    net : EmbeddingNet
        On the CPU, with shared negatives and row-wise updates.
    parallel_map : callable
        Like `map`; may run the calls on several threads. BLAS must use one thread.
    """

    def __init__(self, net: EmbeddingNet, parallel_map: ParallelMap = map):
        self.net, self.parallel_map = net, parallel_map
        self.arrays: dict[tuple, np.ndarray] = {}
        shared_negative_kernels.compile_kernels()

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Return an uninitialised array, the same one at every call."""
        key = (name, *shape)
        if key not in self.arrays:
            self.arrays[key] = np.empty(shape, np.float32)
        return self.arrays[key]

    @torch.no_grad()
    def __call__(self, batch: Batch) -> None:
        net, settings = self.net, self.net.settings
        n, length = batch.sequences.shape
        n_groups, k = batch.negatives.shape
        positions, drawn, dim = n * length, n_groups * k, settings.dim
        # Gradients are in the order of the ids: all positions, then all negatives.
        if settings.two_tables:
            to_center = self.array("to_center", positions, dim)
            to_context = self.array("to_context", positions + drawn, dim)
        else:
            to_center = to_context = self.array("to_center", positions + drawn, dim)
        to_bias, biases, offset = NOTHING, NOTHING, 0.0
        if net.bias is not None and net.offset is not None:
            to_bias = self.array("to_bias", positions + drawn)
            biases, offset = net.bias.weight.numpy()[:, 0], net.offset.weight.item()
        center, places = net.center.lookup(batch.sequences, self.parallel_map)
        context = net.context.weight.numpy()
        labels = NOTHING if batch.labels is None else batch.labels.view(-1).numpy()
        sequences, negatives = batch.sequences.numpy(), batch.negatives.numpy()
        band = batch.band.numpy()
        size = n // n_groups
        step = max(1, round(POSITIONS_PER_TASK / (length * size)))

        def part(first: int) -> float:
            last = min(first + step, n_groups)
            groups, rows = slice(first, last), slice(first * size, last * size)
            own = slice(first * size * length, last * size * length)
            other = slice(positions + first * k, positions + last * k)
            return shared_negative_kernels.shared_gradients(
                center, context, settings.two_tables, biases, offset,
                sequences[rows], places[rows], negatives[groups], band, labels[rows],
                settings.negatives / k, 2 * settings.l2,
                to_center[own], to_context[own], to_context[other], to_bias[own], to_bias[other],
            )  # fmt: skip

        everything = np.concatenate([sequences.reshape(-1), negatives.reshape(-1)])
        touched = [(net.center, everything, to_center)]
        if settings.two_tables:
            touched = [(net.center, everything[:positions], to_center)]
            touched.append((net.context, everything, to_context))
        # Chaining the ids for the optimiser is serial, so it runs in parallel with the gradients.
        tasks: list[Callable] = [partial(table.prepare_update, ids) for table, ids, _ in touched]
        tasks += [partial(part, first) for first in range(0, n_groups, step)]
        results = list(self.parallel_map(lambda task: task(), tasks))
        to_offset = sum(results[len(touched) :])
        if net.bias is not None and net.offset is not None:
            net.bias.chains = net.context.chains
            touched.append((net.bias, everything, to_bias[:, None]))
            touched.append((net.offset, np.zeros(1, np.int32), np.array([[to_offset]], np.float32)))
        for table, ids, gradients in touched:
            table.touched.append((torch.from_numpy(ids), torch.from_numpy(gradients)))
        net.center.backpropagate(self.parallel_map)
