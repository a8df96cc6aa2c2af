"""The second stage: boosted trees (LightGBM: Ke et al., NeurIPS 2017) that order candidates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from core.models.stack.settings import StackSettings
from core.parallel import in_chunks, parallel_map

if TYPE_CHECKING:
    from lightgbm import Booster

# Two models order candidates. The third learns from pairs of all kinds, weakly related ones too.
ORDER, PROBABILITY, ANY_PAIR = "order", "probability", "any-pair"
# On development slices, more of the third raises the AUC and lowers the ranking.
WEIGHTS = {ORDER: 1.0, PROBABILITY: 1.0, ANY_PAIR: 0.25}
# Times this for a pair without a path: only the third learns from such pairs. Chosen likewise.
NO_PATH = {ORDER: 0.0, PROBABILITY: 0.0, ANY_PAIR: 2.0}
OBJECTIVES: dict[str, dict[str, str | float | list[int]]] = {
    ORDER: {"objective": "lambdarank", "lambdarank_truncation_level": 30, "label_gain": [0, 1]},
    PROBABILITY: {"objective": "binary"},
    ANY_PAIR: {"objective": "binary"},
}
SAMPLING = {"bagging_fraction": 0.8, "bagging_freq": 1, "feature_fraction": 0.8}
# The same trees at any number of threads.
REPEATABLE = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
# A leaf holds at least this share of the examples; the minimum is capped at this number.
LEAF_SHARE, LEAF_ROWS = 1 / 500, 100
ROWS = 1 << 13  # pairs that a thread scores at a time
SAMPLE = 50_000  # examples that spreads, medians and the floor are taken from


@dataclass(frozen=True)
class Examples:
    """Pairs to learn from, sorted by query: their features, which are positive, of which query each
    is, which the first stage retrieved, and which were drawn at random."""

    features: np.ndarray
    positive: np.ndarray
    query: np.ndarray
    candidate: np.ndarray
    drawn: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> Examples:
        return Examples(*(column[rows] for column in vars(self).values()))


def has_path(features: np.ndarray) -> np.ndarray:
    """Return which pairs have a path of two or three steps, by the first two features."""
    return np.any(features[:, :2] > 0, axis=1)


class Ranker:
    """Scores of pairs from their features: the weighted sum of the standardised scores of trees.

    A lambdarank model orders the candidates of a query, and a classifier tells the true ones from
    the others. Both learn only from true pairs that were retrieved. A second classifier learns
    from all true pairs, retrieved or not, against pairs drawn at random. A model without a
    positive or a negative to learn from is left out; without any, the score is the first feature.

    Attributes
    ----------
    models_ : dict of Booster
    weights_ : dict of float
        Factor of each model's score: `WEIGHTS` / its standard deviation on sampled examples.
    no_path_ : float
        The first two's score for any pair without a path: their median on drawn negatives with one.
    floor_ : float
        Lowest score of a sampled example, at most 0. Scores are clipped there; `below` is lower.
    """

    def __init__(self, workers: int = 1):
        self.workers = workers
        self.models_: dict[str, Booster] = {}
        self.weights_: dict[str, float] = {}
        self.no_path_, self.floor_ = 0.0, -np.inf

    def fit(self, examples: Examples, settings: StackSettings, seed: int) -> Self:
        """Learn from examples; return self."""
        import lightgbm

        # Drawn negatives with a path teach ORDER and PROBABILITY what weak paths are worth; those
        # without would lower the ranking.
        path, step = has_path(examples.features), max(1, len(examples.query) // SAMPLE)
        weak = examples.features[path & examples.drawn & ~examples.positive][::step]
        candidates = examples[examples.candidate | (path & ~examples.positive)]
        any_pair = examples[examples.positive | examples.drawn]
        parts = {ORDER: candidates, PROBABILITY: candidates, ANY_PAIR: any_pair}
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
        for name, part in parts.items():
            spread = float(self._predict(name, part.features[::step]).std()) or 1.0
            self.weights_[name] = WEIGHTS[name] / spread
        names = [name for name in (ORDER, PROBABILITY) if name in self.models_]
        if names and len(weak):
            ordering = sum(self.weights_[name] * self._predict(name, weak) for name in names)
            self.no_path_ = float(np.median(ordering))
        # `initial`: there may be no example.
        self.floor_ = float(self.score(examples.features[::step]).min(initial=0))
        return self

    def score(self, features: np.ndarray) -> np.ndarray:
        """Return the scores of pairs, float32, shape (n,)."""
        if not self.models_:
            return features[:, 0]
        path = has_path(features)
        total = np.where(path, 0.0, self.no_path_)
        for name in self.models_:
            total += self._factor(name, path) * self._predict(name, features)
        return np.maximum(total, self.floor_).astype(np.float32)

    def _factor(self, name: str, path: np.ndarray) -> np.ndarray:
        """Return the factor of a model's score for pairs with a path (where True) and without."""
        return self.weights_[name] * np.where(path, 1.0, NO_PATH[name])

    def below(self, scores: np.ndarray) -> np.ndarray:
        """Squash scores into an interval of length 2 just below the floor; their order stays."""
        return self.floor_ - 1 + scores / (1.001 + np.abs(scores))

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """Return the SHAP value (Lundberg & Lee, 2017) of each feature for one pair."""
        total = np.zeros(features.shape[1])
        for name, model in self.models_.items():
            shap_values = model.predict(features, pred_contrib=True, num_threads=1)
            factor = self._factor(name, has_path(features))
            total += factor * np.asarray(shap_values)[0, :-1]
        return total

    def _predict(self, name: str, features: np.ndarray) -> np.ndarray:
        """Return the raw scores of one model, float64, shape (n,)."""
        model, out = self.models_[name], np.empty(len(features))

        def work(first: int, last: int) -> None:
            batch = features[first:last]
            out[first:last] = model.predict(batch, raw_score=True, num_threads=1)

        in_chunks(work, len(features), ROWS, self.workers)
        return out

    def save(self, folder: Path) -> None:
        """Write the models, in LightGBM's text format, and the rest (JSON) into `folder`."""
        for name, model in self.models_.items():
            (folder / f"{name}.txt").write_text(model.model_to_string(), "utf-8")
        learned = {"weights": self.weights_, "no_path": self.no_path_, "floor": self.floor_}
        (folder / "ranker.json").write_text(json.dumps(learned), "utf-8")

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote; return self."""
        from lightgbm.basic import Booster, LightGBMError

        learned = json.loads((folder / "ranker.json").read_text("utf-8"))
        self.weights_, self.floor_ = learned["weights"], learned["floor"]
        self.no_path_ = learned["no_path"]
        try:
            for name in self.weights_:
                self.models_[name] = Booster(model_file=folder / f"{name}.txt")
        except LightGBMError as error:
            raise ValueError(error) from None
        return self
