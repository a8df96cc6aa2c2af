"""Center vectors made of a product's own vector and the vectors of its fields."""

from __future__ import annotations

import numpy as np
import torch
from numba import get_num_threads
from torch import nn

from core.models.field_kernels import compose_rows, split_gradients
from core.models.fields import Encoded
from core.models.net import Table
from core.models.side_info_settings import SideInfoSettings
from core.threads import in_chunks

BLOCK = 1 << 15


class FieldTable(nn.Module):
    """Stands in the place of the table of centers; its rows are composed when asked for.

    A row is the weighted mean of the product's own vector and of those of its present fields:
    equal weights (GES), or a softmax over numbers learned for every product (EGES: Wang et al.,
    arXiv 1803.02349, eq. 6). These numbers are the sum of one per field that all products share
    and one per product, which starts at 0: a product that was never trained on keeps the shared
    weights. Its own vector is left out, and so the vector follows from its fields alone.

    While it trains, a product's own vector is left out now and then as well (`id_dropout`), so
    that the fields learn to stand alone (DropoutNet: Volkovs, Yu and Poutanen, 2017).

    Parameters
    ----------
    own : Table
        The products' own vectors.
    encoded : Encoded
    n_values : int
        Slots of all fields.
    trained : bool array, shape (n_products,)
        Products whose own vector means something.
    settings : SideInfoSettings
    rng : numpy.random.Generator
    """

    def __init__(
        self, own: Table, encoded: Encoded, n_values: int, trained, settings: SideInfoSettings, rng
    ):
        super().__init__()
        self.own = own
        n_products, dim = own.weight.shape
        n_columns = 2 + encoded.slots.shape[1]
        scale = np.float32(settings.initial_scale / dim)

        def small(n: int) -> Table:
            initial = (rng.random((n, dim), np.float32) * 2 - 1) * scale
            return Table(initial, settings.optimiser)

        self.values, self.topics = small(n_values), small(encoded.text.shape[1])
        self.shared = self.personal = None
        if settings.fields == "attention":
            self.shared = Table(np.zeros((1, n_columns), np.float32), settings.optimiser)
            self.personal = Table(np.zeros((n_products, n_columns), np.float32), settings.optimiser)
        self.id_dropout = settings.id_dropout
        self.generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        self.register_buffer("slots", torch.from_numpy(encoded.slots))
        self.register_buffer("text", torch.from_numpy(encoded.text))
        self.register_buffer("text_row", torch.from_numpy(encoded.text_row))
        self.register_buffer("has_fields", torch.from_numpy(encoded.any))
        self.register_buffer("trained", torch.from_numpy(trained))
        # The composed rows, where the written-out gradients read them.
        self.register_buffer("weight", torch.zeros(n_products, dim))
        self.touched: list[tuple[torch.Tensor, torch.Tensor]] = []

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows `ids`, shape (*ids.shape, dim); padding (-1) gives some row."""
        distinct, place = torch.unique(ids.clamp(min=0), return_inverse=True)
        return self.compose(distinct, torch.is_grad_enabled())[place]

    @torch.no_grad()
    def ready(self, ids: torch.Tensor) -> None:
        """Compose the rows `ids` and put them into `weight`; `pass_back` belongs to it."""
        ids = ids.reshape(-1)
        self.fielded = self.has_fields[ids.clamp(min=0)] & (ids >= 0)
        bare = ids[~self.fielded].clamp(min=0)
        self.weight[bare] = self.own.weight[bare]
        distinct, self.place = torch.unique(ids[self.fielded], return_inverse=True)
        self.parts = self.compose_by_kernel(distinct.long(), training=True)

    @torch.no_grad()
    def pass_back(self) -> None:
        """Hand the gradients in `touched` on to the tables that the rows were made of."""
        positions, gradients = self.touched.pop()
        # Products without fields are their own vectors: most of them, on real data.
        self.own.touched.append((torch.where(self.fielded, -1, positions), gradients))
        ids, weights, slots, text_at, text, about = self.parts
        total = gradients.new_zeros(len(ids), gradients.shape[1])
        total.index_add_(0, self.place, gradients[self.fielded])
        to_own, to_about = torch.empty_like(total), torch.empty_like(about)
        to_logits = torch.empty_like(weights) if self.shared is not None else torch.empty(0, 0)
        n_values = len(self.values.weight)
        place = torch.full((n_values,), -1, dtype=torch.int32)
        to_values = torch.empty(min(n_values, slots.numel()), total.shape[1])
        tensors = (
            ids, weights, slots, text_at, about,
            self.own.weight, self.values.weight, self.weight,
            total, to_own, to_about, to_logits, to_values, place,
        )  # fmt: skip
        n_distinct = split_gradients(*(tensor.numpy() for tensor in tensors))
        ids = ids.int()
        self.own.touched.append((torch.where(weights[:, 0] > 0, ids, -1), to_own))
        (used,) = (place >= 0).nonzero(as_tuple=True)
        self.values.touched.append((used.int(), to_values[:n_distinct][place[used]]))
        every = torch.arange(text.shape[1], dtype=torch.int32)
        self.topics.touched.append((every, text.T @ to_about))
        if self.shared is not None:
            self.shared.touched.append((ids.new_zeros(1), to_logits.sum(0, keepdim=True)))
            self.personal.touched.append((ids, to_logits))

    @torch.no_grad()
    def fill(self) -> None:
        """Put the rows of all products into `weight`, zeros where there is nothing to make one."""
        torch.mul(self.own.weight, self.trained[:, None], out=self.weight)
        for ids in self.has_fields.nonzero()[:, 0].split(BLOCK):
            if self.weight.device.type == "cpu":
                self.compose_by_kernel(ids, training=False)
            else:
                self.weight[ids] = self.compose(ids, training=False)

    def compose_by_kernel(self, ids: torch.Tensor, training: bool) -> tuple[torch.Tensor, ...]:
        """Put the rows of the distinct products `ids` into `weight`, as `compose` makes them.

        Returns
        -------
        tuple
            What `pass_back` needs: `ids`, their weights, slots and rows in the next two (-1 where
            absent); the rows of text that occur, and these times the topics' vectors.
        """
        weights, slots, text_row = self.parts_of(ids, training)
        has_text = text_row >= 0
        text_at = torch.where(has_text, has_text.cumsum(0) - 1, -1).int()
        text = self.text[text_row[has_text]]
        about = text @ self.topics.weight
        tensors = ids, weights, slots, text_at, about, self.own.weight, self.values.weight
        arrays = [tensor.detach().numpy() for tensor in (*tensors, self.weight)]
        in_chunks(
            lambda first, last: compose_rows(*arrays, first, last),
            len(ids),
            max(1, -(-len(ids) // get_num_threads())),
            get_num_threads(),
        )
        return ids, weights, slots, text_at, text, about

    def compose(self, ids: torch.Tensor, training: bool) -> torch.Tensor:
        """Return the rows of the distinct products `ids`, shape (len(ids), dim)."""
        weights, slots, text_row = self.parts_of(ids, training)
        kept = torch.where(weights[:, 0] > 0, ids, -1).int()
        made = weights[:, :1] * self.own.rows(kept)
        (at,) = (text_row >= 0).nonzero(as_tuple=True)
        every = torch.arange(self.text.shape[1], dtype=torch.int32, device=ids.device)
        about = self.text[text_row[at]] @ self.topics.rows(every)
        made = made.index_add(0, at, weights[at, 1:2] * about)
        at, column = (slots >= 0).nonzero(as_tuple=True)
        values = self.values.rows(slots[at, column])
        return made.index_add(0, at, weights[at, column + 2, None] * values)

    def parts_of(self, ids: torch.Tensor, training: bool) -> tuple[torch.Tensor, ...]:
        """Return the weights, the slots and the row of the text of the products `ids`.

        In training, some own vectors are left out: their weight is 0.
        """
        slots, text_row = self.slots[ids], self.text_row[ids]
        present, has_text = slots >= 0, text_row >= 0
        own = self.trained[ids]
        if training and self.id_dropout:
            chance = torch.rand(len(ids), generator=self.generator).to(own.device)
            own &= ~((chance < self.id_dropout) & (present.any(1) | has_text))
        weights = self.weights(ids.int(), torch.column_stack([own, has_text, present]))
        return weights, slots, text_row

    def weights(self, ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return the weights of own vector, text and fields, 0 where absent, (len(ids), k)."""
        if self.shared is None:
            return present / present.sum(1, keepdim=True).clamp(min=1)
        learned = self.shared.rows(torch.zeros_like(ids)) + self.personal.rows(ids)
        # Not -inf: a product without anything would get NaN.
        return learned.masked_fill(~present, -1e9).softmax(1) * present
