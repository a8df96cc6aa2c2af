"""A step of training as one CUDA graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from core.models.embedding.batches import Batch
from core.models.embedding.net import EmbeddingNet
from core.models.embedding.settings import EmbeddingSettings

WARM_UP = 3


class Replay:
    """Learns from a batch as `learn` does, in a tenth of the time.

    A step is a hundred small kernels, which Python takes longer to start one by one than a GPU to
    run. So the fourth step is recorded, and from then on all of it is started at once, on
    other numbers in the same places.

    Parameters
    ----------
    net : EmbeddingNet
        On a GPU.
    optimiser : torch.optim.Optimizer
        Has nothing on the CPU that changes from step to step but its learning rate.
    learn : callable
        Takes a batch, works out its gradients and lets the optimiser take its step. Never waits
        for the GPU.
    """

    def __init__(self, net: EmbeddingNet, optimiser, learn: Callable[[Batch], None]):
        self.net, self.optimiser, self.learn = net, optimiser, learn
        self.batch: Batch | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.rate = torch.zeros((), device=net.context.weight.device)
        self.n_warm = 0

    @staticmethod
    def possible(settings: EmbeddingSettings, device: torch.device) -> bool:
        """Say whether steps can be recorded: on a GPU, and if all of them do the same.

        Adam counts its steps on the CPU; pairs with negatives of their own differ in number.
        """
        same = settings.optimiser == "row-adagrad" and settings.sampling == "shared"
        return device.type == "cuda" and same

    def __call__(self, batch: Batch) -> None:
        """Learn from `batch`."""
        if self.batch is None:
            labels = None if batch.labels is None else batch.labels.clone()
            self.batch = replace(
                batch,
                sequences=batch.sequences.clone(),
                negatives=batch.negatives.clone(),
                labels=labels,
            )
        if batch.sequences.shape != self.batch.sequences.shape:  # the last of an epoch
            self.learn(batch)
            return
        if self.n_warm < WARM_UP:
            self.n_warm += 1
            self._apart(batch)
            return
        self.batch.sequences.copy_(batch.sequences)
        self.batch.negatives.copy_(batch.negatives)
        if batch.labels is not None:
            self.batch.labels.copy_(batch.labels)
        self.rate.fill_(self.optimiser.param_groups[0]["lr"])
        if self.graph is None:
            self._record()
        self.graph.replay()

    def _apart(self, batch: Batch) -> None:
        """Take a step as it will be recorded, on a stream of its own, so that everything that is
        set up at a first use is there."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self.learn(batch)
        torch.cuda.current_stream().wait_stream(stream)

    def _record(self) -> None:
        group = self.optimiser.param_groups[0]
        graph = torch.cuda.CUDAGraph()
        if (generator := getattr(self.net.center, "generator", None)) is not None:
            graph.register_generator_state(generator)
        # The rate of all steps to come, not today's number.
        rate, group["lr"] = group["lr"], self.rate
        with torch.cuda.graph(graph):
            self.learn(self.batch)
        group["lr"] = rate
        self.graph = graph
