"""Gradient-boosted trees as plain arrays: evaluated fast, saved without pickle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np

from core.parallel import in_chunks
from core.progress import QUIET, Progress

ROWS_AT_ONCE = 256
DEPTH = 6
MOST_LEAVES = 32
ALL = 2**MOST_LEAVES - 1
# Times a power of two, its upper five bits say which one (Leiserson, Prokop and Randall, 1998).
DE_BRUIJN, SHIFT = 0x077CB531, np.uint32(27)
PLACE_OF_BIT = [(DE_BRUIJN << bit & ALL) >> int(SHIFT) for bit in range(MOST_LEAVES)]


@dataclass(frozen=True)
class Trees:
    """A sum of regression trees; all nodes of all trees stand one after the other.

    Attributes
    ----------
    roots : int32 array, shape (n_trees,)
        First node of each tree.
    feature : int32 array, shape (n_nodes,)
        What a node asks for; anything at a leaf.
    threshold : float64 array, shape (n_nodes,)
        Up to it the way goes to `child`, above it to the node after; infinite at a leaf.
    child : int32 array, shape (n_nodes,)
        A leaf is its own child, so that a walk of any length ends well.
    value : float64 array, shape (n_nodes,)
        What a leaf adds.
    base : float
        What is added to every row.
    """

    roots: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    child: np.ndarray
    value: np.ndarray
    base: float

    @classmethod
    def fit(
        cls,
        features: np.ndarray,
        positive: np.ndarray,
        n_trees: int,
        leaves: int,
        learning_rate: float,
        seed: int,
        progress: Progress = QUIET,
    ) -> Trees:
        """Boost `n_trees` trees by logistic loss (Friedman, 2001; histograms, so quickly).

        Parameters
        ----------
        features : float32 array, shape (n, k)
            Finite.
        positive : bool array, shape (n,)
        progress : Progress
            Told after every tree.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier

        if len(positive) == 0:
            return cls.constant(0.0)
        if positive.all() or not positive.any():
            return cls.constant(40.0 if positive.any() else -40.0)
        done = 0

        def watch(*_) -> float:
            nonlocal done
            progress.advance(done := done + 1)
            return float(done)  # always better than before: it never stops early

        model = HistGradientBoostingClassifier(
            learning_rate=learning_rate,
            max_iter=n_trees,
            max_leaf_nodes=leaves,
            max_depth=DEPTH,
            min_samples_leaf=int(np.clip(len(features) // 1000, 5, 200)),
            l2_regularization=5.0,
            # Early stopping is how one hears of every iteration.
            early_stopping=True,
            validation_fraction=None,
            n_iter_no_change=n_trees + 1,
            scoring=watch,
            random_state=seed,
        ).fit(features, positive)
        return cls._from_nodes(
            [predictor.nodes for (predictor,) in model._predictors],
            float(model._baseline_prediction.ravel()[0]),
        )

    @classmethod
    def constant(cls, base: float) -> Trees:
        """Return no trees, only `base`."""
        none = np.empty(0, np.int32)
        return cls(none, none, np.empty(0), none, np.empty(0), base)

    @classmethod
    def _from_nodes(cls, trees: list[np.ndarray], base: float) -> Trees:
        """Lay sklearn's nodes out so that two children stand side by side."""
        roots, parts, first = [], [], 0
        for nodes in trees:
            # Breadth first, children in pairs.
            order, queue = [0], [0]
            while queue:
                node = nodes[queue.pop(0)]
                if not node["is_leaf"]:
                    pair = [int(node["left"]), int(node["right"])]
                    order += pair
                    queue += pair
            place = np.empty(len(nodes), np.int32)
            place[order] = np.arange(len(nodes))
            ordered = nodes[order]
            leaf = ordered["is_leaf"].astype(bool)
            own = np.arange(len(nodes))
            child = np.where(leaf, own, place[np.where(leaf, 0, ordered["left"])])
            parts.append(
                (
                    np.where(leaf, 0, ordered["feature_idx"]),
                    np.where(leaf, np.inf, ordered["num_threshold"]),
                    first + child,
                    np.where(leaf, ordered["value"], 0.0),
                )
            )
            roots.append(first)
            first += len(nodes)
        feature, threshold, child, value = map(np.concatenate, zip(*parts))
        return cls(
            np.array(roots, np.int32),
            feature.astype(np.int32),
            threshold,
            child.astype(np.int32),
            value,
            base,
        )

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the log-odds of `n` rows, float64, shape (n,).

        Parameters
        ----------
        features : float32 array, shape (k, n)
            One row a feature.
        """
        out = np.full(features.shape[1], self.base)
        features = np.ascontiguousarray(features, np.float32)
        threads = numba.get_num_threads()
        size = max(ROWS_AT_ONCE, -(-len(out) // (4 * threads)))
        in_chunks(
            lambda first, last: _add_trees(*self._masks, features, out, first, last),
            len(out),
            size,
            threads,
        )
        return out

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything as arrays by name, to be saved; `Trees(**arrays)` reads them."""
        names = ("roots", "feature", "threshold", "child", "value")
        return {**{name: getattr(self, name) for name in names}, "base": np.float64(self.base)}

    @cached_property
    def _masks(self) -> tuple[np.ndarray, ...]:
        """What `_add_trees` reads: inner nodes tree by tree, and the leaves' values."""
        firsts, inner, masks = [0], [], []
        values = np.zeros((len(self.roots), MOST_LEAVES))
        for tree, root in enumerate(self.roots):
            leaves = 0
            # Leaves from left to right; an inner node is met again after its left side.
            waiting = [(int(root), -1)]
            while waiting:
                node, before = waiting.pop()
                if self.child[node] == node:
                    values[tree, PLACE_OF_BIT[leaves]] = self.value[node]
                    leaves += 1
                elif before < 0:
                    left = int(self.child[node])
                    waiting += [(left + 1, -1), (node, leaves), (left, -1)]
                else:
                    inner.append(node)
                    masks.append(~(2**leaves - 2**before) & ALL)
            if len(inner) % 2:
                # They are asked two at a time; one that keeps all leaves makes the number even.
                inner.append(int(root))
                masks.append(ALL)
            firsts.append(len(inner))
        # Features are float32: one is above a threshold if it is above the float32 below it.
        threshold = self.threshold[inner].astype(np.float32)
        above = threshold > self.threshold[inner]
        threshold[above] = np.nextafter(threshold[above], np.float32(-np.inf))
        nodes = self.feature[inner], threshold, np.array(masks, np.uint32)
        return np.array(firsts), *nodes, values


@numba.njit(cache=True, nogil=True)
def _add_trees(firsts, feature, threshold, mask, values, features, out, first, last):
    """Add what all trees say of the rows ``first .. last - 1``.

    QuickScorer (Lucchese et al., SIGIR 2015), many rows at once: of the bits of a tree's leaves,
    each node whose way goes right takes those on its left out. The lowest that remains is the leaf.
    """
    n_features = len(features)
    columns = np.zeros((n_features, ROWS_AT_ONCE), np.float32)
    leaves, total = np.empty(ROWS_AT_ONCE, np.uint32), np.empty(ROWS_AT_ONCE)
    every = np.uint32(ALL)
    for begin in range(first, last, ROWS_AT_ONCE):
        n = min(ROWS_AT_ONCE, last - begin)
        columns[:, :n] = features[:, begin : begin + n]
        total[:] = 0
        for tree in range(len(firsts) - 1):
            leaves[:] = every
            for node in range(firsts[tree], firsts[tree + 1], 2):
                border, kept, column = threshold[node], mask[node], columns[feature[node]]
                border_2, kept_2 = threshold[node + 1], mask[node + 1]
                column_2 = columns[feature[node + 1]]
                # All rows, also those beyond n, and no branch: the compiler makes vectors of it.
                for row in range(ROWS_AT_ONCE):
                    kept_of_row = kept if column[row] > border else every
                    leaves[row] &= kept_of_row & (kept_2 if column_2[row] > border_2 else every)
            of_tree = values[tree]
            for row in range(ROWS_AT_ONCE):
                lowest = np.uint32(leaves[row] & (~leaves[row] + np.uint32(1)))
                total[row] += of_tree[np.uint32(lowest * np.uint32(DE_BRUIJN)) >> SHIFT]
        for row in range(n):
            out[begin + row] += total[row]
