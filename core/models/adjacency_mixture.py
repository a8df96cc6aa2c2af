"""A learned mixture of powers of the adjacency matrix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from core.config import Settings
from core.graph.split import Split
from core.models.base import Model, Monitor
from core.models.cost import Cost
from core.models.explanation import Explanation
from core.progress import QUIET, Progress

if TYPE_CHECKING:
    from core.graph.path_sums import PathSums
    from core.graph.product_graph import ProductGraph

# The negatives of the fit, in equal numbers: the kinds used for model selection. Uniform ones alone
# would favour long paths, which lead to popular products.
NEGATIVES = ("uniform", "degree")
# Paths of more steps are too many to list.
LONGEST_DRAWN = 3
# Sample size of positives and of each kind of negatives: enough to fit a few weights.
MAX_PAIRS = 50_000


class AdjacencyMixtureSettings(Settings):
    """Settings of the mixture."""

    # Four are better on the demo's development slice (AUC 0.907 against uniform and 0.836 against
    # degree-matched negatives, by three 0.901 and 0.834), but take 15 times as long.
    powers: int = Field(
        3, ge=2, le=5, description="K: largest number of steps of a path; far slower above 3"
    )
    exponent: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a in D^-a A D^-a, the penalty on popular products",
    )
    weighted: bool = Field(True, description="Use the pairs' weights; else every pair counts as 1")


class AdjacencyMixture(Model):
    """Σ w_k (N^k)[u, v] over the powers k = 1 … K of N = D^-a A D^-a, with learned w_k >= 0.

    The weights are those of a logistic regression that separates the held-out pairs of the
    development slice from negatives, with the powers of the remaining graph as features. The
    score then uses the graph of all training pairs. With K = 3 and w = (0, 0, 1) it is the
    three-hop score. N itself is zero except at training pairs, which no held-out slice contains, so
    its weight cannot be learned and is 0.

    Attributes
    ----------
    weights_ : float64 array, shape (powers,)
        w_1 … w_K; they sum to 1.
    """

    Settings = AdjacencyMixtureSettings
    settings: AdjacencyMixtureSettings
    fits_on_development = False
    no_path_score = 0.0

    def cost(self, products: int, pairs: int) -> Cost:
        return Cost(super().cost(products, pairs).work * (self.settings.powers - 1))

    def fit(self, split: Split, progress: Progress = QUIET, monitor: Monitor | None = None) -> Self:
        progress.stage("weights of the powers")
        self.weights_ = self._learn_weights(split.development())
        self.paths_ = self._paths(split.graph)
        return self

    def _paths(self, graph: ProductGraph) -> list[PathSums]:
        """Return the path sums of the powers 2 … K of N."""
        from core.graph.path_sums import normalised_hops

        s = self.settings
        hops = range(2, s.powers + 1)
        return [normalised_hops(graph, k, s.exponent, s.weighted) for k in hops]

    def _learn_weights(self, split: Split) -> np.ndarray:
        from core.graph.evaluation_negatives import sample_negatives

        rng = np.random.default_rng(split.seed)
        negatives = [sample_negatives(split, kind) for kind in NEGATIVES]
        ends = [(split.test.u, split.test.v), *((drawn.u, drawn.v) for drawn in negatives)]
        paths, features, labels = self._paths(split.graph), [], []
        for i, (u, v) in enumerate(ends):
            seen = np.flatnonzero(split.both_seen(u, v))
            rows = np.sort(rng.permutation(seen)[:MAX_PAIRS])
            features.append(np.column_stack([path.pairs(u[rows], v[rows]) for path in paths]))
            labels.append(np.full(len(rows), i == 0))
        learned = non_negative_logistic(np.vstack(features), np.concatenate(labels))
        if not learned.any():
            # No path leads to a held-out pair (tiny graphs): fall back to the three-hop score.
            learned[min(self.settings.powers, 3) - 2] = 1.0
        return np.append(0.0, learned / learned.sum())

    def score(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self._mixed(lambda path: path.pairs(u, v))

    def score_all(self, queries: np.ndarray) -> np.ndarray:
        return self._mixed(lambda path: path.rows(queries))

    def explain(self, query: int, product: int) -> Explanation | None:
        u, v = np.array([query]), np.array([product])
        weighted = list(zip(self.weights_[1:], self.paths_))
        shares = {f"{path.hops} steps": weight * path.pairs(u, v)[0] for weight, path in weighted}
        total = sum(shares.values())
        if not total:
            return None
        largest = max(self.paths_, key=lambda path: shares[f"{path.hops} steps"])
        return Explanation(
            "The share of the paths of each length in the score, and the strongest paths of the "
            "length that adds most, with their shares of it.",
            {"": {name: float(share / total) for name, share in shares.items()}},
            largest.strongest(query, product) if largest.hops <= LONGEST_DRAWN else [],
        )

    def _mixed(self, scores: Callable[[PathSums], np.ndarray]) -> np.ndarray:
        """Return the weighted sum of ``scores(sums)`` over the powers."""
        weighted = [
            np.float32(weight) * scores(path)
            for weight, path in zip(self.weights_[1:], self.paths_)
            if weight > 0
        ]
        return sum(weighted[1:], start=weighted[0])

    def save(self, folder: Path) -> None:
        np.save(folder / "weights.npy", self.weights_, allow_pickle=False)

    def load(self, folder: Path, split: Split) -> Self:
        self.weights_ = np.load(folder / "weights.npy", allow_pickle=False)
        self.paths_ = self._paths(split.graph)
        return self


def non_negative_logistic(features: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Return the coefficients >= 0 of a logistic regression with an intercept.

    Parameters
    ----------
    features : float array, shape (n, k)
    positive : bool array, shape (n,)

    Returns
    -------
    float64 array, shape (k,)
        Coefficients of the unscaled features; 0 for a constant one.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    features = features.astype(np.float64)
    spread = features.std(axis=0) if len(features) else np.zeros(features.shape[1])
    varies = spread > 0
    coefficients = np.zeros(features.shape[1])
    if not varies.any():
        return coefficients
    scaled = features[:, varies] / spread[varies]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        logits = scaled @ parameters[:-1] + parameters[-1]
        residual = (expit(logits) - positive) / len(scaled)
        value = np.logaddexp(0, np.where(positive, -logits, logits)).mean()
        return value, np.append(residual @ scaled, residual.sum())

    k = scaled.shape[1]
    start, bounds = np.append(np.full(k, 0.1), -1.0), [(0, None)] * k + [(None, None)]
    best = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    coefficients[varies] = best.x[:-1] / spread[varies]
    return coefficients
