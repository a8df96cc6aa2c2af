"""Product graphs from networkx graphs and back, to compare with networkx's results."""

from __future__ import annotations

from collections.abc import Hashable

import networkx as nx
import numpy as np

from core.graph.product_graph import Pairs, ProductGraph


def from_networkx(graph: nx.Graph) -> tuple[ProductGraph, list[Hashable]]:
    """Return the product graph, and its nodes in index order; without a weight, edges count 1."""
    nodes = list(graph)
    index = {node: i for i, node in enumerate(nodes)}
    edges = [(index[a], index[b], w) for a, b, w in graph.edges(data="weight", default=1.0)]
    u, v, weight = np.array(edges, dtype=np.float32).reshape(-1, 3).T
    u, v = u.astype(np.int32), v.astype(np.int32)
    pairs = Pairs(np.minimum(u, v), np.maximum(u, v), weight, np.zeros(len(u), np.uint8))
    return ProductGraph.from_pairs(pairs, len(nodes)), nodes


def to_networkx(graph: ProductGraph) -> nx.Graph:
    """Return the graph with products as nodes."""
    return nx.from_scipy_sparse_array(graph.adjacency)
