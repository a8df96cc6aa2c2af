"""The learning-rate schedules, by name."""

from __future__ import annotations

import torch
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR, LRScheduler

from core.models.embedding.settings import EmbeddingSettings


def make_schedule(
    optimiser: torch.optim.Optimizer, settings: EmbeddingSettings, batches_per_epoch: int
) -> LRScheduler:
    """Return the learning-rate schedule, to be stepped after every batch."""
    if settings.schedule == "restarts":
        return CosineAnnealingWarmRestarts(optimiser, T_0=batches_per_epoch)
    if settings.schedule == "linear":
        steps = settings.epochs * batches_per_epoch
        return LambdaLR(optimiser, lambda step: 1 - step / steps)
    return LambdaLR(optimiser, lambda step: 1.0)
