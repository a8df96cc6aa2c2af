"""Gradients of the loss with shared negatives, written out: what autograd finds, but faster.

Autograd on the same loss takes about twice the time: it makes new arrays for everything, passes
over the scores once for each mask, weight and sum, and waits for all threads after each operator.
Here threads take parts of the batch, everything stands in arrays that are used again, and one
compiled pass turns the scores into their gradients. `EmbeddingNet.shared_loss` is the definition;
the tests hold the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from core.models.batches import Batch
from core.models.kernels import gather_rows, weigh_derivatives
from core.models.net import EmbeddingNet, Table
from core.models.pair_form import PairForm

# Positions in a part of a batch: what one thread works on at a time, small enough for its cache.
PART = 2560


def written_out(net: EmbeddingNet, spread: Callable = map, workers: int = 1) -> Callable | None:
    """Return what finds the gradients of a batch on the CPU without autograd.

    None if nobody has written them out for the settings of `net`.
    """
    settings, by_rows = net.settings, net.context.by_rows
    if settings.sampling == "pair" and (by_rows or isinstance(net.center, Table)):
        return PairForm(net, spread, workers)
    if settings.sampling == "pair" or settings.optimiser != "row-adagrad" or settings.score_limit:
        return None
    return ClosedForm(net, spread)


class ClosedForm:
    """Leaves the row gradients of a batch in the tables of `net`, like a backward pass.

    Parameters
    ----------
    net : EmbeddingNet
        On the CPU, with shared negatives and row-wise updates.
    spread : callable
        Like `map`; may run the calls on several threads.
    """

    def __init__(self, net: EmbeddingNet, spread: Callable = map):
        self.net, self.spread = net, spread
        self.arrays: dict[tuple, torch.Tensor] = {}

    def array(self, name: str, *shape: int) -> torch.Tensor:
        """Return an array to fill, the same memory each time."""
        key = (name, *shape)
        if key not in self.arrays:
            self.arrays[key] = torch.empty(shape)
        return self.arrays[key]

    @torch.no_grad()
    def __call__(self, batch: Batch) -> None:
        settings = self.net.settings
        n, length = batch.sequences.shape
        n_groups, k = batch.negatives.shape
        positions, drawn, dim = n * length, n_groups * k, settings.dim
        # Gradients stand in the order of the ids: all positions, then all negatives.
        if settings.two_tables:
            to_center = self.array("to_center", positions, dim)
            to_context = self.array("to_context", positions + drawn, dim)
        else:
            to_center = to_context = self.array("to_center", positions + drawn, dim)
        to_bias = self.array("to_bias", positions + drawn, 1) if settings.bias else None
        group = n // n_groups
        step = max(1, round(PART / (length * group)))
        firsts = range(0, n_groups, step)

        def part(first: int) -> float:
            last = min(first + step, n_groups)
            groups, rows = slice(first, last), slice(first * group, last * group)
            own = slice(first * group * length, last * group * length)
            other = slice(positions + first * k, positions + last * k)
            return self.part(
                Batch(
                    batch.sequences[rows],
                    None if batch.labels is None else batch.labels[rows],
                    batch.negatives[groups],
                    batch.band,
                ),
                f"-{first}",
                to_center[own],
                to_context[own],
                to_context[other],
                None if to_bias is None else (to_bias[own], to_bias[other]),
            )

        self.net.center.ready(batch.sequences, self.spread)
        to_offset = sum(self.spread(part, firsts))
        sequences, negatives = batch.sequences.view(-1), batch.negatives.view(-1)
        everything = torch.cat([sequences, negatives])
        if settings.two_tables:
            self.net.center.touched.append((sequences, to_center))
            self.net.context.touched.append((everything, to_context))
        else:
            self.net.center.touched.append((everything, to_center))
        self.net.center.pass_back(self.spread)
        if settings.bias:
            self.net.bias.touched.append((everything, to_bias))
            self.net.offset.touched.append(
                (torch.zeros(1, dtype=torch.int32), torch.tensor([[to_offset]]))
            )

    @torch.no_grad()  # a thread begins with gradients on
    def part(self, batch, name, to_center, to_context, to_negative, to_bias) -> float:
        """Fill the gradients of one part; return the gradient of the offset."""
        net, settings = self.net, self.net.settings
        n, length = batch.sequences.shape
        n_groups, k = batch.negatives.shape
        dim = settings.dim
        center = self.rows(net.center, batch.sequences, "center" + name)
        context = center
        if settings.two_tables:
            context = self.rows(net.context, batch.sequences, "context" + name)
        negative = self.rows(net.context, batch.negatives, "negative" + name)
        grouped = center.view(n_groups, -1, dim)
        within = self.array("within" + name, n, length, length)
        against = self.array("against" + name, n_groups, grouped.shape[1], k)
        torch.bmm(center, context.transpose(1, 2), out=within)
        torch.bmm(grouped, negative.transpose(1, 2), out=against)
        if settings.bias:
            bias = self.rows(net.bias, batch.sequences, "bias" + name)
            within += (bias + net.offset.weight).add(bias.transpose(1, 2))
            negative_bias = self.rows(net.bias, batch.negatives, "negative_bias" + name)
            against += bias.view(n_groups, -1, 1) + net.offset.weight
            against += negative_bias.transpose(1, 2)
        if batch.labels is None:
            labels = within.new_empty(0)
            torch.sigmoid_(within)
            torch.sigmoid_(against)
        else:
            labels = batch.labels.view(-1)
        pairs = self.array("pairs" + name, n, length)
        weigh_derivatives(
            within.numpy(),
            against.numpy(),
            batch.sequences.numpy(),
            batch.negatives.numpy(),
            batch.band.numpy(),
            settings.negatives / k,
            labels.numpy(),
            pairs.numpy(),
        )
        to_center, to_context = to_center.view(n, length, dim), to_context.view(n, length, dim)
        torch.bmm(within, context, out=to_center)
        to_center.view(grouped.shape).baddbmm_(against, negative)
        if settings.two_tables:
            torch.bmm(within.transpose(1, 2), center, out=to_context)
        else:
            to_center.baddbmm_(within.transpose(1, 2), center)
        torch.bmm(against.transpose(1, 2), grouped, out=to_negative.view(n_groups, k, dim))
        if settings.l2:
            pull = 2 * settings.l2 * pairs[:, :, None]
            to_center.addcmul_(pull, center)
            to_context.addcmul_(pull, context)
        if to_bias is None:
            return 0.0
        own, other = to_bias
        at_center = within.sum(2).view(-1) + against.sum(2).view(-1)
        torch.add(at_center, within.sum(1).view(-1), out=own.view(-1))
        torch.sum(against, 1, out=other.view(n_groups, k))
        return at_center.sum().item()

    def rows(self, table, ids: torch.Tensor, name: str) -> torch.Tensor:
        """Return the rows `ids` of a table, shape (*ids.shape, dim); padding gives some row."""
        rows = self.array(name, ids.numel(), table.weight.shape[1])
        gather_rows(table.weight.numpy(), ids.reshape(-1).numpy(), rows.numpy())
        return rows.view(*ids.shape, -1)
