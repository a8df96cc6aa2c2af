"""Generated product graphs: heavy-tailed degrees and communities.

    python -m tests.benchmarks.graphs electronics edges.csv

writes one as an edge list, which ``python -m core prepare NAME --file edges.csv`` reads.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from core.data.product_relations import WEIGHTS
from core.graph.product_graph import Pairs, ProductGraph


@dataclass(frozen=True)
class Size:
    """The size of an input; `growing` if only the growth with the size is measured."""

    name: str
    n_products: int
    n_pairs: int
    growing: bool = False


# The last two are the real sizes of Electronics and Books.
SIZES = {
    size.name: size
    for size in (
        Size("small", 50_000, 500_000),
        Size("electronics", 418_749, 4_005_262),
        Size("books", 1_948_370, 26_596_848),
    )
}
TRAINING_SHARE = 0.67
INSIDE = 0.85  # share of the pairs drawn inside a community
CUBE = 3  # the r-th product of a community is drawn as often as r^(1/3 - 1): degrees fall as k^-2.5
_DRAWS = 1 << 21


def community_graph(n_products: int, n_pairs: int, seed: int = 42) -> Pairs:
    """Return `n_pairs` distinct pairs of `n_products` products, the same for the same arguments.

    Communities have Pareto-distributed sizes (30 and up). Within one, and across all, products
    are drawn by a power law. Weights are sums over one or two mentions per relation.
    """
    rng = np.random.default_rng(seed)
    first, size = _communities(rng, n_products)
    keys = np.empty(0, np.int64)
    while len(keys) < n_pairs:
        wanted = int(1.3 * (n_pairs - len(keys))) + 1000
        parts = [keys]
        for begin in range(0, wanted, _DRAWS):
            parts.append(_draw(rng, min(_DRAWS, wanted - begin), n_products, first, size))
        keys = np.concatenate(parts)
        keys.sort()  # much faster than np.unique, which hashes
        keys = keys[np.append(True, keys[1:] != keys[:-1])]
    keys = np.delete(keys, rng.choice(len(keys), len(keys) - n_pairs, replace=False))
    # New numbers, so that neighbours in a community are not neighbours in memory.
    number = rng.permutation(n_products).astype(np.int32)
    u, v = number[keys // n_products], number[keys % n_products]
    mentions = rng.integers(0, 3, (3, n_pairs), dtype=np.uint8)
    mentions[1][mentions.sum(axis=0) == 0] = 1
    relations = ((mentions > 0) << np.arange(3, dtype=np.uint8)[:, None]).sum(axis=0)
    return Pairs(
        np.minimum(u, v), np.maximum(u, v), WEIGHTS[:3] @ mentions, relations.astype(np.uint8)
    )


def training_graph(size: Size) -> ProductGraph:
    """Return the graph of 67 % of the pairs of `size`, drawn at random."""
    pairs = community_graph(size.n_products, size.n_pairs)
    kept = np.random.default_rng(1).random(size.n_pairs) < TRAINING_SHARE
    return ProductGraph.from_pairs(pairs[kept], size.n_products)


def cached_training_graph(size: Size, folder: Path) -> ProductGraph:
    """Return `training_graph`, from `folder` if it has been made before."""
    path = folder / f"{size.n_products}-{size.n_pairs}.npz"
    if not path.exists():
        graph = training_graph(size)
        np.savez(path, indptr=graph.indptr, indices=graph.indices, weights=graph.weights)
        return graph
    with np.load(path) as arrays:
        return ProductGraph(arrays["indptr"], arrays["indices"], arrays["weights"])


def edges_of(graph: ProductGraph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends and the weight of every pair of `graph` once."""
    source = np.repeat(np.arange(graph.n_products, dtype=np.int32), graph.degree)
    once = source < graph.indices
    return source[once], graph.indices[once], graph.weights[once]


def write_edges(pairs: Pairs, path: Path) -> None:
    """Write `pairs` as an edge list with the columns source, target and weight."""
    table = pa.table({"source": pairs.u, "target": pairs.v, "weight": pairs.weight})
    pa.csv.write_csv(table, path)


def _communities(rng, n_products: int) -> tuple[np.ndarray, np.ndarray]:
    """Return first product and size of the community of each product, int32."""
    sizes = np.minimum(30 * (1 + rng.pareto(1.2, n_products // 30 + 1)), n_products / 50 + 30)
    ends = np.minimum(np.cumsum(sizes).astype(np.int64), n_products)
    ends = np.unique(np.append(ends, n_products))
    sizes = np.diff(ends, prepend=0)
    return (
        np.repeat(ends - sizes, sizes).astype(np.int32),
        np.repeat(sizes, sizes).astype(np.int32),
    )


def _draw(rng, n: int, n_products: int, first, size) -> np.ndarray:
    """Return at most `n` pair keys, repetitions possible."""
    place = rng.integers(0, n_products, n)
    other = np.where(rng.random(n) < INSIDE, place, rng.integers(0, n_products, n))
    u = first[place] + (size[place] * rng.random(n) ** CUBE).astype(np.int64)
    v = first[other] + (size[other] * rng.random(n) ** CUBE).astype(np.int64)
    low, high = np.minimum(u, v), np.maximum(u, v)
    return (low * n_products + high)[low != high]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    chosen = SIZES[arguments.size]
    write_edges(community_graph(chosen.n_products, chosen.n_pairs), arguments.path)
