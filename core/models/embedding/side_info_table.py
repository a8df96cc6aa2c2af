"""Center vectors composed of a product's own vector and the vectors of its fields."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from core.models.embedding.fields import Encoded
from core.models.embedding.gradients.field_composition_kernels import (
    add_to_values,
    compose_rows,
    number_values,
    split_gradients,
    weigh_parts,
)
from core.models.embedding.gradients.row_kernels import chain
from core.models.embedding.net import ParallelMap, Table
from core.models.embedding.settings import SideInfoSettings

# Products per chunk when the vectors of all products are composed.
FILL_CHUNK = 1 << 15
# Size of a thread's task: products, or dimensions of their vectors.
PRODUCTS_PER_TASK, DIMENSIONS_PER_TASK = 1280, 64


class ComposedPart(NamedTuple):
    """A part of a batch's products, and the components of their vectors; see `weigh_parts`."""

    first: int
    ids: np.ndarray
    weights: np.ndarray
    text_index: np.ndarray
    texts: np.ndarray
    text_vectors: np.ndarray


class SideInfoTable(nn.Module):
    """A table of centers whose rows are composed on demand; it takes the place of a `Table`.

    A row is the weighted mean of the product's own vector and the vectors of its fields, with
    equal weights (GES) or with weights learned for every product (EGES: Wang et al., arXiv
    1803.02349, eq. 6). The latter are a softmax of logits. Each logit is the sum of a shared one
    and one of the product, which is initially 0, so a product without a training pair keeps the
    shared weights. Its own vector has weight 0: its row depends on its fields alone.

    In training, the own vector of a product is dropped at random as well (`id_dropout`), so that
    the fields learn to represent the product alone (DropoutNet: Volkovs, Yu and Poutanen, 2017).

    Parameters
    ----------
    own : Table
        The products' own vectors.
    encoded : Encoded
    n_values : int
        Number of values of all fields together.
    trained : bool array, shape (n_products,)
        True for the products whose own vector is trained.
    settings : SideInfoSettings
    rng : numpy.random.Generator
    """

    # The types of the buffers that `__init__` registers.
    weight: torch.Tensor
    slots: torch.Tensor
    text: torch.Tensor
    text_row: torch.Tensor
    trained: torch.Tensor

    def __init__(
        self,
        own: Table,
        encoded: Encoded,
        n_values: int,
        trained: np.ndarray,
        settings: SideInfoSettings,
        rng: np.random.Generator,
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
        self.shared: Table | None = None
        self.personal: Table | None = None
        if settings.fields == "attention":
            self.shared = Table(np.zeros((1, n_columns), np.float32), settings.optimiser)
            self.personal = Table(np.zeros((n_products, n_columns), np.float32), settings.optimiser)
        self.id_dropout = settings.id_dropout
        self.seed = int(rng.integers(2**62))
        self.register_buffer("slots", torch.from_numpy(encoded.slots))
        self.register_buffer("text", torch.from_numpy(encoded.text))
        self.register_buffer("text_row", torch.from_numpy(encoded.text_row))
        self.register_buffer("trained", torch.from_numpy(trained))
        # The rows of all products at the last call of `fill`.
        self.register_buffer("weight", torch.zeros(n_products, dim))
        self.touched: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.value_scratch = np.full(n_values, -1, np.int32)
        self.scratch_arrays: dict[str, np.ndarray] = {}

    @cached_property
    def generator(self) -> torch.Generator:
        """The random generator of the dropout, on the device of the table at its first use."""
        return torch.Generator(self.weight.device).manual_seed(self.seed)

    @property
    def scratch(self) -> np.ndarray:
        """Scratch space of `chain`, as that of `Table`."""
        return self.own.scratch

    def rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the rows `ids`, shape (*ids.shape, dim); padding (-1) gives any row."""
        ids = ids.clamp(min=0)
        if ids.device.type == "cpu":
            distinct, place = torch.unique(ids, return_inverse=True)
            return self.compose(distinct, self.draw_dropped(len(distinct)))[place]
        # Deduplicating on a GPU would force a host-device sync.
        flat = ids.reshape(-1)
        return self.compose(flat, self.draw_dropped(len(self.weight))[flat]).view(*ids.shape, -1)

    def draw_dropped(self, n: int) -> torch.Tensor:
        """Draw which of `n` products drop their own vector, bool; none outside training."""
        device = self.weight.device
        if not (self.id_dropout and torch.is_grad_enabled()):
            return torch.zeros(n, dtype=torch.bool, device=device)
        return torch.rand(n, generator=self.generator, device=device) < self.id_dropout

    @torch.no_grad()
    def lookup(
        self, ids: torch.Tensor, parallel_map: ParallelMap = map
    ) -> tuple[np.ndarray, np.ndarray]:
        """Compose the rows `ids`; return them and the index of each of `ids` among them.

        `backpropagate` passes the gradients of these rows on.
        """
        self.chains = chain(ids.reshape(-1).numpy(), self.scratch)
        distinct = self.chains.distinct
        with torch.enable_grad():
            dropped = self.draw_dropped(len(distinct))
        # At least one row, for padding.
        rows = self.scratch_array("rows", max(1, len(distinct)), self.weight.shape[1])
        self.parts = self.compose_compiled(distinct, dropped.numpy(), rows, parallel_map)
        return rows, self.chains.slots.reshape(ids.shape)

    def prepare_update(self, ids: np.ndarray) -> None:
        """Do nothing: `backpropagate` passes the gradients on to other tables."""

    @torch.no_grad()
    def backpropagate(self, parallel_map: ParallelMap = map) -> None:
        """Pass the gradients in `touched` on to the tables that the rows were composed of."""
        ((_, row_gradients),) = self.touched
        self.touched.clear()
        gradients = row_gradients.numpy()
        ids, last, following = self.chains[:3]
        dim, n_columns = gradients.shape[1], self.slots.shape[1] + 2
        n_logits = n_columns if self.shared is not None else 0
        total = self.scratch_array("total", len(ids), dim)
        to_own = self.scratch_array("to_own", len(ids), dim)
        to_logits = self.scratch_array("to_logits", len(ids) if n_logits else 0, n_logits)
        own_ids = np.empty_like(ids)
        slots, own, values = numpy_of(self.slots), numpy_of(self.own), numpy_of(self.values)

        def split(part: ComposedPart) -> torch.Tensor:
            rows = slice(part.first, part.first + len(part.ids))
            to_text_vectors = self.scratch_array(
                f"to_text_vectors-{part.first}", *part.text_vectors.shape
            )
            split_gradients(
                part.ids, part.weights, slots, part.text_index, part.text_vectors, own, values,
                gradients, last[rows], following,
                total[rows], own_ids[rows], to_own[rows], to_text_vectors, to_logits[rows],
            )  # fmt: skip
            return torch.from_numpy(part.texts).T @ torch.from_numpy(to_text_vectors)

        to_topics = sum(parallel_map(split, self.parts))
        used = np.empty(len(self.value_scratch), np.int32)
        used = used[: number_values(ids, slots, self.value_scratch, used)]
        to_values = self.scratch_array("to_values", len(used), dim)
        weights = np.concatenate([part.weights for part in self.parts])

        def add(begin: int) -> None:
            end = min(begin + DIMENSIONS_PER_TASK, dim)
            add_to_values(ids, weights, slots, self.value_scratch, total, to_values, begin, end)

        touched = [(self.own, own_ids, to_own), (self.values, used, to_values)]
        if self.personal is not None:
            touched.append((self.personal, ids, to_logits))
        tasks = [partial(add, begin) for begin in range(0, dim, DIMENSIONS_PER_TASK)]
        tasks += [partial(table.prepare_update, rows) for table, rows, _ in touched]
        list(parallel_map(lambda task: task(), tasks))
        self.value_scratch[used] = -1
        if self.shared is not None:
            one = np.zeros(1, np.int32), to_logits.sum(0, keepdims=True)
            touched.append((self.shared, *one))
        for table, rows, sums in touched:
            table.touched.append((torch.from_numpy(rows), torch.from_numpy(sums)))
        every = torch.arange(len(to_topics), dtype=torch.int32)
        self.topics.touched.append((every, to_topics))

    @torch.no_grad()
    def fill(self, workers: int = 1) -> None:
        """Put the rows of all products into `weight`; zeros if a product has no vector or field."""
        every = np.arange(len(self.weight), dtype=np.int32)
        if self.weight.device.type == "cpu":
            with ThreadPoolExecutor(workers) as pool:
                for ids in np.split(every, range(FILL_CHUNK, len(every), FILL_CHUNK)):
                    rows = self.weight.numpy()[ids[0] : ids[-1] + 1]
                    self.compose_compiled(ids, np.zeros(len(ids), bool), rows, pool.map)
        else:
            for ids in torch.from_numpy(every).to(self.weight.device).split(FILL_CHUNK):
                self.weight[ids] = self.compose(ids, self.draw_dropped(len(ids)))

    def compose_compiled(
        self, ids: np.ndarray, dropped: np.ndarray, rows: np.ndarray, parallel_map: ParallelMap
    ) -> list[ComposedPart]:
        """Put the rows of the distinct products `ids` into `rows`: `compose` without autograd."""
        no_logits = np.empty((0, 0), np.float32)
        shared, personal = (
            no_logits if table is None else numpy_of(table)
            for table in (self.shared, self.personal)
        )
        slots, text, text_row = map(numpy_of, (self.slots, self.text, self.text_row))
        trained = numpy_of(self.trained)
        own, values, topics = numpy_of(self.own), numpy_of(self.values), self.topics.weight.detach()

        def compose(first: int) -> ComposedPart:
            chunk = ids[first : first + PRODUCTS_PER_TASK]
            weights = self.scratch_array(f"weights-{first}", len(chunk), slots.shape[1] + 2)
            texts = self.scratch_array(f"texts-{first}", len(chunk), text.shape[1])
            text_index = np.empty(len(chunk), np.int32)
            n_texts = weigh_parts(
                chunk, dropped[first : first + PRODUCTS_PER_TASK], trained, slots, text_row, text,
                shared, personal, weights, text_index, texts,
            )  # fmt: skip
            texts = texts[:n_texts]
            text_vectors = self.scratch_array(f"text_vectors-{first}", n_texts, own.shape[1])
            torch.mm(torch.from_numpy(texts), topics, out=torch.from_numpy(text_vectors))
            compose_rows(
                chunk,
                weights,
                slots,
                text_index,
                text_vectors,
                own,
                values,
                rows[first : first + PRODUCTS_PER_TASK],
            )
            return ComposedPart(first, chunk, weights, text_index, texts, text_vectors)

        return list(parallel_map(compose, range(0, len(ids), PRODUCTS_PER_TASK)))

    def scratch_array(self, name: str, n: int, width: int) -> np.ndarray:
        """Return an uninitialised array; calls with the same name share memory if it suffices."""
        memory = self.scratch_arrays.get(name)
        if memory is None or memory.size < n * width:
            memory = self.scratch_arrays[name] = np.empty(n * width, np.float32)
        return memory[: n * width].reshape(n, width)

    def compose(self, ids: torch.Tensor, dropped: torch.Tensor) -> torch.Tensor:
        """Return the rows of the products `ids`, shape (len(ids), dim).

        Own vectors that are `dropped` (bool, shape (len(ids),)) have weight 0 if the product has
        fields. All shapes follow from the number of products.
        """
        slots, text_row = self.slots[ids], self.text_row[ids]
        present, has_text = slots >= 0, text_row >= 0
        own = self.trained[ids] & ~(dropped & (present.any(1) | has_text))
        weights = self.weights(ids.int(), torch.column_stack([own, has_text, present]))
        own_ids = torch.where(weights[:, 0] > 0, ids, -1).int()
        rows = weights[:, :1] * self.own.rows(own_ids)
        if len(self.text):
            every = torch.arange(self.text.shape[1], dtype=torch.int32, device=ids.device)
            text_vectors = self.text[text_row.clamp(min=0)] @ self.topics.rows(every)
            rows = rows + weights[:, 1:2] * text_vectors
        if len(self.values.weight):
            rows = rows + torch.einsum("nc,ncd->nd", weights[:, 2:], self.values.rows(slots))
        return rows

    def weights(self, ids: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return the weights of own vector, text and fields, 0 if absent, (len(ids), k)."""
        if self.shared is None or self.personal is None:
            return present / present.sum(1, keepdim=True).clamp(min=1)
        logits = self.shared.rows(torch.zeros_like(ids)) + self.personal.rows(ids)
        # Not -inf, which gives NaN for a product without own vector and fields.
        return logits.masked_fill(~present, -1e9).softmax(1) * present


def numpy_of(tensor: torch.Tensor | Table) -> np.ndarray:
    """Return a tensor, or the weights of a table, as an array that shares its memory."""
    return (tensor.weight if isinstance(tensor, Table) else tensor).detach().numpy()
