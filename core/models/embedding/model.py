"""Embeddings trained with PyTorch: matrix factorisation and skip-gram, by one set of settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from core.config import Settings as AnySettings
from core.config import UserError
from core.graph.split import Split
from core.models.base import Monitor
from core.models.cost import Cost
from core.models.embedding.settings import EmbeddingSettings
from core.models.explanation import Explanation
from core.models.two_table_model import TwoTables
from core.parallel import use_workers
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.models.embedding.distributed import ProcessGroup
    from core.models.embedding.net import EmbeddingNet, Table


class Embedding(TwoTables):
    """One vector per product (MF) or two (skip-gram), learned from edges or from walks.

    The same seed gives the same vectors bit by bit on the CPU; with the optimiser `row-adagrad`,
    for any number of workers.

    Attributes
    ----------
    vectors_, context_ : float32 arrays, shape (n_products, dim)
        The same array if there is one table. Products without a training pair keep their initial
        vectors, unless the regularisation is on all rows.
    bias_ : float32 array, shape (n_products,), or None
    offset_ : float
        The global bias.
    """

    Settings: type[EmbeddingSettings] = EmbeddingSettings
    supports_distributed = True

    settings: EmbeddingSettings
    bias_: np.ndarray | None
    offset_: float

    def __init__(self, settings: AnySettings | None = None, *, seed: int = 42, workers: int = 1):
        super().__init__(settings, seed=seed, workers=workers)
        if not self.settings.two_tables:
            self.scorings = ("dot",)
            self.scoring = "dot"
            self.link = "identity" if self.settings.loss == "mse" else "sigmoid"
        self.rate_unit = "words" if self.settings.trained_on == "walks" else "pairs"

    def cost(self, products: int, pairs: int) -> Cost:
        s, items = self.settings, pairs
        if s.trained_on == "walks":
            items = products * s.walks_per_product * s.walk_length
        return Cost.of_vectors(products, s.dim, items * s.epochs)

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        # Imported here, so that reading a saved model does not import torch.
        import torch

        from core.models.embedding.batches import Batches
        from core.models.embedding.distributed import ProcessGroup
        from core.models.embedding.train import train

        settings = self.settings
        if len(split.train) == 0:
            raise UserError(
                "There is no training pair to learn from: prepare the data set from a file with "
                "more relations."
            )
        workers = use_workers(self.workers)
        group = ProcessGroup.of_torchrun(settings) if self.supports_distributed else None
        rng = np.random.default_rng(self.seed)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        progress.stage("walks" if settings.trained_on == "walks" else "edges")
        sequences, labels = self._sequences(split, group)
        batches = Batches(sequences, labels, settings, split.n_products, rng, device)
        net = self._new_net(split, rng).to(device)
        self._copy_weights(net)

        def measure() -> dict[str, float]:
            self._copy_weights(net)
            return monitor(self) if monitor else {}

        try:
            seconds = train(net, batches, progress, measure, workers, group)
        finally:
            self._copy_weights(net)
        items = sequences.size if settings.trained_on == "walks" else len(sequences)
        items *= group.size if group else 1
        self.rate_ = settings.epochs * items / seconds if seconds else None
        return self

    def _new_net(self, split: Split, rng: np.random.Generator) -> EmbeddingNet:
        from core.models.embedding.net import EmbeddingNet

        return EmbeddingNet(split.n_products, self.settings, rng)

    def _sequences(
        self, split: Split, group: ProcessGroup | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the training sequences and, if the loss needs them, their labels.

        Each process of a group gets a shard of them.
        """
        from core.graph.walks import WalkPlan, random_walks

        settings = self.settings
        if settings.trained_on == "walks":
            plan = WalkPlan(
                settings.walks_per_product,
                settings.walk_length,
                settings.p,
                settings.q,
                self.seed if group is None else group.seed(self.seed),
            )
            starts = None if group is None else group.shard(np.arange(split.n_products))
            sequences = random_walks(split.graph, plan, self.workers, starts)
            labels = np.ones(len(sequences), np.float32)
        else:
            no_loop = split.train.u != split.train.v
            sequences = np.column_stack([split.train.u[no_loop], split.train.v[no_loop]])
            labels = split.train.weight[no_loop]
            if group is not None:
                sequences, labels = group.shard(sequences), group.shard(labels)
        return sequences, labels if settings.loss == "mse" else None

    def _copy_weights(self, net: EmbeddingNet) -> None:
        """Set the learned attributes to the weights of `net`; on the CPU they share its memory."""

        def rows(table: Table) -> np.ndarray:
            return table.weight.detach().cpu().numpy()

        self.vectors_, self.context_ = rows(net.center), rows(net.context)
        self.bias_ = None if net.bias is None else rows(net.bias)[:, 0]
        self.offset_ = 0.0 if net.offset is None else net.offset.weight.item()
        self.clear_tables()

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        if scoring != "dot":
            return super().tables(scoring)
        if self.bias_ is None:
            return self.vectors_, self.vectors_
        ones = np.ones_like(self.bias_)
        bias = self.bias_ + np.float32(self.offset_ / 2)
        return (
            np.column_stack([self.vectors_, bias, ones]),
            np.column_stack([self.vectors_, ones, bias]),
        )

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        if self.scoring != "dot" or self.bias_ is None:
            return super().score(u, v)
        # Same scores as from the cached tables, which each measurement in training would rebuild.
        from core.models.kernels.pair_dots import pair_dots

        bias = self.bias_ + np.float32(self.offset_ / 2)
        return pair_dots(self.vectors_, self.vectors_, u, v) + bias[u] + bias[v]

    def score_one(self, query: int) -> np.ndarray:
        if self.scoring != "dot":
            return super().score_one(query)
        scores = self.vectors_ @ self.vectors_[query]
        if self.bias_ is not None:
            scores += self.bias_ + np.float32(self.bias_[query] + self.offset_)
        return scores

    def explain(self, query: int, product: int) -> Explanation | None:
        if self.scoring != "dot" or self.bias_ is None:
            return None
        dot = float(self.vectors_[query] @ self.vectors_[product])
        biases = {"chosen product's bias": query, "neighbour's bias": product}
        parts = {name: float(self.bias_[row]) for name, row in biases.items()}
        return Explanation(
            "The inner product is for the match of two products, the biases for their popularity.",
            {"": {"inner product": dot, **parts}},
        )

    def save(self, folder: Path) -> None:
        np.save(folder / "center.npy", self.vectors_, allow_pickle=False)
        if self.settings.two_tables:
            np.save(folder / "context.npy", self.context_, allow_pickle=False)
        if self.bias_ is not None:
            biases = np.append(self.bias_, np.float32(self.offset_))
            np.save(folder / "biases.npy", biases, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.vectors_ = np.load(folder / "center.npy", mmap_mode="r", allow_pickle=False)
        self.context_ = self.vectors_
        if self.settings.two_tables:
            self.context_ = np.load(folder / "context.npy", mmap_mode="r", allow_pickle=False)
        self.bias_, self.offset_ = None, 0.0
        if self.settings.bias:
            biases = np.load(folder / "biases.npy", allow_pickle=False)
            self.bias_, self.offset_ = biases[:-1], float(biases[-1])
        self.clear_tables()
        return self
