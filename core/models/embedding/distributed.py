"""Training by several processes on one machine or more, started by torchrun.

    torchrun --nproc-per-node 2 -m core train demo skipgram

The method is local updates with periodic averaging. Every process holds all tables, makes walks
from its shard of the start products and trains on those walks alone. `SYNCS_PER_EPOCH` times per
epoch the processes synchronise: each row of a table becomes its value at the last synchronisation
plus the mean update over the processes that updated it. A rare row that one process updated keeps
the whole update, and a common row gets the mean of several noisy ones. (Plain averaging would
divide the updates of rare rows by the number of processes.) The sums of Adagrad are merged in the
same way. Between synchronisations no process waits for another.

Why not a sparse all-reduce after each batch: a batch of 512 walks touches some 10,000 rows of 512
bytes and takes 10 ms, so every process would send and receive half a gigabyte per second, with 100
synchronisations per second. Periodic averaging sends each table `SYNCS_PER_EPOCH` times per epoch
instead: 7 GB at Electronics size (418,749 products, two tables), for an epoch of more than a minute
on two cores. A step on a batch stays the step of a single process, compiled kernels included. The
price is memory: a second copy of the tables, from which the updates are computed. The communication
is torch.distributed: gloo on the CPU, NCCL on CUDA. Machines are added by torchrun's own
``--nnodes`` and ``--rdzv-endpoint``; all of them must be able to read the prepared data.

Beyond the memory of one machine, in the order in which it becomes scarce:

1. *Walks.* They are made from start products, independently. With its alias tables the graph takes
   40 bytes per pair, 0.7 GB at Books size, so every machine can hold a copy up to half a billion
   pairs. Above that, partition it by communities (METIS; DistDGL comes with this), and let a walk
   that leaves its partition continue in the process that has the next one.
2. *Tables.* 1 KB per product (two tables, 128 float32) and as much again for the copy: 4 GB at
   Books size, 100 GB for 50 M products. Above that, shard the rows: `torchrec`'s row-wise sharding
   of an `EmbeddingBagCollection` (each process owns a range of rows; the rows of a batch travel by
   all-to-all), with its fused row-wise Adagrad, the optimiser used here. Walks and window pairs
   stay as they are; only `Table.rows` and the optimiser's step change. If machines differ in
   speed, a parameter server (`torch.distributed.rpc`) holds the rows instead. Its updates arrive
   late, which Adagrad on sparse rows tolerates (Dean et al., "Large scale distributed deep
   networks", 2012).
3. *Evaluation and neighbours.* Candidates are partitioned by rows. Each process keeps its best k,
   or counts the scores above the target, and the lists or counts are merged: exact.
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

SYNCS_PER_EPOCH = 16


class ProcessGroup:
    """The processes that torchrun started, from the point of view of this one.

    Attributes
    ----------
    rank, size : int
    """

    def __init__(self) -> None:
        if not dist.is_initialized():
            # The default arguments of this module's functions hold the group that exists at its
            # import. Imported later (the optimisers import it), they would keep ours alive.
            importlib.import_module("torch.distributed.nn.functional")
            if torch.cuda.is_available():
                torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
            dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
            # A thread of gloo that releases a tensor after the interpreter has ended aborts the
            # process. Its threads end with the group.
            atexit.register(dist.destroy_process_group)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()

    @classmethod
    def of_torchrun(cls, settings: EmbeddingSettings) -> ProcessGroup | None:
        """Return the group of this process; None if it is alone.

        Raises
        ------
        UserError
            If the optimiser is not `row-adagrad`.
        """
        if "TORCHELASTIC_RUN_ID" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
            return None
        if settings.optimiser != "row-adagrad":
            raise UserError(
                f"Training by several processes needs the optimiser row-adagrad, not "
                f"{settings.optimiser}: add --set optimiser=row-adagrad, or do not use torchrun."
            )
        return cls()

    def shard(self, items: np.ndarray) -> np.ndarray:
        """Return this process's shard of `items`; every item is in exactly one."""
        return items[self.rank :: self.size]

    def seed(self, seed: int) -> int:
        """Return the seed of this process, which follows from `seed` and its rank."""
        return int(np.random.SeedSequence([seed, self.rank]).generate_state(1)[0])

    def start(self, optimiser: torch.optim.Optimizer, n_batches: int) -> set[int]:
        """Give all processes the tables of the first one, and store a copy.

        Returns
        -------
        set of int
            The batches of an epoch after which to synchronise, counted from 1. There are equally
            many in every process.
        """
        assert isinstance(optimiser, RowAdagrad)
        self.tables = [
            (table.weight.data, optimiser.state[table.weight]["squares"])
            for table in optimiser.tables
        ]
        for weight, _ in self.tables:
            dist.broadcast(weight, 0)
        self.before = [(weight.clone(), squares.clone()) for weight, squares in self.tables]
        fewest = torch.tensor(n_batches, device=self.tables[0][0].device)
        dist.all_reduce(fewest, dist.ReduceOp.MIN)
        n_syncs = min(SYNCS_PER_EPOCH, int(fewest))
        return set(np.linspace(0, n_batches, n_syncs + 1)[1:].round().astype(int).tolist())

    @torch.no_grad()
    def synchronise(self) -> None:
        """Merge the updates that all processes have made since the last synchronisation."""
        for (weight, squares), (old_weight, old_squares) in zip(self.tables, self.before):
            # A process has updated a row if and only if Adagrad's sum of the row has grown.
            updaters = (squares != old_squares).float()
            dist.all_reduce(updaters)
            updaters.clamp_(min=1)
            for current, old in ((weight, old_weight), (squares, old_squares)):
                current -= old
                dist.all_reduce(current)
                current /= updaters[:, None] if current.ndim == 2 else updaters
                current += old
                old.copy_(current)
