"""The one network: tables of rows, and the loss of a batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
from torch import nn
from torch.nn.functional import embedding, softplus

from core.models.embedding.batches import Batch
from core.models.embedding.gradients.row_kernels import Chains, chain
from core.models.embedding.settings import EmbeddingSettings


class Table(nn.Module):
    """A matrix with a row a product, of which a batch touches few.

    `rows` hands out rows in one of two ways. Through torch's embedding, whose gradient has the
    shape of the whole table. Or, `by_rows`, so that the backward pass leaves ids and gradients of
    just these rows in `touched`, for an optimiser that updates no others
    (`optimisers.RowOptimiser`), which goes `pace` times as far as its rate says.
    """

    def __init__(self, initial: np.ndarray, optimiser: str, pace: float = 1.0):
        super().__init__()
        self.pace = pace
        self.weight = nn.Parameter(torch.from_numpy(initial))
        self.by_rows = optimiser in ("row-adagrad", "sparse-adam")
        self.touched: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.chains: Chains | None = None

    @cached_property
    def slot(self) -> np.ndarray:
        """What `chain` needs for every row, int32."""
        return np.full(len(self.weight), -1, np.int32)

    def expect(self, ids: np.ndarray) -> None:
        """Chain the ids that will be `touched`, all of them in this order, for the optimiser."""
        self.chains = chain(ids, self.slot)

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows `ids`, shape (*ids.shape, dim); padding (-1) gives some row."""
        if self.by_rows:
            return _Gather.apply(self.weight, ids, self.touched)
        return embedding(ids.clamp(min=0), self.weight)

    def ready(self, ids: torch.Tensor, spread: Callable = map) -> tuple[np.ndarray, np.ndarray]:
        """Return an array that holds the rows `ids` (on the CPU), and where each of them stands in
        it; a table whose rows are composed has work to do."""
        return self.weight.detach().numpy(), ids.numpy()

    def pass_back(self, spread: Callable = map) -> None:
        """Hand what is `touched` on, where the rows are composed."""

    def joined(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return all touched ids, shape (n,), and gradients, shape (n, dim), and forget them."""
        ids = [ids.reshape(-1) for ids, _ in self.touched]
        gradients = [rows.reshape(-1, rows.shape[-1]) for _, rows in self.touched]
        self.touched.clear()
        if len(ids) == 1:
            return ids[0], gradients[0]
        return torch.cat(ids), torch.cat(gradients)


class _Gather(torch.autograd.Function):
    """Take rows of a table; their gradients go to a list, and none to the table."""

    @staticmethod
    def forward(ctx, weight, ids, touched):
        ctx.ids, ctx.touched = ids, touched
        rows = weight.index_select(0, ids.clamp(min=0).reshape(-1))
        return rows.view(*ids.shape, weight.shape[1])

    @staticmethod
    def backward(ctx, gradient):
        ctx.touched.append((ctx.ids, gradient))
        return None, None, None


class EmbeddingNet(nn.Module):
    """Scores pairs by the inner product of their rows, plus biases where it has them."""

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
        self.bias = self.offset = None
        if settings.bias:
            self.bias = table(normal(n_products, 1))
            self.offset = table(np.ones((1, 1), np.float32))

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the summed loss of the batch and its number of positive pairs."""
        if self.settings.sampling == "shared":
            return self.shared_loss(batch)
        return self.pair_loss(batch)

    def objective(self, batch: Batch) -> torch.Tensor:
        """Return what the optimiser is to make small."""
        loss, pairs = self(batch)
        loss = loss / pairs.clamp(min=1)
        if self.settings.loss != "sgns":
            loss = loss / (1 + self.settings.negatives)
        if self.pulls_all_rows:
            pulled = sum(table.weight.square().sum() for table in self.pulled_tables)
            loss = loss + self.settings.l2 * pulled
        return loss

    @property
    def pulls_all_rows(self) -> bool:
        """True if all rows, seen or not, are pulled to zero at every step, as in the study."""
        return self.settings.l2 > 0 and self.settings.optimiser == "adam"

    @property
    def pulls_batch_rows(self) -> bool:
        """True if the rows of every pair are pulled to zero."""
        return self.settings.l2 > 0 and self.settings.optimiser != "adam"

    @property
    def pulled_tables(self) -> set[Table]:
        """The tables whose rows are pulled where all are: as in the study, not the offset."""
        return {self.center, self.context, self.bias} - {None}

    @torch.no_grad()
    def mean_loss(self, batch: Batch) -> float:
        """Return the loss of a batch for each of its positive pairs."""
        loss, pairs = self(batch)
        return (loss / pairs.clamp(min=1)).item()

    def shared_loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss with negatives that a group of sequences shares.

        Each of the k shared negatives of a center counts ``negatives * pairs / k``, `pairs` being
        the center's number of positives: in expectation the same as `negatives` a pair. Negatives
        that occur in the center's own sequence do not count.
        """
        settings, sequences, negatives = self.settings, batch.sequences, batch.negatives
        n, length = sequences.shape
        groups, k = negatives.shape
        center = self.center.rows(sequences)
        context = self.context.rows(sequences) if settings.two_tables else center
        negative = self.context.rows(negatives)
        within = torch.bmm(center, context.transpose(1, 2))
        against = torch.bmm(center.view(groups, -1, settings.dim), negative.transpose(1, 2))
        if self.bias is not None:
            bias = self.bias.rows(sequences)
            negative_bias = self.bias.rows(negatives).transpose(1, 2)
            offset = self.offset.rows(negatives.new_zeros(1))
            within = within + bias + bias.transpose(1, 2) + offset
            against = against + bias.view(groups, -1, 1) + negative_bias + offset
        positive = batch.positive
        pairs = positive.sum(2)
        same = sequences.view(groups, -1, length, 1) == negatives[:, None, None, :]
        collides = same.any(2)[:, :, None, :]
        attracted = (positive * self.attract(within, batch.labels)).sum()
        repelled = self.repel(against.view(groups, -1, length, k), collides).sum(3)
        loss = attracted + settings.negatives / k * (pairs * repelled.view(n, length)).sum()
        if self.pulls_batch_rows:
            norms = center.square().sum(2) + context.square().sum(2)
            loss = loss + settings.l2 * (pairs * norms).sum()
        return loss, pairs.sum()

    def pair_loss(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss with negatives drawn for every pair on its own (the study)."""
        u, v, labels = self.positives(batch)
        others = torch.cat([v[:, None], batch.negatives], 1)
        center, rows = self.center.rows(u), self.context.rows(others)
        scores = torch.einsum("pd,pkd->pk", center, rows)
        if self.bias is not None:
            offset = self.offset.rows(batch.negatives.new_zeros(1))
            scores = scores + self.bias.rows(u) + self.bias.rows(others).squeeze(2) + offset
        collides = batch.negatives == v[:, None]
        loss = self.attract(scores[:, 0], labels).sum() + self.repel(scores[:, 1:], collides).sum()
        if self.pulls_batch_rows:
            loss = loss + self.settings.l2 * (center.square().sum() + rows[:, 0].square().sum())
        return loss, torch.tensor(len(u), device=u.device)

    def positives(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Return centers, contexts and, where the loss needs them, labels of all positive pairs,
        in the order of the batch's negatives; shape (n_pairs,) each."""
        sequence, first, second = batch.positive.nonzero(as_tuple=True)
        u, v = batch.sequences[sequence, first], batch.sequences[sequence, second]
        return u, v, None if batch.labels is None else batch.labels[sequence, 0, 0]

    def attract(self, scores: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        """Loss of positive pairs."""
        if self.settings.loss == "mse":
            return (scores - labels).square()
        return softplus(-self.limited(scores))

    def repel(self, scores: torch.Tensor, collides: torch.Tensor) -> torch.Tensor:
        """Loss of negative pairs; nothing where one `collides` with a positive."""
        if self.settings.loss == "mse":
            return scores.masked_fill(collides, 0).square()
        return softplus(self.limited(scores).masked_fill(collides, -torch.inf))

    def limited(self, scores: torch.Tensor) -> torch.Tensor:
        """Cut the scores at the limit, if there is one; beyond it nothing is learned."""
        limit = self.settings.score_limit
        return scores.clamp(-limit, limit) if limit else scores
