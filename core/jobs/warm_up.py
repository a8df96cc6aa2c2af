"""`python -m core.jobs.warm_up`: compile what training the baseline needs, into numba's cache.

In a fresh checkout that takes as long as reading the demo, which another core does meanwhile.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from core.config import Execution, SplitRequest, TrainRequest
from core.data.raw_data import RawData
from core.jobs.process import start_python
from core.models.registry import baseline
from core.pipeline.preparation import prepare
from core.pipeline.train_run import plan, train
from core.runs.store import Store

# Enough for a split, for hard negatives and for ranking.
N_PRODUCTS, N_PAIRS = 100, 1000


def start_warm_up() -> None:
    """Compile in a separate process, which ends by itself; its output is discarded."""
    start_python(["core.jobs.warm_up"], Path(os.devnull), subprocess.DEVNULL)


def warm_up() -> None:
    """Train the baseline on a few random pairs."""
    pairs = np.random.default_rng(0).integers(N_PRODUCTS, size=(N_PAIRS, 2))
    edges = pd.DataFrame(pairs[pairs[:, 0] != pairs[:, 1]], columns=["source", "target"])
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        prepare(store, SplitRequest(dataset="random"), RawData(edges))
        request = TrainRequest(dataset="random", model=baseline())
        train(store, plan(store, request), Execution(map=False))


if __name__ == "__main__":
    os.nice(1)  # after the command that waits for it
    warm_up()
