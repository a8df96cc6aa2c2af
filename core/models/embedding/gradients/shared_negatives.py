"""Gradients of the loss with shared negatives, written out: what autograd finds, but faster.

Autograd on the same loss takes several times as long: it makes new arrays for everything, passes
over the scores once for each mask, weight and sum, and waits for all threads after each operator.
Here threads take groups of the batch, and one compiled loop goes from a group's rows to their
gradients. `EmbeddingNet.shared_loss` is the definition; the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from core.models.embedding.batches import Batch
from core.models.embedding.gradients import shared_negative_kernels
from core.models.embedding.gradients.pair_negatives import PairForm
from core.models.embedding.net import EmbeddingNet, Table

# Positions of a batch that a thread takes at a time: few, so that all end at about the same time.
PART = 640
NOTHING = np.zeros(0, np.float32)


def written_out(net: EmbeddingNet, spread: Callable = map, workers: int = 1) -> Callable | None:
    """Return what finds the gradients of a batch on the CPU without autograd.

    None if nobody has written them out for the settings of `net`.
    """
    settings, by_rows = net.settings, net.context.by_rows
    if settings.sampling == "pair" and (by_rows or isinstance(net.center, Table)):
        return PairForm(net, spread, workers)
    if settings.sampling == "pair" or settings.optimiser != "row-adagrad" or settings.score_limit:
        return None
    return ClosedForm(net, spread)


class ClosedForm:
    """Leaves the row gradients of a batch in the tables of `net`, like a backward pass.

    Parameters
    ----------
    net : EmbeddingNet
        On the CPU, with shared negatives and row-wise updates.
    spread : callable
        Like `map`; may run the calls on several threads. BLAS is to use one of its own.
    """

    def __init__(self, net: EmbeddingNet, spread: Callable = map):
        self.net, self.spread = net, spread
        self.arrays: dict[tuple, np.ndarray] = {}
        shared_negative_kernels.compile_kernels()

    def array(self, name: str, *shape: int) -> np.ndarray:
        """Return an array to fill, the same memory each time."""
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
        # Gradients stand in the order of the ids: all positions, then all negatives.
        if settings.two_tables:
            to_center = self.array("to_center", positions, dim)
            to_context = self.array("to_context", positions + drawn, dim)
        else:
            to_center = to_context = self.array("to_center", positions + drawn, dim)
        to_bias, biases, offset = NOTHING, NOTHING, 0.0
        if settings.bias:
            to_bias = self.array("to_bias", positions + drawn)
            biases, offset = net.bias.weight.numpy()[:, 0], net.offset.weight.item()
        center, places = net.center.ready(batch.sequences, self.spread)
        context = net.context.weight.numpy()
        labels = NOTHING if batch.labels is None else batch.labels.view(-1).numpy()
        sequences, negatives = batch.sequences.numpy(), batch.negatives.numpy()
        band = batch.band.numpy()
        size = n // n_groups
        step = max(1, round(PART / (length * size)))

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
        # Meanwhile, since it is no work for all threads, what the optimiser will ask first.
        tasks = [partial(table.expect, ids) for table, ids, _ in touched]
        tasks += [partial(part, first) for first in range(0, n_groups, step)]
        found = list(self.spread(lambda task: task(), tasks))
        to_offset = sum(found[len(touched) :])
        if settings.bias:
            net.bias.chains = net.context.chains
            touched.append((net.bias, everything, to_bias[:, None]))
            touched.append((net.offset, np.zeros(1, np.int32), np.array([[to_offset]], np.float32)))
        for table, ids, gradients in touched:
            table.touched.append((torch.from_numpy(ids), torch.from_numpy(gradients)))
        net.center.pass_back(self.spread)
