"""The training loop of all embeddings.

python -m core train demo skipgram mf-bias
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from core.models.embedding.batches import Batch, Batches
from core.models.embedding.cuda_graph import CudaGraphStep
from core.models.embedding.distributed import ProcessGroup
from core.models.embedding.gradients.pair_negatives import PairNegativeGradients
from core.models.embedding.gradients.shared_negatives import SharedNegativeGradients
from core.models.embedding.net import EmbeddingNet, ParallelMap, Table
from core.models.embedding.optimisers import make_optimiser
from core.models.embedding.schedules import make_schedule
from core.parallel import ThreadTeam, single_threaded_libraries
from core.progress import Progress

SECONDS_BETWEEN_REPORTS = 0.25


@single_threaded_libraries()
def train(
    net: EmbeddingNet,
    batches: Batches,
    progress: Progress,
    measure: Callable[[], dict[str, float]] | None = None,
    workers: int = 1,
    group: ProcessGroup | None = None,
) -> float:
    """Train `net` in place, by its settings.

    Parameters
    ----------
    net : EmbeddingNet
    batches : Batches
    progress : Progress
    measure : callable, optional
        Called for each point of the learning curve; returns named measures.
    workers : int
        Threads. With the optimiser `row-adagrad` the result does not depend on it.
    group : ProcessGroup, optional
        The processes that train the same model, each on its own batches.

    Returns
    -------
    float
        Seconds of training, without the measurements.

    Raises
    ------
    Stopped
        Between two batches, if `progress` requests it; `net` keeps its weights so far.
    """
    settings = net.settings
    team = ThreadTeam(workers)
    parallel_map = team.map if workers > 1 else map
    optimiser = make_optimiser(net, settings, parallel_map, workers)
    schedule = make_schedule(optimiser, settings, len(batches))
    n_points = min(settings.points_per_epoch, len(batches))
    points = set(np.linspace(0, len(batches), n_points + 1)[1:].round().astype(int).tolist())
    sync_after = group.start(optimiser, len(batches)) if group else ()

    def autograd(batch: Batch) -> None:
        optimiser.zero_grad(set_to_none=True)
        net.objective(batch).backward()

    backward: Callable[[Batch], None] = autograd
    if batches.device.type == "cpu":
        backward = compiled_backward(net, parallel_map, workers) or autograd

    def run_step(batch: Batch) -> None:
        backward(batch)
        optimiser.step()

    take_step: Callable[[Batch], None] = run_step
    if CudaGraphStep.supports(settings, batches.device):
        take_step = CudaGraphStep(net, optimiser, run_step)
    if backward is autograd:
        # Torch's threads work inside its operators; otherwise ours work on parts of the batch.
        torch.set_num_threads(workers)
    prefetch = workers > 1 and batches.device.type == "cpu"
    # Adam's moments of rows without a gradient decay into denormal numbers, which are slow.
    torch.set_flush_denormal(True)

    progress.stage("training", settings.epochs * len(batches), "batches")
    seconds, step = 0.0, 0
    try:
        for epoch in range(settings.epochs):
            started = reported = time.perf_counter()
            upcoming = prefetched(batches, team) if prefetch else batches
            for in_epoch, batch in enumerate(upcoming, start=1):
                rate = optimiser.param_groups[0]["lr"]
                take_step(batch)
                schedule.step()
                step += 1
                if group and in_epoch in sync_after:
                    group.synchronise()

                if in_epoch in points:
                    seconds += time.perf_counter() - started
                    progress.point(
                        step=step,
                        epoch=epoch + in_epoch / len(batches),
                        loss=net.mean_loss(batch),
                        learning_rate=rate,
                        epoch_end=in_epoch == len(batches),
                        **(measure() if measure else {}),
                    )
                    started = time.perf_counter()
                if time.perf_counter() - reported > SECONDS_BETWEEN_REPORTS:
                    progress.advance(step)
                    reported = time.perf_counter()
            if batches.device.type == "cuda":
                torch.cuda.synchronize()
            seconds += time.perf_counter() - started
        progress.advance(step)
    finally:
        team.close()
        torch.set_flush_denormal(False)
    return seconds


def compiled_backward(
    net: EmbeddingNet, parallel_map: ParallelMap = map, workers: int = 1
) -> Callable[[Batch], None] | None:
    """Return a function that computes the gradients of a batch on the CPU without autograd.

    None if there is none for the settings of `net`.
    """
    settings, by_rows = net.settings, net.context.by_rows
    if settings.sampling == "pair" and (by_rows or isinstance(net.center, Table)):
        return PairNegativeGradients(net, parallel_map, workers)
    if settings.sampling == "pair" or settings.optimiser != "row-adagrad" or settings.score_limit:
        return None
    return SharedNegativeGradients(net, parallel_map)


def prefetched(batches: Batches, team: ThreadTeam) -> Iterator[Batch]:
    """Yield the batches of an epoch; a thread makes the next one during each training step."""
    iterator = iter(batches)
    upcoming = team.submit(next, iterator, None)
    while (batch := upcoming.result()) is not None:
        upcoming = team.submit(next, iterator, None)
        yield batch
