"""Features of pairs of products for the trees: one column each, the same for (u, v) and (v, u).

The candidates of many queries and any other list of pairs are computed in the same way. The end
with the higher degree is called "high", the other "low". Missing brands, categories, texts and
prices count as different, so whether a value is missing is not a feature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.product_catalogue import CATEGORY_LEVELS
from core.graph.path_sums import normalised_hops
from core.graph.product_graph import ProductGraph
from core.graph.split import Split
from core.models.embedding.fields import encode_split
from core.models.graph_scores import AdamicAdar, CommonNeighbours, ResourceAllocation
from core.models.inner_product_model import unit_rows
from core.models.kernels.pair_dots import pair_dots

# Every feature and what it is. A feature whose data is missing has no column.
FEATURES = {
    "three-hop": "walks of three steps, popular products penalised",
    "common neighbours": "products paired with both",
    "Adamic-Adar": "common neighbours, each weighted by 1 / log degree",
    "resource allocation": "common neighbours, each weighted by 1 / degree",
    "Jaccard": "common neighbours / neighbours of either",
    "spectral product": "inner product of the spectral embeddings",
    "spectral cosine": "cosine of the spectral embeddings",
    "neighbours' spectral product": "mean embedding of each one's neighbours, other's embedding",
    "neighbours' spectral cosine": "cosine of the mean embeddings of both's neighbours",
    "skip-gram product": "center of each with the context of the other",
    "skip-gram cosine": "cosine of the centers",
    "neighbours' skip-gram product": "mean center of each one's neighbours, other's context",
    "neighbours' skip-gram cosine": "cosine of the mean centers of both's neighbours",
    "high's degree": "log(1 + pairs)",
    "high's weight": "mean weight of its pairs",
    "high's neighbours' degree": "weighted mean log degree of its neighbours",
    "low's degree": "as for high",
    "low's weight": "as for high",
    "low's neighbours' degree": "as for high",
    "same brand": "1 if both have the same",
    "same categories": "levels of the category that agree, from the top",
    "text cosine": "of title and categories, by TF-IDF and an SVD",
    "price ratio": "lower price / higher price",
    "id distance": "log of the distance in the order of ids",
    "id distance, high's neighbours": "from low to the nearest neighbour of high",
    "id distance, low's neighbours": "from high to the nearest neighbour of low",
}
# Center and context tables of the embeddings.
EMBEDDINGS = {"spectral": ("spectral", "spectral"), "skip-gram": ("center", "context")}

Columns = dict[str, np.ndarray]


class PairFeatures:
    """The features of any pair of products on one graph.

    Parameters
    ----------
    graph : ProductGraph
        Without the pairs to predict, as are all inputs here.
    vectors : mapping of str to float32 array, shape (n_products, dim)
        ``spectral``, and ``center`` and ``context`` of skip-gram; zeros for unseen products.
    content : Content or None
    id_order : int array, shape (n_products,), or None
        See `id_places`.

    Attributes
    ----------
    names : list of str
        The columns: a subset of `FEATURES`, in their order.
    """

    def __init__(
        self,
        graph: ProductGraph,
        vectors: Mapping[str, np.ndarray],
        content: Content | None,
        id_order: np.ndarray | None,
    ):
        self.graph, self.vectors, self.content = graph, vectors, content
        self.nodes = node_features(graph)
        self.paths = {
            "three-hop": normalised_hops(graph, 3, exponent=0.4),
            "common neighbours": CommonNeighbours().path_sums(graph),
            "Adamic-Adar": AdamicAdar().path_sums(graph),
            "resource allocation": ResourceAllocation().path_sums(graph),
        }
        self.products: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for name, (left, right) in EMBEDDINGS.items():
            near = neighbour_means(graph, vectors[left])
            self.products |= {
                f"{name} product": (vectors[left], vectors[right]),
                f"{name} cosine": (unit_rows(vectors[left]),) * 2,
                f"neighbours' {name} product": (near, vectors[right]),
                f"neighbours' {name} cosine": (unit_rows(near),) * 2,
            }
        self.ids = None if id_order is None else IdDistances(graph, id_order)
        none = np.empty(0, np.int64)
        self.names = list(self._columns(none, none))

    def of_pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Return the features of the pairs (u[i], v[i]), float32, shape (n, len(names))."""
        return np.column_stack([*self._columns(u, v).values()]).astype(np.float32)

    def _columns(self, u: np.ndarray, v: np.ndarray) -> Columns:
        degree = self.graph.degree
        swap = (degree[u] < degree[v]) | ((degree[u] == degree[v]) & (v < u))
        high, low = np.where(swap, v, u), np.where(swap, u, v)
        # Paths start at u, not at the hub of the two: there are few queries and many candidates.
        columns = {name: sums.pairs(u, v) for name, sums in self.paths.items()}
        common = columns["common neighbours"]
        columns["Jaccard"] = common / np.maximum(degree[u] + degree[v] - common, 1)
        for name, (left, right) in self.products.items():
            columns[name] = pair_dots(left, right, high, low)
            if left is not right:
                columns[name] += pair_dots(left, right, low, high)
        for side, end in (("high", high), ("low", low)):
            columns |= {f"{side}'s {name}": values[end] for name, values in self.nodes.items()}
        for part in (self.content, self.ids):
            columns |= part.of_pairs(high, low) if part is not None else {}
        return columns


