"""A product's relations, and its ego network."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import networkx as nx
import numpy as np
import pandas as pd

from core.explore.neighbours import describe
from core.explore.true_pairs import HELD_OUT, TRAINING, relation_names
from core.graph.split import Split


class Ego(NamedTuple):
    """A product, its neighbours with the largest weights, and the pairs among them.

    Attributes
    ----------
    nodes : DataFrame
        ``product, id, title, brand, category, price, image``, and the position ``x, y``; the
        product itself comes first.
    edges : DataFrame
        ``u, v`` (product indices), ``weight``, ``part`` (training or held-out pair) and
        ``relation``, the first of the relations that contain the pair.
    hidden : int
        How many neighbours were left out.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    hidden: int


def relations_of(split: Split, product: int) -> pd.DataFrame:
    """Return all true neighbours of a product, by descending weight.

    Returns
    -------
    DataFrame
        As `core.explore.neighbours.describe`, with ``weight``, ``part`` and ``relations`` (text).
    """
    edges = _edges_where(split, lambda u, v: (u == product) | (v == product))
    other = np.where(edges["u"] == product, edges["v"], edges["u"])
    table = describe(split, other)
    table["weight"], table["part"] = edges["weight"].to_numpy(), edges["part"].to_numpy()
    table["relations"] = [
        ", ".join(name.replace("_", " ") for name in relation_names(int(bits)))
        for bits in edges["bits"]
    ]
    table = table[table["product"] != product]
    return table.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def ego_network(split: Split, product: int, most: int = 25, seed: int = 42) -> Ego:
    """Return the ego network of a product: its `most` heaviest neighbours and all pairs among them.

    Positions come from networkx's spring layout (Fruchterman & Reingold, 1991), with the product in
    the centre.
    """
    around = relations_of(split, product)
    chosen = np.append(product, around["product"].to_numpy()[:most]).astype(np.int64)
    inside = np.zeros(split.n_products, bool)
    inside[chosen] = True
    edges = _edges_where(split, lambda u, v: inside[u] & inside[v] & (u != v))
    graph = nx.Graph()
    graph.add_nodes_from(chosen.tolist())
    graph.add_weighted_edges_from(zip(edges["u"], edges["v"], edges["weight"]))
    angles = np.linspace(0, 2 * np.pi, len(chosen))
    start = {int(n): (np.cos(a), np.sin(a)) for n, a in zip(chosen[1:], angles)}
    positions = nx.spring_layout(
        graph,
        pos={**start, product: (0.0, 0.0)},
        fixed=[product],
        seed=seed,
        iterations=60,
        k=3 / np.sqrt(len(chosen)),
        weight=None,
    )
    nodes = describe(split, chosen)
    nodes["x"], nodes["y"] = np.array([positions[node] for node in chosen.tolist()]).T
    names = [relation_names(int(bits)) for bits in edges.pop("bits")]
    edges["relation"] = [name[0] if name else "linked" for name in names]
    return Ego(nodes, edges, max(0, len(around) - most))


def _edges_where(
    split: Split, is_wanted: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> pd.DataFrame:
    parts = []
    for part, pairs in ((TRAINING, split.train), (HELD_OUT, split.test)):
        rows = np.flatnonzero(is_wanted(pairs.u, pairs.v))
        parts.append(
            pd.DataFrame(
                {
                    "u": pairs.u[rows],
                    "v": pairs.v[rows],
                    "weight": pairs.weight[rows],
                    "part": part,
                    "bits": pairs.relations[rows],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
