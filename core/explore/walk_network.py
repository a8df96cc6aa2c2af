"""The network that a walk goes through: its products, their heaviest neighbours, a layout."""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from core.explore.neighbours import describe
from core.graph.split import Split

# Neighbours of each product of the walk, the heaviest first.
AROUND = 5


class WalkNetwork(NamedTuple):
    """The surroundings of a walk.

    Attributes
    ----------
    nodes : DataFrame
        As from `core.explore.neighbours.describe`, with the place ``x, y``; the products of the
        walk come first, in the order of their first visit.
    edges : DataFrame
        ``u, v`` (products) of all training pairs among them, the walk's steps included.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame


def walk_network(
    split: Split, walk: np.ndarray, around: int = AROUND, seed: int = 42
) -> WalkNetwork:
    """Return the network around a walk in the training pairs.

    Positions come from networkx's spring layout (Fruchterman & Reingold, 1991).

    Parameters
    ----------
    split : Split
    walk : int array
        From `core.explore.walk_example.one_walk`.
    around : int
        Neighbours of each product to show, those with the heaviest pairs.
    seed : int
        Seed of the layout.
    """
    visited = list(dict.fromkeys(walk.tolist()))
    chosen = dict.fromkeys(visited)
    for product in visited:
        neighbours, weights = split.graph.neighbours(product)
        heaviest = np.argsort(-weights, kind="stable")[:around]
        chosen |= dict.fromkeys(neighbours[heaviest].tolist())
    products = np.array(list(chosen), np.int64)
    graph = nx.Graph()
    graph.add_nodes_from(products.tolist())
    for product in products.tolist():
        near = np.intersect1d(split.graph.neighbours(product)[0], products)
        graph.add_edges_from((product, other) for other in near.tolist() if other != product)
    places = nx.spring_layout(graph, seed=seed, iterations=120, k=2.5 / np.sqrt(len(products)))
    nodes = describe(split, products)
    nodes["x"], nodes["y"] = np.array([places[product] for product in products.tolist()]).T
    return WalkNetwork(nodes, pd.DataFrame(graph.edges, columns=["u", "v"], dtype=np.int64))
