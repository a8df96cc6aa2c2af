"""Gradients of the loss with negatives drawn for every pair, computed without autograd.

They are those of `EmbeddingNet.pair_loss`, an order of magnitude faster than by autograd, because
no array of the size pairs x negatives x dim is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from core.models.embedding.batches import Batch
from core.models.embedding.gradients.pair_negative_kernels import (
    add_bias_gradients,
    add_gradients,
    compile_kernels,
    pair_derivatives,
)
from core.models.embedding.gradients.row_kernels import chain
from core.models.embedding.net import EmbeddingNet, ParallelMap, Table

NOTHING = np.zeros(0, np.float32)


class PairNegativeGradients:
    """Adds the gradients of a batch's mean loss to the tables of `net`, like a backward pass.

    Parameters
    ----------
    net : EmbeddingNet
        On the CPU, with negatives drawn for every pair.
    parallel_map : callable
        Like `map`; may run the calls on `workers` threads.
    workers : int
    """

    def __init__(self, net: EmbeddingNet, parallel_map: ParallelMap = map, workers: int = 1):
        self.net, self.parallel_map, self.workers = net, parallel_map, workers
        self.by_rows = net.context.by_rows
        compile_kernels()

    @torch.no_grad()
    def __call__(self, batch: Batch) -> None:
        net, settings = self.net, self.net.settings
        centers, contexts, targets = net.positives(batch)
        n, width = len(centers), 1 + batch.negatives.shape[1]
        if n == 0:
            return
        u, others = centers.numpy(), torch.column_stack([contexts, batch.negatives]).numpy()
        both = np.concatenate([u, others.reshape(-1)])
        scale = 1 / n if settings.loss == "sgns" else 1 / (n * width)
        decay = 2 * settings.l2 * scale if net.l2_on_batch_rows else 0.0
        bias, offset = NOTHING, 0.0
        if net.bias is not None and net.offset is not None:
            bias, offset = net.bias.weight.numpy()[:, 0], net.offset.weight.item()
        labels = NOTHING if targets is None else targets.numpy()

        to_context = self.zeros(net.context, both[n:] if settings.two_tables else both)
        other_slots = to_context.slots[-others.size :].reshape(others.shape)
        to_center = self.zeros(net.center, u) if settings.two_tables else to_context
        center_slots = to_center.slots[:n]
        center, places = net.center.lookup(torch.from_numpy(to_center.ids), self.parallel_map)
        own, context = places[center_slots], net.context.weight.numpy()
        derivatives = np.empty((n, width), np.float32)

        def derive(first: int, last: int) -> None:
            pair_derivatives(
                center, context, bias, offset, own, others, labels, settings.score_limit, scale,
                derivatives, first, last,
            )  # fmt: skip

        def add(begin: int, end: int) -> None:
            add_gradients(
                center, context, own, others, center_slots, other_slots, derivatives, decay,
                to_center.sums, to_context.sums, begin, end,
            )  # fmt: skip

        self.in_parts(derive, n)
        self.in_parts(add, settings.dim)
        self.append_to_table(to_context)
        if settings.two_tables:
            self.append_to_table(to_center)
            net.center.backpropagate(self.parallel_map)
        if net.bias is not None and net.offset is not None:
            to_bias = self.zeros(net.bias, both)
            own, other = to_bias.slots[:n], to_bias.slots[n:].reshape(others.shape)
            to_offset = self.zeros(net.offset, np.zeros(1, np.int32))
            to_offset.sums[0] = add_bias_gradients(own, other, derivatives, to_bias.sums)
            self.append_to_table(to_bias)
            self.append_to_table(to_offset)
        if net.l2_on_all_rows:
            for table in net.l2_tables:
                if table.weight.grad is not None:
                    table.weight.grad.add_(table.weight, alpha=2 * settings.l2)

    def zeros(self, table: Table, ids: np.ndarray) -> RowGradients:
        """Return zeros that accumulate the gradients of the rows `ids`."""
        if not self.by_rows:
            if table.weight.grad is None:
                table.weight.grad = torch.zeros_like(table.weight)
            every = np.arange(len(table.weight), dtype=np.int32)
            return RowGradients(table, every, ids, table.weight.grad.zero_().numpy())
        chains = chain(ids, table.scratch)
        sums = np.zeros((len(chains.distinct), table.weight.shape[1]), np.float32)
        return RowGradients(table, chains.distinct, chains.slots, sums)

    def append_to_table(self, gradients: RowGradients) -> None:
        """Append the sums to a table that is updated by rows; other tables accumulate in place."""
        if self.by_rows:
            ids, sums = torch.from_numpy(gradients.ids), torch.from_numpy(gradients.sums)
            gradients.table.touched.append((ids, sums))

    def in_parts(self, work: Callable[[int, int], None], total: int) -> None:
        bounds = np.linspace(0, total, self.workers + 1).astype(int).tolist()
        list(self.parallel_map(work, bounds[:-1], bounds[1:]))


class RowGradients(NamedTuple):
    """Summed gradients of some rows of a table.

    Attributes
    ----------
    table : Table
    ids : int32 array
        The rows, without duplicates.
    slots : int32 array
        The index in `sums` of each requested row.
    sums : float32 array, shape (len(ids), dim)
    """

    table: Table
    ids: np.ndarray
    slots: np.ndarray
    sums: np.ndarray
