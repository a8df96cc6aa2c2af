"""The second stage: boosted trees (LightGBM: Ke et al., NeurIPS 2017) that order candidates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from core.models.stack.settings import StackSettings
from core.parallel import in_chunks, parallel_map

if TYPE_CHECKING:
    from lightgbm import Booster

# The two whose standardised scores are added for pairs with a path, and the one for the others.
ORDER, PROBABILITY, NO_PATH = "order", "probability", "no-path"
ADDED = (ORDER, PROBABILITY)
OBJECTIVES: dict[str, dict[str, Any]] = {
    ORDER: {"objective": "lambdarank", "lambdarank_truncation_level": 30, "label_gain": [0, 1]},
    PROBABILITY: {"objective": "binary"},
    NO_PATH: {"objective": "binary"},
}
SAMPLING = {"bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8}
# The same trees at any number of threads.
REPEATABLE = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
# A leaf holds at least this share of the examples, but never has to hold more than so many.
LEAF_SHARE, LEAF_ROWS = 1 / 500, 100
# Pairs that a thread scores at a time.
ROWS = 1 << 13


@dataclass(frozen=True)
class Examples:
    """Pairs to learn from: features, which are positive, and of which query each is (sorted)."""

    features: np.ndarray
    positive: np.ndarray
    query: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> Examples:
        return Examples(self.features[rows], self.positive[rows], self.query[rows])


class Ranker:
    """Scores of pairs from their features.

    A pair with a path gets the sum of the standardised scores of a lambdarank model, which orders
    a query's candidates, and of a classifier. A pair without one gets what a classifier of such
    pairs says, squashed to stay below every pair with a path. A model that has no positive, or no
    negative, to learn from gives the first feature.

    Attributes
    ----------
    models_ : dict of Booster
        By `ORDER`, `PROBABILITY` and `NO_PATH`.
    scales_ : dict of float
        Standard deviation of the scores of the examples, for `ORDER` and `PROBABILITY`.
    floor_ : float
        Lower bound of the scores of pairs with a path.
    """

    def __init__(self, workers: int = 1):
        self.workers = workers
        self.models_: dict[str, Booster] = {}
        self.scales_ = dict.fromkeys(ADDED, 1.0)
        self.floor_ = 0.0

    def fit(
        self, examples: Examples, connected: np.ndarray, settings: StackSettings, seed: int
    ) -> Self:
        """Learn from examples, of which those `connected` have a path; return self."""
        import lightgbm

        near, far = examples[connected], examples[~connected]
        parts = {ORDER: near, PROBABILITY: near, NO_PATH: far}
        parts = {name: part for name, part in parts.items() if len(np.unique(part.positive)) > 1}

        def train(name: str) -> Booster:
            part = parts[name]
            params = OBJECTIVES[name] | SAMPLING | REPEATABLE
            params |= {
                "num_leaves": settings.leaves,
                "learning_rate": settings.learning_rate,
                "min_data_in_leaf": int(np.clip(LEAF_SHARE * len(part.query), 1, LEAF_ROWS)),
                "seed": seed,
                "num_threads": max(1, self.workers // 2),
            }
            group = np.unique(part.query, return_counts=True)[1] if name == ORDER else None
            data = lightgbm.Dataset(part.features, part.positive, group=group, params=params)
            return lightgbm.train(params, data, settings.trees)

        # Side by side: threads that share a model wait for each other at every split of a tree.
        self.models_ = dict(zip(parts, parallel_map(train, min(self.workers, 2), parts)))
        for name in self.models_.keys() & set(ADDED):
            self.scales_[name] = float(self._predict(name, near.features).std()) or 1.0
        self.floor_ = float(self._add(near.features).min(initial=0))
        return self

    def score(self, features: np.ndarray, connected: np.ndarray) -> np.ndarray:
        """Return the scores of pairs, float32, shape (n,); those `connected` have a path."""
        out = np.empty(len(features), np.float32)
        out[connected] = np.maximum(self._add(features[connected]), self.floor_)
        out[~connected] = self.below(self._predict(NO_PATH, features[~connected]))
        return out

    def below(self, scores: np.ndarray) -> np.ndarray:
        """Squash scores, in their order, into an interval of length 2 just below the floor."""
        return self.floor_ - 1 + scores / (1.001 + np.abs(scores))

    def contributions(self, features: np.ndarray, connected: bool) -> np.ndarray:
        """Return what each feature adds to the score of one pair, shape (n_features,): SHAP values
        (Lundberg & Lee, 2017)."""
        total = np.zeros(features.shape[1])
        for name in sorted(self.models_.keys() & set(ADDED if connected else [NO_PATH])):
            shap_values = self.models_[name].predict(features, pred_contrib=True, num_threads=1)
            total += np.asarray(shap_values)[0, :-1] / self.scales_.get(name, 1.0)
        return total

    def _add(self, features: np.ndarray) -> np.ndarray:
        return np.sum(
            [self._predict(name, features) / self.scales_[name] for name in ADDED], axis=0
        )

    def _predict(self, name: str, features: np.ndarray) -> np.ndarray:
        """Return the raw scores of one model, float64, shape (n,)."""
        out = features[:, 0].astype(np.float64)
        if name in self.models_:
            model = self.models_[name]

            def work(first: int, last: int) -> None:
                batch = features[first:last]
                out[first:last] = model.predict(batch, raw_score=True, num_threads=1)

            in_chunks(work, len(features), ROWS, self.workers)
        return out

    def save(self, folder: Path) -> None:
        """Write the models, in LightGBM's text format, and the rest (JSON) into `folder`."""
        for name, model in self.models_.items():
            (folder / f"{name}.txt").write_text(model.model_to_string(), "utf-8")
        learned = {"models": list(self.models_), "scales": self.scales_, "floor": self.floor_}
        (folder / "ranker.json").write_text(json.dumps(learned), "utf-8")

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote; return self."""
        from lightgbm import Booster

        learned = json.loads((folder / "ranker.json").read_text("utf-8"))
        self.scales_, self.floor_ = learned["scales"], learned["floor"]
        for name in learned["models"]:
            text = (folder / f"{name}.txt").read_text("utf-8")
            self.models_[name] = Booster(model_str=text)
        return self
