"""Why products are neighbours: known pairs, shared neighbours and shared fields, for many pairs."""

from __future__ import annotations

import numpy as np

from core.data.product_catalogue import CATEGORY_LEVELS
from core.explore.true_pairs import HELD_OUT, TRAINING, relation_names
from core.graph.product_graph import Pairs, pair_keys
from core.graph.split import Split
from core.models.graph_scores import CommonNeighbours
from core.plural import count_of

SEPARATOR = "; "


class Reasons:
    """Says why any two products may be neighbours, from the pairs and the catalogue.

    Parameters
    ----------
    split : Split
    """

    def __init__(self, split: Split):
        self.split = split
        pairs = Pairs.concatenate(split.train, split.test)
        keys = pairs.keys(split.n_products)
        order = np.argsort(keys)
        self.keys, self.relations = keys[order], pairs.relations[order]
        self.training = order < len(split.train)
        self.shared = CommonNeighbours().path_sums(split.graph)
        frame = split.catalogue.frame
        self.brand = frame["brand"].to_numpy(object)
        self.levels = [frame[name].to_numpy(object) for name in CATEGORY_LEVELS]

    def of(self, u: np.ndarray, v: np.ndarray) -> list[str]:
        """Return the reasons of the pairs (u[i], v[i]) as strings, "" where there is none."""
        parts = [self._pairs(u, v), self._counts(u, v), self._brands(u, v), self._categories(u, v)]
        return [SEPARATOR.join(filter(None, row)) for row in zip(*parts)]

    def _pairs(self, u: np.ndarray, v: np.ndarray) -> list[str]:
        wanted = pair_keys(u, v, self.split.n_products)
        if not len(self.keys):
            return [""] * len(wanted)
        position = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        known = self.keys[position] == wanted
        # A text for every combination of relations and kind of pair.
        kinds = np.where(
            known, self.relations[position].astype(np.int64) * 2 + self.training[position], -1
        )
        texts = {kind: self._pair_text(kind) for kind in np.unique(kinds).tolist()}
        return [texts[kind] for kind in kinds.tolist()]

    def _pair_text(self, kind: int) -> str:
        if kind < 0:
            return ""
        names = ", ".join(relation_names(kind // 2)).replace("_", " ")
        return f"{TRAINING if kind % 2 else HELD_OUT}{f': {names}' if names else ''}"

    def _counts(self, u: np.ndarray, v: np.ndarray) -> list[str]:
        counts = self.shared.pairs(u, v).round().astype(np.int64).tolist()
        return [count_of(n, "shared neighbour") if n else "" for n in counts]

    def _brands(self, u: np.ndarray, v: np.ndarray) -> list[str]:
        pairs = zip(self.brand[u], self.brand[v])
        return [f"same brand: {ours}" if ours and ours == theirs else "" for ours, theirs in pairs]

    def _categories(self, u: np.ndarray, v: np.ndarray) -> list[str]:
        """Return the lowest category that both have, compared from the broadest level down."""
        lowest, same = np.full(len(u), "", object), np.ones(len(u), bool)
        for level in self.levels:
            ours = level[u]
            same = same & (ours == level[v]) & (ours != "")
            lowest[same] = ours[same]
        return [f"same category: {name}" if name else "" for name in lowest]
