"""Optimisers and learning-rate schedules, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR

from core.models.kernels import chain_duplicates, row_adagrad
from core.models.net import EmbeddingNet, Table
from core.models.settings import EmbeddingSettings

EPSILON = 1e-16


def make_optimiser(
    net: EmbeddingNet, settings: EmbeddingSettings, spread: Callable = map, workers: int = 1
) -> torch.optim.Optimizer:
    """Return the optimiser that the settings name; see `RowAdagrad` for the last two arguments."""
    if settings.optimiser == "adam":
        return torch.optim.Adam(net.parameters(), settings.learning_rate)
    if settings.optimiser == "sparse-adam":
        return torch.optim.SparseAdam(list(net.parameters()), settings.learning_rate)
    tables = [module for module in net.modules() if isinstance(module, Table)]
    return RowAdagrad(tables, settings.learning_rate, spread, workers)


def make_schedule(optimiser, settings: EmbeddingSettings, batches_per_epoch: int):
    """Return the schedule of the learning rate, to be stepped after every batch."""
    if settings.schedule == "restarts":
        return CosineAnnealingWarmRestarts(optimiser, T_0=batches_per_epoch)
    if settings.schedule == "linear":
        steps = settings.epochs * batches_per_epoch
        return LambdaLR(optimiser, lambda step: 1 - step / steps)
    return LambdaLR(optimiser, lambda step: 1.0)


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad with one step size a row, on just the rows that a batch has touched.

    A row moves by ``-lr * g / sqrt(sum over its steps of mean(g²))``, g being the sum of the
    gradients of all its occurrences in the batch (Duchi et al., JMLR 2011, per row). The scale of
    the loss does not matter to it.

    Parameters
    ----------
    tables : list of Table
    lr : float
    spread : callable
        Like `map`; may run the calls on `workers` threads.
    workers : int
    """

    def __init__(self, tables: list[Table], lr: float, spread: Callable = map, workers: int = 1):
        super().__init__([table.weight for table in tables], {"lr": lr})
        self.tables, self.spread, self.workers = tables, spread, workers
        for table in tables:
            weight = table.weight
            state = self.state[weight]
            state["squares"] = torch.zeros(len(weight), device=weight.device)
            state["last"] = np.full(len(weight), -1, np.int32)

    @torch.no_grad()
    def step(self) -> None:
        """Update every table by the rows touched since the last step."""
        rate = self.param_groups[0]["lr"]
        for table in self.tables:
            ids, gradients = table.joined()
            on_cpu = table.weight.device.type == "cpu"
            (self._by_kernels if on_cpu else self._by_torch)(table.weight, ids, gradients, rate)

    def _by_kernels(self, weight, ids, gradients, rate: float) -> None:
        state = self.state[weight]
        ids, last = ids.numpy(), state["last"]
        following, distinct = np.empty_like(ids), np.empty_like(ids)
        n_distinct = chain_duplicates(ids, last, following, distinct)
        table, squares = weight.numpy(), state["squares"].numpy()
        gradients = gradients.numpy()
        bounds = np.linspace(0, n_distinct, self.workers + 1).astype(int).tolist()

        def update(begin: int, end: int) -> None:
            rows = distinct[begin:end]
            row_adagrad(table, squares, gradients, last, following, rows, rate, EPSILON)

        list(self.spread(update, bounds[:-1], bounds[1:]))

    def _by_torch(self, weight, ids, gradients, rate: float) -> None:
        kept = ids >= 0
        distinct, slots = ids[kept].long().unique(return_inverse=True)
        total = torch.zeros((len(distinct), weight.shape[1]), device=weight.device)
        total.index_add_(0, slots, gradients[kept])
        squares = self.state[weight]["squares"]
        squares[distinct] += total.square().mean(1)
        weight[distinct] -= rate * total * (squares[distinct] + EPSILON).rsqrt()[:, None]
