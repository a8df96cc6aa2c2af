"""The optimisers: Adam, and two that update only the rows that a batch has touched."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch

from core.models.embedding.gradients.row_kernels import (
    Chains,
    compile_kernels,
    row_adagrad,
    row_adam,
)
from core.models.embedding.net import EmbeddingNet, ParallelMap, Table
from core.models.embedding.settings import EmbeddingSettings

EPSILON = 1e-16  # only avoids a division by 0
# torch's own defaults, which the study used.
BETAS, ADAM_EPSILON = (0.9, 0.999), 1e-8
# Updates of fewer rows than this are not divided among threads.
MIN_ROWS_PER_THREAD = 256

# What torch keeps of a table: tensors, and the number of steps.
State = dict[str, Any]
# A table, the ids of its touched rows, and their gradients.
Touched = tuple[Table, torch.Tensor, torch.Tensor]


def make_optimiser(
    net: EmbeddingNet,
    settings: EmbeddingSettings,
    parallel_map: ParallelMap = map,
    workers: int = 1,
) -> torch.optim.Optimizer:
    """Return the optimiser of the settings; see `RowOptimiser` for the last two parameters."""
    if settings.optimiser in ("adam", "adam-batch-l2"):
        # Fused: one pass over the table instead of a dozen.
        return torch.optim.Adam(net.parameters(), settings.learning_rate, fused=True)
    tables = [module for module in net.modules() if isinstance(module, Table)]
    cls = RowAdagrad if settings.optimiser == "row-adagrad" else RowAdam
    return cls(tables, settings.learning_rate, parallel_map, workers)


class RowOptimiser(torch.optim.Optimizer):
    """Updates only the rows that a batch has touched, each by its summed gradient.

    Parameters
    ----------
    tables : list of Table
    lr : float
    parallel_map : callable
        Like `map`; may run the calls on `workers` threads.
    workers : int
    """

    def __init__(
        self, tables: list[Table], lr: float, parallel_map: ParallelMap = map, workers: int = 1
    ):
        super().__init__([table.weight for table in tables], {"lr": lr})
        self.tables, self.parallel_map, self.workers = tables, parallel_map, workers
        compile_kernels()
        for table in tables:
            state = self.state[table.weight]
            state["steps"] = 0
            self.init_state(table.weight, state)

    def init_state(self, weight: torch.Tensor, state: State) -> None:
        """Add the state of a table to `state`."""
        raise NotImplementedError

    def kernel(
        self,
        table: np.ndarray,
        state: State,
        gradients: np.ndarray,
        rows: Chains,
        rate: float,
    ) -> None:
        """Update the distinct rows of a table by the sums of their gradients."""
        raise NotImplementedError

    def update(
        self,
        weight: torch.Tensor,
        state: State,
        rows: torch.Tensor,
        gradients: torch.Tensor,
        rate: float,
    ) -> None:
        """Update rows of a table by torch; equal rows have equal gradients."""
        raise NotImplementedError

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Update the rows of every table that were touched since the last step."""
        rate = self.param_groups[0]["lr"]
        # The table of field values is untouched if no product of the batch has a field.
        touched = [(table, *table.take_gradients()) for table in self.tables if table.touched]
        for table, _, _ in touched:
            self.state[table.weight]["steps"] += 1
        on_cpu = all(table.weight.device.type == "cpu" for table, _, _ in touched)
        (self._by_kernels if on_cpu else self._by_torch)(touched, rate)

    def _by_kernels(self, touched: list[Touched], rate: float) -> None:
        # One list of tasks for all tables, so that threads do not wait at the end of each table.
        for table, ids, _ in touched:
            if table.chains is None:
                table.prepare_update(ids.numpy())
        parts = [part for one in touched for part in self._parts(*one, rate)]
        list(self.parallel_map(lambda part: self.kernel(*part), parts))

    def _parts(
        self, table: Table, ids: torch.Tensor, gradients: torch.Tensor, rate: float
    ) -> list[tuple]:
        """Return the arguments of `kernel` for each part of the distinct rows of a table."""
        chains, table.chains = table.chains, None
        assert chains is not None
        n_distinct = len(chains.distinct)
        n_parts = self.workers if n_distinct >= MIN_ROWS_PER_THREAD else 1
        bounds = [n_distinct * part // n_parts for part in range(n_parts + 1)]
        shared = table.weight.detach().numpy(), self.state[table.weight], gradients.numpy()
        rate *= table.rate_factor
        return [(*shared, chains.part(begin, end), rate) for begin, end in pairwise(bounds)]

    def _by_torch(self, touched: list[Touched], rate: float) -> None:
        for table, ids, gradients in touched:
            weight = table.weight
            state = self.state[weight]
            if "total" not in state:
                state["total"] = torch.zeros_like(weight)
            # The same step is computed for every occurrence of a row. Deduplicating the rows would
            # be less work, but would force a host-device sync to learn how many there are.
            padding = (ids < 0)[:, None]
            rows = torch.where(ids < 0, ids.max().clamp(min=0), ids).long()
            total = state["total"].index_add_(0, rows, gradients.masked_fill(padding, 0))
            self.update(weight, state, rows, total[rows], rate * table.rate_factor)
            total.index_fill_(0, rows, 0)


class RowAdagrad(RowOptimiser):
    """Adagrad with one step size per row.

    A row is updated by ``-lr * g / sqrt(sum over its steps of mean(g²))``, where g is the sum of
    the gradients of all its occurrences in the batch (Duchi et al., JMLR 2011, per row). The
    update does not depend on the scale of the loss.
    """

    def init_state(self, weight: torch.Tensor, state: State) -> None:
        state["squares"] = torch.zeros(len(weight), device=weight.device)

    def kernel(
        self, table: np.ndarray, state: State, gradients: np.ndarray, rows: Chains, rate: float
    ) -> None:
        squares = state["squares"].numpy()
        row_adagrad(table, squares, gradients, *rows[:3], rate, EPSILON)

    def update(
        self,
        weight: torch.Tensor,
        state: State,
        rows: torch.Tensor,
        gradients: torch.Tensor,
        rate: float,
    ) -> None:
        squares = state["squares"]
        squares[rows] += gradients.square().mean(1)
        weight[rows] -= rate * gradients * (squares[rows] + EPSILON).rsqrt()[:, None]


class RowAdam(RowOptimiser):
    """Adam (Kingma & Ba, 2015) that updates rows and moments only if a batch has touched the row.

    It is torch's `SparseAdam` without the sorting of its sparse gradients.
    """

    def init_state(self, weight: torch.Tensor, state: State) -> None:
        state["means"], state["squares"] = torch.zeros_like(weight), torch.zeros_like(weight)

    def kernel(
        self, table: np.ndarray, state: State, gradients: np.ndarray, rows: Chains, rate: float
    ) -> None:
        means, squares = state["means"].numpy(), state["squares"].numpy()
        step = self.step_size(state, rate)
        row_adam(table, means, squares, gradients, *rows[:3], step, *BETAS, ADAM_EPSILON)

    def update(
        self,
        weight: torch.Tensor,
        state: State,
        rows: torch.Tensor,
        gradients: torch.Tensor,
        rate: float,
    ) -> None:
        means, squares = state["means"], state["squares"]
        means[rows] += (1 - BETAS[0]) * (gradients - means[rows])
        squares[rows] += (1 - BETAS[1]) * (gradients.square() - squares[rows])
        step = self.step_size(state, rate)
        weight[rows] -= step * means[rows] / (squares[rows].sqrt() + ADAM_EPSILON)

    def step_size(self, state: State, rate: float) -> float:
        """Return the learning rate with the bias corrections of both moments."""
        first, second = (1 - beta ** state["steps"] for beta in BETAS)
        return rate * second**0.5 / first
