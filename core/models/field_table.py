"""Center vectors made of a product's own vector and the vectors of its fields."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.models.fields import Encoded
from core.models.net import Table
from core.models.side_info_settings import SideInfoSettings

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

    def ready(self, ids: torch.Tensor) -> None:
        """Compose the rows `ids` and put them into `weight`; `pass_back` belongs to it."""
        ids = ids.reshape(-1)
        self.fielded = self.has_fields[ids.clamp(min=0)] & (ids >= 0)
        bare = ids[~self.fielded].clamp(min=0)
        self.weight[bare] = self.own.weight[bare]
        distinct, self.place = torch.unique(ids[self.fielded], return_inverse=True)
        with torch.enable_grad():
            self.made = self.compose(distinct, training=True)
        self.weight[distinct] = self.made.detach()

    def pass_back(self) -> None:
        """Hand the gradients in `touched` on to the tables that the rows were made of."""
        ids, gradients = self.touched.pop()
        total = torch.zeros_like(self.made)
        self.made.backward(total.index_add_(0, self.place, gradients[self.fielded]))
        # Products without fields are their own vectors: most of them, on real data.
        self.own.touched.append((torch.where(self.fielded, -1, ids), gradients))

    @torch.no_grad()
    def fill(self) -> None:
        """Put the rows of all products into `weight`, zeros where there is nothing to make one."""
        torch.mul(self.own.weight, self.trained[:, None], out=self.weight)
        for ids in self.has_fields.nonzero()[:, 0].split(BLOCK):
            self.weight[ids] = self.compose(ids, training=False)

    def compose(self, ids: torch.Tensor, training: bool) -> torch.Tensor:
        """Return the rows of the distinct products `ids`, shape (len(ids), dim)."""
        slots, text_row = self.slots[ids], self.text_row[ids]
        present, has_text = slots >= 0, text_row >= 0
        own = self.trained[ids]
        if training and self.id_dropout:
            chance = torch.rand(len(ids), generator=self.generator).to(own.device)
            own &= ~((chance < self.id_dropout) & (present.any(1) | has_text))
        weights = self.weights(ids.int(), torch.column_stack([own, has_text, present]))
        made = weights[:, :1] * self.own.rows(torch.where(own, ids, -1).int())
        (at,) = has_text.nonzero(as_tuple=True)
        every = torch.arange(self.text.shape[1], dtype=torch.int32, device=ids.device)
        about = self.text[text_row[at]] @ self.topics.rows(every)
        made = made.index_add(0, at, weights[at, 1:2] * about)
        at, column = present.nonzero(as_tuple=True)
        values = self.values.rows(slots[at, column])
        return made.index_add(0, at, weights[at, column + 2, None] * values)

    def weights(self, ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return the weights of own vector, text and fields, 0 where absent, (len(ids), k)."""
        if self.shared is None:
            return present / present.sum(1, keepdim=True).clamp(min=1)
        learned = self.shared.rows(torch.zeros_like(ids)) + self.personal.rows(ids)
        # Not -inf: a product without anything would get NaN.
        return learned.masked_fill(~present, -1e9).softmax(1) * present
