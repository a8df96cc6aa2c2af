"""Training past one process, by torchrun, and how it goes on past one machine.

    torchrun --nproc-per-node 2 -m core train demo skipgram

What runs here: *local steps, then a meeting*. Every process holds all tables, walks from its
share of the start products and trains on those walks alone. `MEETINGS` times an epoch all
processes meet: each row of a table becomes what it was at the last meeting plus the mean of the
moves that processes have made with it, those that never touched it not counted. So a rare row
that one process met keeps its whole move, and a common one gets the mean of several noisy ones
(plain averaging would shrink rare rows' moves by the number of processes). The sums of Adagrad
are merged alike. Between meetings nobody waits for anybody.

Why not a sparse all-reduce after each batch: a batch of 512 walks touches some 10,000 rows of 512
bytes and takes 10 ms, so it would send and receive half a gigabyte a second, in 100 rounds of
waiting; the meetings send each table `MEETINGS` times an epoch instead, 7 GB at Electronics size
(418,749 products, two tables) for an epoch of more than a minute on two cores. The step of a batch
stays the one that the single process takes, compiled kernels included. It costs memory: a second
copy of the tables, to know what has moved. The engine is torch.distributed: gloo on the CPU, NCCL
on CUDA; machines are added by torchrun's own ``--nnodes`` and ``--rdzv-endpoint``, the prepared
data being where each of them can read it.

Past one machine's memory, in the order in which it gets tight:

1. *Walks.* They are made from start products: processes need no word of each other. With its
   alias slots the graph takes 40 bytes a pair, 0.7 GB at Books size, so every machine can hold a
   copy up to half a billion pairs. Above, cut it by communities (METIS; DistDGL comes with this)
   and hand a walk that leaves its part over to the process that has the next one.
2. *Tables.* 1 KB a product (two tables, 128 float32) and as much again for the copy: 4 GB at
   Books size, 100 GB for 50 M products. Above, shard the rows: `torchrec`'s row-wise sharding of
   an `EmbeddingBagCollection` (each process owns a range of rows; a batch's rows travel by
   all-to-all), with its fused row-wise Adagrad, the optimiser used here. Walks and window pairs
   stay as they are, only `Table.rows` and the optimiser's step change. Where machines differ in
   speed, a parameter server (`torch.distributed.rpc`) holds the rows instead; its updates come
   late, which Adagrad on sparse rows bears (Dean et al., "Large scale distributed deep networks",
   2012).
3. *Evaluation and neighbours.* Candidates are cut by rows, each process keeps its best k or
   counts what scores above the target, and the lists or counts are merged: exact.
"""

from __future__ import annotations

import atexit
import importlib
import os

import numpy as np
import torch
import torch.distributed as dist

from core.config import UserError
from core.models.embedding.optimisers import RowAdagrad
from core.models.embedding.settings import EmbeddingSettings

MEETINGS = 16


class Team:
    """The processes that torchrun started, as one of them sees it.

    Attributes
    ----------
    rank, size : int
    """

    def __init__(self) -> None:
        if not dist.is_initialized():
            # Its functions have the group that there is as a default: imported later (the
            # optimisers do), they would hold on to ours.
            importlib.import_module("torch.distributed.nn.functional")
            if torch.cuda.is_available():
                torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
            # Gloo's threads must end before the interpreter does: one that then gives a tensor back
            # aborts the process. They end with the group.
            atexit.register(dist.destroy_process_group)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()

    @classmethod
    def of_this_process(cls, settings: EmbeddingSettings) -> Team | None:
        """Return the team, None for a process of its own.

        Raises
        ------
        UserError
            If the settings name another optimiser than `row-adagrad`.
        """
        if "TORCHELASTIC_RUN_ID" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
            return None
        if settings.optimiser != "row-adagrad":
            raise UserError(
                f"Several processes train with the optimiser row-adagrad, not "
                f"{settings.optimiser}: add --set optimiser=row-adagrad, or leave torchrun out."
            )
        return cls()

    def share(self, things: np.ndarray) -> np.ndarray:
        """Return this process's share of `things`: each of them is in just one."""
        return things[self.rank :: self.size]

    def seed(self, seed: int) -> int:
        """Return a seed of this process's own, the same every time."""
        return int(np.random.SeedSequence([seed, self.rank]).generate_state(1)[0])

    def begin(self, optimiser: RowAdagrad, n_batches: int) -> set[int]:
        """Remember where all start from (the first process's tables).

        Returns
        -------
        set of int
            The batches of an epoch after which to meet, counted from 1: as many in each process.
        """
        self.tables = [
            (table.weight.data, optimiser.state[table.weight]["squares"])
            for table in optimiser.tables
        ]
        for weight, _ in self.tables:
            dist.broadcast(weight, 0)
        self.before = [(weight.clone(), squares.clone()) for weight, squares in self.tables]
        fewest = torch.tensor(n_batches, device=self.tables[0][0].device)
        dist.all_reduce(fewest, dist.ReduceOp.MIN)
        n_meetings = min(MEETINGS, int(fewest))
        return set(np.linspace(0, n_batches, n_meetings + 1)[1:].round().astype(int).tolist())

    @torch.no_grad()
    def meet(self) -> None:
        """Merge what all processes have learned since the last meeting."""
        for (weight, squares), (old_weight, old_squares) in zip(self.tables, self.before):
            # Adagrad's sum of a row grows with each of its steps.
            movers = (squares != old_squares).float()
            dist.all_reduce(movers)
            movers.clamp_(min=1)
            for now, old in ((weight, old_weight), (squares, old_squares)):
                now -= old
                dist.all_reduce(now)
                now /= movers[:, None] if now.ndim == 2 else movers
                now += old
                old.copy_(now)
