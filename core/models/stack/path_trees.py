"""The score of pairs with a path of three steps: boosted trees, the faint paths' own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models.stack.settings import StackSettings
from core.models.stack.trees import Trees
from core.progress import QUIET, Progress

# Share of the positives with a path, those with the weakest, that have trees of their own: most
# of all pairs with a path are like them, and would draw the other trees' attention.
FAINT = 0.03


@dataclass(frozen=True)
class PathTrees:
    """Log-odds from what is known of a pair with a path.

    Attributes
    ----------
    firm, faint : Trees
    up_to : float
        Pairs whose three-hop score is at most this are asked `faint`.
    """

    firm: Trees
    faint: Trees
    up_to: float

    @classmethod
    def fit(
        cls,
        near: np.ndarray,
        reach: np.ndarray,
        positive: np.ndarray,
        settings: StackSettings,
        seed: int,
        progress: Progress = QUIET,
        stage: str = "trees",
    ) -> PathTrees:
        """Fit to pairs with a path.

        Parameters
        ----------
        near : float32 array, shape (n, k)
            See `PairFeatures.near`.
        reach : float32 array, shape (n,)
            Three-hop scores.
        positive : bool array, shape (n,)
        """
        up_to = float(np.quantile(reach[positive], FAINT)) if positive.any() else 0.0
        faint = reach <= up_to
        shape = (settings.trees, settings.leaves, settings.learning_rate)

        def fitted(rows: np.ndarray, name: str) -> Trees:
            progress.stage(name, settings.trees, "trees")
            return Trees.fit(near[rows], positive[rows], *shape, seed, progress)

        return cls(fitted(~faint, stage), fitted(faint, f"{stage} for faint paths"), up_to)

    def predict(self, near: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """Return log-odds, float64, shape (n,); `near` is float32, shape (k, n)."""
        logit = np.empty(len(reach))
        faint = reach <= self.up_to
        for some, trees in ((faint, self.faint), (~faint, self.firm)):
            rows = np.flatnonzero(some)
            # Indexing by them would leave each pair's features side by side, to be turned again.
            logit[rows] = trees.predict(near.take(rows, axis=1))
        return logit
