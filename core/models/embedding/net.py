"""The network of all embeddings: tables of vectors, and the loss of a batch.

The losses here are the definition. On the CPU, `train.compiled_backward` replaces autograd with
the compiled gradients of the same losses in `gradients/`, which are faster; tests compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import embedding, softplus

from core.models.embedding.batches import Batch
from core.models.embedding.gradients.row_kernels import Chains, chain
from core.models.embedding.settings import EmbeddingSettings

# Like `map`; may run the calls on several threads.
ParallelMap = Callable[..., Iterable]


class Table(nn.Module):
    """A matrix with one row per product; a batch uses only a few rows.

    With the optimisers that update all rows, `rows` is torch's embedding, whose gradient has the
    shape of the whole table. With the others (`by_rows`), the backward pass appends to
    `touched` the ids and gradients of the rows that the batch used, for `optimisers.RowOptimiser`.

    Parameters
    ----------
    initial : float array, shape (n_rows, dim)
    optimiser : str
        As in `EmbeddingSettings`.
    rate_factor : float
        The learning rate of this table divided by that of the optimiser.
    """

    def __init__(self, initial: np.ndarray, optimiser: str, rate_factor: float = 1.0):
        super().__init__()
        self.rate_factor = rate_factor
        self.weight = nn.Parameter(torch.from_numpy(initial))
        self.by_rows = optimiser in ("row-adagrad", "sparse-adam")
        self.touched: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.chains: Chains | None = None

    @cached_property
    def scratch(self) -> np.ndarray:
        """Scratch space of `chain`, int32, shape (n_rows,)."""
        return np.full(len(self.weight), -1, np.int32)

    def prepare_update(self, ids: np.ndarray) -> None:
        """Chain the ids that will be in `touched`, in this order, for the optimiser."""
        self.chains = chain(ids, self.scratch)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows `ids`, shape (*ids.shape, dim); the row of padding (-1) is arbitrary."""
        if self.by_rows:
            return _Gather.apply(self.weight, ids, self.touched)
        return embedding(ids.clamp(min=0), self.weight)

    def lookup(
        self, ids: torch.Tensor, parallel_map: ParallelMap = map
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return an array with the rows `ids`, and the index of each in it (CPU)."""
        return self.weight.detach().numpy(), ids.numpy()

    def backpropagate(self, parallel_map: ParallelMap = map) -> None:
        """Do nothing: the gradients in `touched` are those of the table itself."""

    def take_gradients(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return all touched ids, shape (n,), and gradients, shape (n, dim), and clear them."""
        ids = [ids.reshape(-1) for ids, _ in self.touched]
        gradients = [rows.reshape(-1, rows.shape[-1]) for _, rows in self.touched]
        self.touched.clear()
        if len(ids) == 1:
            return ids[0], gradients[0]
        return torch.cat(ids), torch.cat(gradients)


class _Gather(torch.autograd.Function):
    """Select rows of a table; their gradients go to a list instead of the table."""

    @staticmethod
    def forward(
        ctx: Any,
        weight: torch.Tensor,
        ids: torch.Tensor,
        touched: list[tuple[torch.Tensor, torch.Tensor]],
    ) -> torch.Tensor:
        ctx.ids, ctx.touched = ids, touched
        rows = weight.index_select(0, ids.clamp(min=0).reshape(-1))
        return rows.view(*ids.shape, weight.shape[1])

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, None, None]:
        ctx.touched.append((ctx.ids, gradient))
        return None, None, None


