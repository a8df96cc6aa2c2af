"""THE training loop. It reads top to bottom and knows no model by name.

python -m core train demo skipgram mf-bias
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from core.models.batches import Batch, Batches
from core.models.net import EmbeddingNet
from core.models.optimisers import make_optimiser, make_schedule
from core.models.settings import EmbeddingSettings
from core.progress import Progress

SECONDS_BETWEEN_REPORTS = 0.25
# Positions in a part of a batch: what one thread works on at a time, small enough for its cache.
PART = 2560


def train(
    net: EmbeddingNet,
    batches: Batches,
    settings: EmbeddingSettings,
    progress: Progress,
    measure: Callable[[], dict[str, float]] | None = None,
    workers: int = 1,
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
    workers : int
        Threads. With the optimiser `row-adagrad` the result does not depend on it.

    Returns
    -------
    float
        Seconds of training alone, without the measuring.

    Raises
    ------
    Stopped
        Between two batches, if `progress` says so; `net` keeps what it has learned.
    """
    by_rows = settings.optimiser == "row-adagrad"
    on_cpu = batches.device.type == "cpu"
    in_parts = by_rows and on_cpu and settings.sampling == "shared"
    threads_before = torch.get_num_threads()
    # Either our threads work on parts of the batch, or torch's own inside its operators.
    torch.set_num_threads(1 if in_parts else workers)
    pool = ThreadPoolExecutor(workers)
    optimiser = make_optimiser(net, settings, pool.map if workers > 1 else map, workers)
    schedule = make_schedule(optimiser, settings, len(batches))
    n_points = min(settings.points_per_epoch, len(batches))
    marks = set(np.linspace(0, len(batches), n_points + 1)[1:].round().astype(int).tolist())

    def gradients(part: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        loss, pairs = net(part)
        objective = loss if by_rows else loss / pairs.clamp(min=1)
        if settings.loss != "sgns":
            objective = objective / (1 + settings.negatives)
        if settings.l2 and settings.optimiser == "adam":
            objective = objective + settings.l2 * net.square_norm()
        objective.backward()
        return loss.detach(), pairs

    progress.stage("training", settings.epochs * len(batches), "batches")
    seconds, step = 0.0, 0
    try:
        for epoch in range(settings.epochs):
            loss_sum, pair_sum = 0.0, 0.0
            started = reported = time.perf_counter()
            for in_epoch, batch in enumerate(batches, start=1):
                rate = optimiser.param_groups[0]["lr"]
                optimiser.zero_grad(set_to_none=True)
                parts = batch.split(PART) if in_parts else [batch]
                run = pool.map if len(parts) > 1 and workers > 1 else map
                for loss, pairs in run(gradients, parts):
                    loss_sum, pair_sum = loss_sum + loss, pair_sum + pairs
                optimiser.step()
                schedule.step()
                step += 1

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
        progress.advance(step)
    finally:
        pool.shutdown()
        torch.set_num_threads(threads_before)
    return seconds
