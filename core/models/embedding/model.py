"""Embeddings trained with PyTorch: matrix factorisation and skip-gram, one grid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from core.config import UserError
from core.graph.split import Split
from core.models.base import Cost, Monitor
from core.models.center_context import TwoTables
from core.models.embedding.settings import EmbeddingSettings
from core.parallel import use_workers
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.models.embedding.distributed import Team
    from core.models.embedding.net import EmbeddingNet


class Embedding(TwoTables):
    """One vector a product (MF) or two (skip-gram), learned from edges or from walks.

    Repeats bit by bit on the CPU; with the optimiser `row-adagrad` at any number of workers.

    Attributes
    ----------
    vectors_, context_ : float32 arrays, shape (n_products, dim)
        The same array where there is one table. Products without a training pair keep the vectors
        they started with, unless the optimiser pulls all rows to zero.
    bias_ : float32 array, shape (n_products,), or None
    offset_ : float
        Bias of all pairs.
    """

    Settings = EmbeddingSettings
    supports_distributed = True
    # Trains in one process, also where torchrun has started several.
    alone = False

    def __init__(self, settings=None, *, seed: int = 42, workers: int = 1):
        super().__init__(settings, seed=seed, workers=workers)
        if not self.settings.two_tables:
            self.scorings = ("dot",)
            self.scoring = "dot"
            self.link = "identity" if self.settings.loss == "mse" else "sigmoid"
        self.rate_unit = "words" if self.settings.trained_on == "walks" else "pairs"

    @classmethod
    def cost(cls, settings: EmbeddingSettings, products: int, pairs: int) -> Cost:
        items = pairs
        if settings.trained_on == "walks":
            items = products * settings.walks_per_product * settings.walk_length
        return Cost.of_vectors(products, settings.dim, items * settings.epochs)

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        # Imported where it trains, so that reading a saved model costs no torch.
        import torch

        from core.models.embedding.batches import Batches
        from core.models.embedding.distributed import Team
        from core.models.embedding.train import train

        settings = self.settings
        if len(split.train) == 0:
            raise UserError(
                "There is no training pair to learn from: prepare the data set from a file with "
                "more relations."
            )
        workers = use_workers(self.workers)
        team = None if self.alone else Team.of_this_process(settings)
        rng = np.random.default_rng(self.seed)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        progress.stage("walks" if settings.trained_on == "walks" else "edges")
        sequences, labels = self._sequences(split, team)
        batches = Batches(sequences, labels, settings, split.n_products, rng, device)
        net = self._new_net(split, rng).to(device)
        self._publish(net)

        def measure() -> dict[str, float]:
            self._publish(net)
            return monitor(self) if monitor else {}

        try:
            seconds = train(net, batches, settings, progress, measure, workers, team)
        finally:
            self._publish(net)
        counted = sequences.size if settings.trained_on == "walks" else len(sequences)
        counted *= team.size if team else 1
        self.rate_ = settings.epochs * counted / seconds if seconds else None
        return self

    def _new_net(self, split: Split, rng: np.random.Generator) -> EmbeddingNet:
        from core.models.embedding.net import EmbeddingNet

        return EmbeddingNet(split.n_products, self.settings, rng)

    def _sequences(self, split: Split, team: Team | None) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the training sequences and, for the loss that needs them, their labels.

        Of a team, each process gets its share.
        """
        from core.graph.walks import WalkPlan, random_walks

        settings = self.settings
        if settings.trained_on == "walks":
            plan = WalkPlan(
                settings.walks_per_product,
                settings.walk_length,
                settings.p,
                settings.q,
                self.seed if team is None else team.seed(self.seed),
            )
            starts = None if team is None else team.share(np.arange(split.n_products))
            sequences = random_walks(split.graph, plan, self.workers, starts)
            labels = np.ones(len(sequences), np.float32)
        else:
            kept = split.train.u != split.train.v
            sequences = np.column_stack([split.train.u[kept], split.train.v[kept]])
            labels = split.train.weight[kept]
            if team is not None:
                sequences, labels = team.share(sequences), team.share(labels)
        return sequences, labels if settings.loss == "mse" else None

    def _publish(self, net: EmbeddingNet) -> None:
        """Let the attributes show what `net` has learned (on the CPU without a copy)."""

        def rows(table) -> np.ndarray | None:
            return None if table is None else table.weight.detach().cpu().numpy()

        self.vectors_, self.context_ = rows(net.center), rows(net.context)
        bias, offset = rows(net.bias), rows(net.offset)
        self.bias_ = None if bias is None else bias[:, 0]
        self.offset_ = 0.0 if offset is None else float(offset[0, 0])
        self.forget_tables()

    def tables(self, scoring: str) -> tuple[np.ndarray, np.ndarray]:
        if scoring != "dot":
            return super().tables(scoring)
        if self.bias_ is None:
            return self.vectors_, self.vectors_
        ones = np.ones_like(self.bias_)
        own = self.bias_ + np.float32(self.offset_ / 2)
        return (
            np.column_stack([self.vectors_, own, ones]),
            np.column_stack([self.vectors_, ones, own]),
        )

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        if self.scoring != "dot" or self.bias_ is None:
            return super().score(u, v)
        # As the tables say, but a training asks for it too often to make them each time.
        from core.models.kernels.pair_dots import pair_dots

        own = self.bias_ + np.float32(self.offset_ / 2)
        return pair_dots(self.vectors_, self.vectors_, u, v) + own[u] + own[v]

    def score_one(self, query: int) -> np.ndarray:
        if self.scoring != "dot":
            return super().score_one(query)
        scores = self.vectors_ @ self.vectors_[query]
        if self.bias_ is not None:
            scores += self.bias_ + np.float32(self.bias_[query] + self.offset_)
        return scores

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
        self.forget_tables()
        return self
