"""Small files of a made-up shop, for tests of the whole way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.prepare import prepare
from core.runs.store import Store
from tests.communities import community_pairs


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
    prepare(store, "shop", file=edges, products=products)
    return store
