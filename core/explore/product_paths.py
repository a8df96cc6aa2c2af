"""Why two products are related: the paths between them, and what they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.product_catalogue import CATEGORY_LEVELS
from core.graph.product_graph import ProductGraph
from core.graph.split import Split


@dataclass
class _Side:
    """A breadth-first search from one end, one level at a time.

    `level` is -1 for products not reached yet; `best` is the largest sum of weights among the
    shortest paths to a product, and `before` its predecessor on that path.
    """

    graph: ProductGraph
    start: int

    def __post_init__(self) -> None:
        n = self.graph.n_products
        self.level = np.full(n, -1, np.int16)
        self.best = np.zeros(n, np.float64)
        self.before = np.full(n, -1, np.int32)
        self.level[self.start] = 0
        self.frontier = np.array([self.start])
        self.depth = 0

    def grow(self) -> None:
        """Reach the products one step further away."""
        starts, ends = self.graph.indptr[self.frontier], self.graph.indptr[self.frontier + 1]
        edges = _ranges(starts, ends)
        origin = np.repeat(self.frontier, ends - starts)
        reached = self.graph.indices[edges]
        new = self.level[reached] < 0
        edges, origin, reached = edges[new], origin[new], reached[new]
        total = self.best[origin] + self.graph.weights[edges]
        # The heaviest edge into each product; ties go to the smaller predecessor.
        order = np.lexsort((origin, -total, reached))
        first = order[np.unique(reached[order], return_index=True)[1]]
        self.depth += 1
        self.frontier = reached[first].astype(np.int64)
        self.level[self.frontier] = self.depth
        self.best[self.frontier] = total[first]
        self.before[self.frontier] = origin[first]

    def cost(self) -> int:
        """Return how many edges the next step reads."""
        return int(self.graph.degree[self.frontier].sum())

    def path_to(self, product: int) -> list[int]:
        """Return the heaviest shortest path from the start to `product`, both included."""
        path = [int(product)]
        while path[-1] != self.start:
            path.append(int(self.before[path[-1]]))
        return path[::-1]


def _ranges(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return ``starts[i] .. ends[i] - 1`` for all i, concatenated."""
    lengths = ends - starts
    shift = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return np.arange(lengths.sum()) + shift


def shortest_paths(
    graph: ProductGraph, source: int, target: int, limit: int = 3, longest: int = 6
) -> list[tuple[list[int], float]]:
    """Return up to `limit` shortest paths, heaviest first, each through a different middle product.

    The search is bidirectional. All paths returned have the same, smallest number of edges; the
    first has the largest sum of weights of all shortest paths; the others are the heaviest through
    each other product in the middle.

    Returns
    -------
    list of (path, weight)
        The path as product indices, both ends included, and the sum of its weights. Empty if no
        path has at most `longest` edges.
    """
    if source == target:
        return [([source], 0.0)]
    near, far = _Side(graph, source), _Side(graph, target)
    while True:
        if near.depth + far.depth == longest:
            return []
        side = near if near.cost() <= far.cost() else far
        side.grow()
        if len(side.frontier) == 0:
            return []
        met = side.frontier[(near.level >= 0)[side.frontier] & (far.level >= 0)[side.frontier]]
        if len(met):
            break
    weight = near.best[met] + far.best[met]
    chosen = met[np.lexsort((met, -weight))[:limit]]
    return [
        (near.path_to(m) + far.path_to(m)[::-1][1:], float(near.best[m] + far.best[m]))
        for m in chosen
    ]


def shared_neighbours(graph: ProductGraph, source: int, target: int) -> pd.DataFrame:
    """Return the products paired with both, the most specific first.

    Returns
    -------
    DataFrame
        Columns ``product, degree, weight`` (sum of both edges), by ascending degree: a shared
        product with few neighbours is stronger evidence (Adamic & Adar, 2003).
    """
    ours, our_weights = graph.neighbours(source)
    theirs, their_weights = graph.neighbours(target)
    shared, a, b = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    table = pd.DataFrame(
        {
            "product": shared.astype(np.int64),
            "degree": graph.degree[shared],
            "weight": our_weights[a] + their_weights[b],
        }
    )
    table = table[~table["product"].isin([source, target])]
    return table.sort_values(["degree", "product"], kind="stable").reset_index(drop=True)


def shared_facts(split: Split, source: int, target: int) -> dict[str, str]:
    """Return the brand and the category levels that both products have, by column name.

    Levels are compared from the broadest down, until the first difference.
    """
    frame = split.catalogue.frame
    ours, theirs = frame.iloc[source], frame.iloc[target]
    shared = {}
    if ours["brand"] and ours["brand"] == theirs["brand"]:
        shared["brand"] = ours["brand"]
    for level in CATEGORY_LEVELS:
        if not ours[level] or ours[level] != theirs[level]:
            break
        shared[level] = ours[level]
    return shared
