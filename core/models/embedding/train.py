"""THE training loop. It reads top to bottom and knows no model by name.

python -m core train demo skipgram mf-bias
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from core.models.embedding.batches import Batch, Batches
from core.models.embedding.cuda_graph import Replay
from core.models.embedding.distributed import Team
from core.models.embedding.gradients.shared_negatives import written_out
from core.models.embedding.net import EmbeddingNet
from core.models.embedding.optimisers import make_optimiser, make_schedule
from core.models.embedding.settings import EmbeddingSettings
from core.parallel import Crew, one_thread_each
from core.progress import Progress

SECONDS_BETWEEN_REPORTS = 0.25


@one_thread_each()
def train(
    net: EmbeddingNet,
    batches: Batches,
    settings: EmbeddingSettings,
    progress: Progress,
    measure: Callable[[], dict[str, float]] | None = None,
    workers: int = 1,
    team: Team | None = None,
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
    team : Team, optional
        Other processes that train along, each on batches of its own.

    Returns
    -------
    float
        Seconds of training alone, without the measuring.

    Raises
    ------
    Stopped
        Between two batches, if `progress` says so; `net` keeps what it has learned.
    """
    crew = Crew(workers)
    spread = crew.map if workers > 1 else map
    optimiser = make_optimiser(net, settings, spread, workers)
    schedule = make_schedule(optimiser, settings, len(batches))
    n_points = min(settings.points_per_epoch, len(batches))
    marks = set(np.linspace(0, len(batches), n_points + 1)[1:].round().astype(int).tolist())
    meetings = team.begin(optimiser, len(batches)) if team else ()

    def autograd(batch: Batch) -> None:
        optimiser.zero_grad(set_to_none=True)
        net.objective(batch).backward()

    backward = autograd
    if batches.device.type == "cpu":
        backward = written_out(net, spread, workers) or autograd

    def learn(batch: Batch) -> None:
        backward(batch)
        optimiser.step()

    if Replay.possible(settings, batches.device):
        learn = Replay(net, optimiser, learn)
    if backward is autograd:
        # Then torch's threads work inside its operators, else ours on parts of the batch.
        torch.set_num_threads(workers)
    in_advance = workers > 1 and batches.device.type == "cpu"
    # Adam's moments of rows without a gradient fade into numbers that the processor is slow at.
    torch.set_flush_denormal(True)

    progress.stage("training", settings.epochs * len(batches), "batches")
    seconds, step = 0.0, 0
    try:
        for epoch in range(settings.epochs):
            started = reported = time.perf_counter()
            upcoming = made_ahead(batches, crew) if in_advance else batches
            for in_epoch, batch in enumerate(upcoming, start=1):
                rate = optimiser.param_groups[0]["lr"]
                learn(batch)
                schedule.step()
                step += 1
                if in_epoch in meetings:
                    team.meet()

                if in_epoch in marks:
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
        crew.leave()
        torch.set_flush_denormal(False)
    return seconds


def made_ahead(batches: Batches, crew: Crew) -> Iterator[Batch]:
    """Yield the batches of an epoch; a thread makes the next one while one is learned from."""
    iterator = iter(batches)
    upcoming = crew.begin(next, iterator, None)
    while (batch := upcoming.result()) is not None:
        upcoming = crew.begin(next, iterator, None)
        yield batch