class EmbeddingNet(nn.Module):
    """Scores pairs by the inner product of their vectors, plus biases if set."""

    def __init__(self, n_products: int, settings: EmbeddingSettings, rng: np.random.Generator):
        super().__init__()
        self.settings = settings
        shape = (n_products, settings.dim)
        scale = np.float32(settings.initial_scale)

        def normal(*shape: int) -> np.ndarray:
            return rng.standard_normal(shape, np.float32) * scale

        def table(initial: np.ndarray) -> Table:
            return Table(initial, settings.optimiser)

        if settings.initial == "normal":
            self.center = table(normal(*shape))
            self.context = table(normal(*shape)) if settings.two_tables else self.center
        else:
            small = (rng.random(shape, np.float32) * 2 - 1) * scale / np.float32(settings.dim)
            self.center = table(small)
            zeros = np.zeros(shape, np.float32)
            self.context = table(zeros) if settings.two_tables else self.center
        self.bias: Table | None = None
        self.offset: Table | None = None
        if settings.bias:
            self.bias = table(normal(n_products, 1))
            self.offset = table(np.ones((1, 1), np.float32))

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the summed loss of the batch and its number of positive pairs."""
        if self.settings.sampling == "shared":
            return self.shared_loss(batch)
        return self.pair_loss(batch)

    def objective(self, batch: Batch) -> torch.Tensor:
        """Return the quantity that the optimiser minimises: mean loss and regularisation."""
        loss, pairs = self(batch)
        loss = loss / pairs.clamp(min=1)
        if self.settings.loss != "sgns":
            loss = loss / (1 + self.settings.negatives)
        if self.l2_on_all_rows:
            norms = sum(table.weight.square().sum() for table in self.l2_tables)
            loss = loss + self.settings.l2 * norms
        return loss

    @property
    def l2_on_all_rows(self) -> bool:
        """Whether l2 applies to all rows at every step, as in the study."""
        return self.settings.l2 > 0 and self.settings.optimiser == "adam"

    @property
    def l2_on_batch_rows(self) -> bool:
        """Whether l2 applies to the rows of each positive pair."""
        return self.settings.l2 > 0 and self.settings.optimiser != "adam"

    @property
    def l2_tables(self) -> set[Table]:
        """The tables with l2 on all rows: all but the global bias, as in the study."""
        tables = (self.center, self.context, self.bias)
        return {table for table in tables if table is not None}

    @torch.no_grad()
    def mean_loss(self, batch: Batch) -> float:
        """Return the loss of a batch per positive pair."""
        loss, pairs = self(batch)
        return (loss / pairs.clamp(min=1)).item()

    def shared_loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the summed loss and the number of pairs; a group of sequences shares negatives.

        Each of the k shared negatives of a center has the weight ``negatives * pairs / k``, where
        `pairs` is the center's number of positives, so that its negatives weigh `negatives` per
        positive pair, however many are shared. Negatives that occur in the center's own sequence
        are left out.
        """
        settings, sequences, negatives = self.settings, batch.sequences, batch.negatives
        n, length = sequences.shape
        groups, k = negatives.shape
        center = self.center.rows(sequences)
        context = self.context.rows(sequences) if settings.two_tables else center
        negative = self.context.rows(negatives)
        positive_scores = torch.bmm(center, context.transpose(1, 2))
        negative_scores = torch.bmm(center.view(groups, -1, settings.dim), negative.transpose(1, 2))
        if self.bias is not None and self.offset is not None:
            bias = self.bias.rows(sequences)
            negative_bias = self.bias.rows(negatives).transpose(1, 2)
            offset = self.offset.rows(negatives.new_zeros(1))
            positive_scores = positive_scores + bias + bias.transpose(1, 2) + offset
            negative_scores = negative_scores + bias.view(groups, -1, 1) + negative_bias + offset
        positive = batch.positive
        pairs = positive.sum(2)
        same = sequences.view(groups, -1, length, 1) == negatives[:, None, None, :]
        collides = same.any(2)[:, :, None, :]
        positive_loss = (positive * self.positive_loss(positive_scores, batch.labels)).sum()
        negative_loss = self.negative_loss(
            negative_scores.view(groups, -1, length, k), collides
        ).sum(3)
        negative_loss = (pairs * negative_loss.view(n, length)).sum()
        loss = positive_loss + settings.negatives / k * negative_loss
        if self.l2_on_batch_rows:
            norms = center.square().sum(2) + context.square().sum(2)
            loss = loss + settings.l2 * (pairs * norms).sum()
        return loss, pairs.sum()

    def pair_loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the summed loss and the number of pairs; every pair has its own negatives."""
        u, v, labels = self.positives(batch)
        others = torch.cat([v[:, None], batch.negatives], 1)
        center, rows = self.center.rows(u), self.context.rows(others)
        scores = torch.einsum("pd,pkd->pk", center, rows)
        if self.bias is not None and self.offset is not None:
            offset = self.offset.rows(batch.negatives.new_zeros(1))
            scores = scores + self.bias.rows(u) + self.bias.rows(others).squeeze(2) + offset
        collides = batch.negatives == v[:, None]
        loss = (
            self.positive_loss(scores[:, 0], labels).sum()
            + self.negative_loss(scores[:, 1:], collides).sum()
        )
        if self.l2_on_batch_rows:
            loss = loss + self.settings.l2 * (center.square().sum() + rows[:, 0].square().sum())
        return loss, torch.tensor(len(u), device=u.device)

    def positives(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Return the centers, the contexts and the labels, if there are any, of all positive pairs.

        They are in the order of the batch's negatives, shape (n_pairs,) each.
        """
        sequence, first, second = batch.positive.nonzero(as_tuple=True)
        u, v = batch.sequences[sequence, first], batch.sequences[sequence, second]
        return u, v, None if batch.labels is None else batch.labels[sequence, 0, 0]

    def positive_loss(self, scores: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        """Return the loss of each positive pair."""
        if labels is not None:
            return (scores - labels).square()
        return softplus(-self.clipped(scores))

    def negative_loss(self, scores: torch.Tensor, collides: torch.Tensor) -> torch.Tensor:
        """Return the loss of each negative pair; 0 if it `collides` with a positive."""
        if self.settings.loss == "mse":
            return scores.masked_fill(collides, 0).square()
        return softplus(self.clipped(scores).masked_fill(collides, -torch.inf))

    def clipped(self, scores: torch.Tensor) -> torch.Tensor:
        """Clip the scores to ± the limit, if there is one; the gradient beyond it is 0."""
        limit = self.settings.score_limit
        return scores.clamp(-limit, limit) if limit else scores
