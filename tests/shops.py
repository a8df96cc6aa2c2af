"""Small files of a made-up shop, for tests of the whole pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.config import Execution, RunConfig, SplitRequest, TrainRequest
from core.data.raw_data import RawData
from core.pipeline.preparation import prepare
from core.pipeline.train_run import plan, train
from core.runs.run_folder import Run
from core.runs.store import Store
from tests.communities import community_pairs

ONE_WORKER = Execution(workers=1, map=False)
AGAIN = Execution(workers=1, map=False, again=True)


def write_edge_list(folder: Path) -> tuple[Path, Path]:
    """Write an edge list of 200 products in 8 communities, and its product table."""
    pairs = community_pairs()
    names = np.array([f"P{i:03d}" for i in range(200)])
    edges, products = folder / "edges.csv", folder / "products.csv"
    rows = zip(names[pairs.u], names[pairs.v], pairs.weight)
    edges.write_text("source,target,weight\n" + "".join(f"{a},{b},{w}\n" for a, b, w in rows))
    table = "".join(f"P{i:03d},Gadget {i} of group {i // 25},Brand {i % 7}\n" for i in range(200))
    products.write_text("id,title,brand\n" + table)
    return edges, products


def prepared_shop(folder: Path) -> Store:
    """Return a store in `folder` that holds them, prepared, as the data set ``shop``."""
    edges, products = write_edge_list(folder)
    store = Store(folder / "artifacts")
    prepare(store, SplitRequest(dataset="shop"), RawData(edges, products))
    return store


def planned(store: Store, model: str, **options: Any) -> RunConfig:
    """Return the config of a run on ``shop``; `options` are other fields of `TrainRequest`."""
    return plan(store, TrainRequest(dataset="shop", model=model, **options))


def trained(store: Store, model: str, *, again: bool = False, **options: Any) -> Run:
    """Train a model on ``shop`` by one thread, without a map; see `planned` for `options`."""
    return train(store, planned(store, model, **options), AGAIN if again else ONE_WORKER)
