"""THE training loop. It reads top to bottom and knows no model by name.

python -m core train demo skipgram mf-bias
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR

from core.models.batches import Batches
from core.models.kernels import chain_duplicates, row_adagrad
from core.models.net import EmbeddingNet, Table
from core.models.settings import EmbeddingSettings
from core.progress import Progress

SECONDS_BETWEEN_REPORTS = 0.25
EPSILON = 1e-16


def train(
    net: EmbeddingNet,
    batches: Batches,
    settings: EmbeddingSettings,
    progress: Progress,
    measure: Callable[[], dict[str, float]] | None = None,
) -> float:
    """Train `net` in place.

    Parameters
    ----------
    net : EmbeddingNet
    batches : Batches
    settings : EmbeddingSettings
    progress : Progress
    measure : callable, optional
        Called for each point of the learning curve; returns named figures.

    Returns
    -------
    float
        Seconds of training alone, without the measuring.

    Raises
    ------
    Stopped
        Between two batches, if `progress` says so; `net` keeps what it has learned.
    """
    optimiser = make_optimiser(net, settings)
    steps = settings.epochs * len(batches)
    schedule = make_schedule(optimiser, settings, len(batches))
    points = np.linspace(0, len(batches), settings.points_per_epoch + 1)[1:].round()
    marks = set(points.astype(int).tolist()) if settings.points_per_epoch else set()
    progress.stage("training", steps, "batches")
    seconds, step, reported = 0.0, 0, time.perf_counter()
    for epoch in range(settings.epochs):
        loss_sum, pair_sum = 0.0, 0.0
        started = time.perf_counter()
        for in_epoch, batch in enumerate(batches, start=1):
            rate = optimiser.param_groups[0]["lr"]
            optimiser.zero_grad(set_to_none=True)
            loss, pairs = net(batch)
            objective = loss / pairs.clamp(min=1)
            if settings.loss != "sgns":
                objective = objective / (1 + settings.negatives)
            if settings.optimiser == "adam" and settings.l2:
                objective = objective + settings.l2 * net.square_norm()
            objective.backward()
            optimiser.step()
            schedule.step()
            step += 1
            loss_sum, pair_sum = loss_sum + loss.detach(), pair_sum + pairs

            if in_epoch in marks:
                seconds += time.perf_counter() - started
                progress.point(
                    step=step,
                    epoch=epoch + in_epoch / len(batches),
                    loss=float(loss_sum / pair_sum),
                    learning_rate=rate,
                    epoch_end=in_epoch == len(batches),
                    **(measure() if measure else {}),
                )
                loss_sum, pair_sum = 0.0, 0.0
                started = time.perf_counter()
            if time.perf_counter() - reported > SECONDS_BETWEEN_REPORTS:
                progress.advance(step)
                reported = time.perf_counter()
        seconds += time.perf_counter() - started
    progress.advance(steps)
    return seconds


def make_optimiser(net: EmbeddingNet, settings: EmbeddingSettings) -> torch.optim.Optimizer:
    """Return the optimiser that the settings name."""
    if settings.optimiser == "adam":
        return torch.optim.Adam(net.parameters(), settings.learning_rate)
    if settings.optimiser == "sparse-adam":
        return torch.optim.SparseAdam(list(net.parameters()), settings.learning_rate)
    tables = [module for module in net.modules() if isinstance(module, Table)]
    return RowAdagrad(tables, settings.learning_rate)


def make_schedule(optimiser, settings: EmbeddingSettings, batches_per_epoch: int):
    """Return the schedule of the learning rate, to be stepped after every batch."""
    if settings.schedule == "restarts":
        return CosineAnnealingWarmRestarts(optimiser, T_0=batches_per_epoch)
    if settings.schedule == "linear":
        steps = settings.epochs * batches_per_epoch
        return LambdaLR(optimiser, lambda step: 1 - step / steps)
    return LambdaLR(optimiser, lambda step: 1.0)


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad with one step size a row, on just the rows that a batch has gathered.

    A row moves by ``-lr * g / sqrt(sum over its steps of mean(g²))``, g being the sum of the
    gradients of all its occurrences in the batch (Duchi et al., JMLR 2011, per row).

    Parameters
    ----------
    tables : list of Table
    lr : float
    """

    def __init__(self, tables: list[Table], lr: float):
        super().__init__([table.weight for table in tables], {"lr": lr})
        self.tables = tables
        for table in tables:
            weight = table.weight
            state = self.state[weight]
            state["squares"] = torch.zeros(len(weight), device=weight.device)
            state["last"] = torch.full((len(weight),), -1, dtype=torch.int32)

    @torch.no_grad()
    def step(self) -> None:
        """Update every table by the rows gathered since the last step."""
        rate = self.param_groups[0]["lr"]
        for table in self.tables:
            ids = torch.cat([ids.reshape(-1) for ids, _ in table.touched])
            gradients = [rows.reshape(-1, rows.shape[-1]) for _, rows in table.touched]
            table.touched.clear()
            state = self.state[table.weight]
            update = _update_on_cpu if table.weight.device.type == "cpu" else _update
            update(table.weight, state, ids, gradients, rate)


def _update_on_cpu(weight, state, ids, gradients, rate: float) -> None:
    ids, last = ids.numpy(), state["last"].numpy()
    following, distinct = np.empty_like(ids), np.empty_like(ids)
    n_distinct = chain_duplicates(ids, last, following, distinct)
    row_adagrad(
        weight.detach().numpy(),
        state["squares"].numpy(),
        tuple(gradient.numpy() for gradient in gradients),
        last,
        following,
        distinct[:n_distinct],
        rate,
        EPSILON,
    )


def _update(weight, state, ids, gradients, rate: float) -> None:
    kept = ids >= 0
    distinct, place = ids[kept].long().unique(return_inverse=True)
    total = torch.zeros((len(distinct), weight.shape[1]), device=weight.device)
    total.index_add_(0, place, torch.cat(gradients)[kept])
    squares = state["squares"]
    squares[distinct] += total.square().mean(1)
    weight[distinct] -= rate * total * (squares[distinct] + EPSILON).rsqrt()[:, None]