def neighbour_means(graph: ProductGraph, vectors: np.ndarray) -> np.ndarray:
    """Return the weighted mean of each product's neighbours' vectors; zeros where it has none."""
    total = graph.adjacency.astype(np.float32) @ vectors
    return total / np.maximum(graph.strength, 1e-9)[:, None].astype(np.float32)


def node_features(graph: ProductGraph) -> Columns:
    """Return the features of single products, by name, float, shape (n_products,)."""
    log_degree = np.log1p(graph.degree)
    return {
        "degree": log_degree,
        "weight": graph.strength / np.maximum(graph.degree, 1),
        "neighbours' degree": neighbour_means(graph, log_degree[:, None])[:, 0],
    }


@dataclass(frozen=True)
class Content:
    """Brand and categories (by number, -1 for none), text (rows of length 1, or zeros) and price
    (NaN for none) of all products; `slots` are of shape (n_products, 1 + levels)."""

    slots: np.ndarray
    text: np.ndarray
    price: np.ndarray

    @classmethod
    def of(cls, split: Split, seed: int) -> Content:
        """Encode the catalogue; the words' IDF weights come from products with training pairs."""
        _, encoded = encode_split(split, ("brand", *CATEGORY_LEVELS, "text"), 0, 64, seed)
        text = np.zeros((split.n_products, encoded.text.shape[1]), np.float32)
        known = encoded.text_row >= 0
        text[known] = encoded.text[encoded.text_row[known]]
        return cls(encoded.slots, text, split.catalogue.frame["price"].to_numpy(np.float32))

    def of_pairs(self, high: np.ndarray, low: np.ndarray) -> Columns:
        same = (self.slots[high] == self.slots[low]) & (self.slots[high] >= 0)
        lower, higher = np.sort([self.price[high], self.price[low]], axis=0)
        return {
            "same brand": same[:, 0],
            "same categories": np.cumprod(same[:, 1:], axis=1).sum(axis=1),
            "text cosine": pair_dots(self.text, self.text, high, low),
            "price ratio": np.nan_to_num(lower / np.maximum(higher, 1e-6)),
        }


class IdDistances:
    """Distances in the order of ids: shops number variants and product ranges consecutively."""

    def __init__(self, graph: ProductGraph, id_order: np.ndarray):
        self.id_order, self.indptr = id_order.astype(np.int64), graph.indptr
        rows = np.repeat(np.arange(graph.n_products), graph.degree)
        # Row by row, the positions of the neighbours in id order; a last one beyond every row.
        keys = np.sort(rows * len(id_order) + self.id_order[graph.indices])
        self.keys = np.append(keys, len(id_order) ** 2)

    def of_pairs(self, high: np.ndarray, low: np.ndarray) -> Columns:
        return {
            "id distance": np.log1p(np.abs(self.id_order[high] - self.id_order[low])),
            "id distance, high's neighbours": np.log1p(self._to_neighbours(high, low)),
            "id distance, low's neighbours": np.log1p(self._to_neighbours(low, high)),
        }

    def _to_neighbours(self, of: np.ndarray, to: np.ndarray) -> np.ndarray:
        """Return the distance from `to` to the nearest other neighbour of `of`, or the number of
        products where there is none."""
        n = len(self.id_order)
        wanted = of * n + self.id_order[to]
        above = np.searchsorted(self.keys, wanted)
        below = above - 1
        above += self.keys[above] == wanted  # `to` itself is a neighbour
        gap_below = np.where(below >= self.indptr[of], wanted - self.keys[below], n)
        gap_above = np.where(above < self.indptr[of + 1], self.keys[above] - wanted, n)
        return np.minimum(gap_below, gap_above)


def id_places(ids: pd.Series) -> np.ndarray:
    """Return each id's place in their order, int64, shape (n_products,).

    Shorter ids come first, so that numeric ids are in numeric order.
    """
    # Not as a numpy array of strings, in which each takes the space of the longest.
    return np.argsort(np.lexsort((pd.factorize(ids, sort=True)[0], ids.str.len())))
