"""Center vectors made of a product's own vector and the vectors of its fields."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
from numba import get_num_threads
from torch import nn

from core.models.embedding.fields import Encoded
from core.models.embedding.gradients.field_kernels import (
    add_to_values,
    compose_rows,
    number_values,
    split_gradients,
    weigh_parts,
)
from core.models.embedding.gradients.row_kernels import chain
from core.models.embedding.net import Table
from core.models.embedding.settings import SideInfoSettings

BLOCK = 1 << 15
# Products that one thread works on at a time, and numbers of every vector.
PART, HALF = 1280, 64


class Part(NamedTuple):
    """Some products of a batch and what their rows are made of; see `weigh_parts`."""

    first: int
    ids: np.ndarray
    weights: np.ndarray
    text_at: np.ndarray
    texts: np.ndarray
    about: np.ndarray


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
            return Table(initial, settings.optimiser, settings.field_rate)

        self.values, self.topics = small(n_values), small(encoded.text.shape[1])
        self.shared = self.personal = None
        if settings.fields == "attention":
            self.shared = Table(np.zeros((1, n_columns), np.float32), settings.optimiser)
            self.personal = Table(np.zeros((n_products, n_columns), np.float32), settings.optimiser)
        self.id_dropout = settings.id_dropout
        self.seed = int(rng.integers(2**62))
        self.register_buffer("slots", torch.from_numpy(encoded.slots))
        self.register_buffer("text", torch.from_numpy(encoded.text))
        self.register_buffer("text_row", torch.from_numpy(encoded.text_row))
        self.register_buffer("trained", torch.from_numpy(trained))
        # The rows of all products, as they were when it was last filled.
        self.register_buffer("weight", torch.zeros(n_products, dim))
        self.touched: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.place = np.full(n_values, -1, np.int32)
        self.arrays: dict[str, np.ndarray] = {}

    @cached_property
    def generator(self) -> torch.Generator:
        """What draws the vectors to leave out, where the table lies when it is first used."""
        return torch.Generator(self.weight.device).manual_seed(self.seed)

    @property
    def slot(self) -> np.ndarray:
        """As of `Table`."""
        return self.own.slot

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows `ids`, shape (*ids.shape, dim); padding (-1) gives some row."""
        ids = ids.clamp(min=0)
        if ids.device.type == "cpu":
            distinct, place = torch.unique(ids, return_inverse=True)
            return self.compose(distinct, self.draw_left_out(len(distinct)))[place]
        # Which are distinct, a GPU would have to be waited for to say.
        every = ids.reshape(-1)
        return self.compose(every, self.draw_left_out(len(self.weight))[every]).view(*ids.shape, -1)

    def draw_left_out(self, n: int) -> torch.Tensor:
        """Draw which of `n` products do without their own vector, bool; none outside training."""
        device = self.weight.device
        if not (self.id_dropout and torch.is_grad_enabled()):
            return torch.zeros(n, dtype=torch.bool, device=device)
        return torch.rand(n, generator=self.generator, device=device) < self.id_dropout

    @torch.no_grad()
    def ready(self, ids: torch.Tensor, spread: Callable = map) -> tuple[np.ndarray, np.ndarray]:
        """Compose the rows `ids`; return them, and where each of `ids` stands among them.

        `pass_back` belongs to it. `spread` is like `map`; it may run the calls on several threads.
        """
        self.chains = chain(ids.reshape(-1).numpy(), self.slot)
        distinct = self.chains.distinct
        with torch.enable_grad():
            left_out = self.draw_left_out(len(distinct))
        # One row at least, for padding.
        rows = self.array("rows", max(1, len(distinct)), self.weight.shape[1])
        self.parts = self.compose_by_kernel(distinct, left_out.numpy(), rows, spread)
        return rows, self.chains.slots.reshape(ids.shape)

    def expect(self, ids: np.ndarray) -> None:
        """The gradients come for what the rows are made of; see `pass_back`."""

    @torch.no_grad()
    def pass_back(self, spread: Callable = map) -> None:
        """Hand the gradients in `touched` on to the tables that the rows were made of."""
        ((_, gradients),) = self.touched
        self.touched.clear()
        gradients = gradients.numpy()
        ids, last, following = self.chains[:3]
        dim, n_columns = gradients.shape[1], self.slots.shape[1] + 2
        n_logits = n_columns if self.shared is not None else 0
        total, to_own = self.array("total", len(ids), dim), self.array("to_own", len(ids), dim)
        to_logits = self.array("to_logits", len(ids) if n_logits else 0, n_logits)
        own_ids = np.empty_like(ids)
        slots, own, values = map(numpy_of, (self.slots, self.own, self.values))

        def split(part: Part) -> torch.Tensor:
            rows = slice(part.first, part.first + len(part.ids))
            to_about = self.array(f"to_about-{part.first}", *part.about.shape)
            split_gradients(
                part.ids, part.weights, slots, part.text_at, part.about, own, values,
                gradients, last[rows], following,
                total[rows], own_ids[rows], to_own[rows], to_about, to_logits[rows],
            )  # fmt: skip
            return torch.from_numpy(part.texts).T @ torch.from_numpy(to_about)

        to_topics = sum(spread(split, self.parts))
        used = np.empty(len(self.place), np.int32)
        used = used[: number_values(ids, slots, self.place, used)]
        to_values = self.array("to_values", len(used), dim)
        weights = np.concatenate([part.weights for part in self.parts])

        def add(begin: int) -> None:
            end = min(begin + HALF, dim)
            add_to_values(ids, weights, slots, self.place, total, to_values, begin, end)

        touched = [(self.own, own_ids, to_own), (self.values, used, to_values)]
        if self.shared is not None:
            touched.append((self.personal, ids, to_logits))
        tasks = [partial(add, begin) for begin in range(0, dim, HALF)]
        tasks += [partial(table.expect, rows) for table, rows, _ in touched]
        list(spread(lambda task: task(), tasks))
        self.place[used] = -1
        if self.shared is not None:
            one = np.zeros(1, np.int32), to_logits.sum(0, keepdims=True)
            touched.append((self.shared, *one))
        for table, rows, sums in touched:
            table.touched.append((torch.from_numpy(rows), torch.from_numpy(sums)))
        every = torch.arange(len(to_topics), dtype=torch.int32)
        self.topics.touched.append((every, to_topics))

    @torch.no_grad()
    def fill(self) -> None:
        """Put the rows of all products into `weight`, zeros where there is nothing to make one."""
        every = np.arange(len(self.weight), dtype=np.int32)
        if self.weight.device.type == "cpu":
            with ThreadPoolExecutor(get_num_threads()) as pool:
                for ids in np.split(every, range(BLOCK, len(every), BLOCK)):
                    rows = self.weight.numpy()[ids[0] : ids[-1] + 1]
                    self.compose_by_kernel(ids, np.zeros(len(ids), bool), rows, pool.map)
        else:
            for ids in torch.from_numpy(every).to(self.weight.device).split(BLOCK):
                self.weight[ids] = self.compose(ids, self.draw_left_out(len(ids)))

    def compose_by_kernel(
        self, ids: np.ndarray, left_out: np.ndarray, rows: np.ndarray, spread: Callable
    ) -> list[Part]:
        """Put the rows of the distinct products `ids` into `rows`, as `compose` makes them."""
        nothing = np.empty((0, 0), np.float32)
        shared, personal = (
            nothing if table is None else numpy_of(table) for table in (self.shared, self.personal)
        )
        slots, text, text_row = map(numpy_of, (self.slots, self.text, self.text_row))
        trained = numpy_of(self.trained)
        own, values, topics = numpy_of(self.own), numpy_of(self.values), self.topics.weight.detach()

        def compose(first: int) -> Part:
            some = ids[first : first + PART]
            weights = self.array(f"weights-{first}", len(some), slots.shape[1] + 2)
            texts = self.array(f"texts-{first}", len(some), text.shape[1])
            text_at = np.empty(len(some), np.int32)
            n_texts = weigh_parts(
                some, left_out[first : first + PART], trained, slots, text_row, text,
                shared, personal, weights, text_at, texts,
            )  # fmt: skip
            texts = texts[:n_texts]
            about = self.array(f"about-{first}", n_texts, own.shape[1])
            torch.mm(torch.from_numpy(texts), topics, out=torch.from_numpy(about))
            compose_rows(
                some, weights, slots, text_at, about, own, values, rows[first : first + PART]
            )
            return Part(first, some, weights, text_at, texts, about)

        return list(spread(compose, range(0, len(ids), PART)))

    def array(self, name: str, n: int, width: int) -> np.ndarray:
        """Return an array to fill, in the same memory each time while that is large enough."""
        kept = self.arrays.get(name)
        if kept is None or kept.size < n * width:
            kept = self.arrays[name] = np.empty(n * width, np.float32)
        return kept[: n * width].reshape(n, width)

    def compose(self, ids: torch.Tensor, left_out: torch.Tensor) -> torch.Tensor:
        """Return the rows of the products `ids`, shape (len(ids), dim).

        Own vectors that are `left_out` (bool, shape (len(ids),)) have a weight of 0 where there
        are fields. All shapes depend on the number of products alone.
        """
        slots, text_row = self.slots[ids], self.text_row[ids]
        present, has_text = slots >= 0, text_row >= 0
        own = self.trained[ids] & ~(left_out & (present.any(1) | has_text))
        weights = self.weights(ids.int(), torch.column_stack([own, has_text, present]))
        kept = torch.where(weights[:, 0] > 0, ids, -1).int()
        made = weights[:, :1] * self.own.rows(kept)
        if len(self.text):
            every = torch.arange(self.text.shape[1], dtype=torch.int32, device=ids.device)
            about = self.text[text_row.clamp(min=0)] @ self.topics.rows(every)
            made = made + weights[:, 1:2] * about
        if len(self.values.weight):
            made = made + torch.einsum("nc,ncd->nd", weights[:, 2:], self.values.rows(slots))
        return made

    def weights(self, ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return the weights of own vector, text and fields, 0 where absent, (len(ids), k)."""
        if self.shared is None:
            return present / present.sum(1, keepdim=True).clamp(min=1)
        learned = self.shared.rows(torch.zeros_like(ids)) + self.personal.rows(ids)
        # Not -inf: a product without anything would get NaN.
        return learned.masked_fill(~present, -1e9).softmax(1) * present


def numpy_of(tensor: torch.Tensor | Table) -> np.ndarray:
    """Return a tensor or the rows of a table as an array of the same memory."""
    return (tensor.weight if isinstance(tensor, Table) else tensor).detach().numpy()
