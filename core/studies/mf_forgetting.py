"""Forgetting: MF under the published optimiser, compared with each repair alone and with all.

What happens to a row depends on the number of steps in an epoch and between two visits of the
row. The batch size is chosen so that both are as on the study's data, whose graphs are larger:
about as many pairs for each product, but 21,000 (Electronics) or 139,000 (Books) steps per epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from pydantic import JsonValue

from core.config import UserError
from core.evaluation.evaluation_pairs import POSITIVE, EvaluationSet
from core.evaluation.metrics import auc
from core.graph.split import Split
from core.models.base import Model
from core.models.embedding.settings import EmbeddingSettings
from core.models.registry import resolve_settings
from core.progress import Progress
from core.studies.study_result import Cell, Figure, Series, Table
from core.studies.study_runner import StudyRunner

# Training pairs of the study's two graphs (67 % of all pairs) in batches of 128.
STEPS = {"Electronics": 20_965, "Books": 139_218}
# The fewest epochs that show it: a fall at a restart needs a second epoch.
EPOCHS = {"Electronics": 2, "Books": 1}
# A quarter of the study's 128 dimensions: dense steps over 128 would take hours. The vectors start
# longer, so that the scores have the same spread.
SMALLER = {"dim": 32, "initial_scale": 2**0.5}
SAMPLE = 20_000
POINTS = 20
PUBLISHED = "published"
BATCH_L2, SPARSE, NO_RESTART, ALL = (
    "L2 on the batch's rows",
    "sparse updates and L2",
    "no restart, linear",
    "all three",
)
SHORT, SPARSE_SHORT, ALL_SHORT = (f"{name}, shorter start" for name in (PUBLISHED, SPARSE, ALL))
SHORTER = {"initial_scale": 0.1}
# Sparse updates change the batch's rows only, and so does their L2.
REPAIRS: dict[str, Mapping[str, JsonValue]] = {
    BATCH_L2: {"optimiser": "adam-batch-l2"},
    SPARSE: {"optimiser": "sparse-adam"},
    NO_RESTART: {"schedule": "linear"},
    ALL: {"optimiser": "sparse-adam", "schedule": "linear"},
    # Vectors that start too long learn nothing from sparse steps, and have nothing to forget.
    SHORT: SHORTER,
    SPARSE_SHORT: {"optimiser": "sparse-adam", **SHORTER},
    ALL_SHORT: {"optimiser": "sparse-adam", "schedule": "linear", **SHORTER},
}
# Columns of a learning curve by name, one value per point.
Curve = dict[str, list[float]]
COLUMNS = ("epoch", "learning_rate", "auc_seen", "auc_all", "length_seen", "length_unseen")


def answer(runner: StudyRunner) -> tuple[list[Table], list[Figure]]:
    """Train MF in its variants on the development slice's training pairs and compare curves."""
    split = runner.split(preset="study")
    development = split.development()
    fingerprint = runner.store.split_facts(runner.dataset, "random-study")["fingerprint"]
    n_pairs = len(development.train)

    def curve(model: str, regime: str, changes: Mapping[str, JsonValue]) -> Curve:
        batch = max(1, round(n_pairs / STEPS[regime]))
        settings = {
            "epochs": max(runner.epochs or 0, EPOCHS[regime]),
            "batch_size": batch,
            "points_per_epoch": POINTS,
            **SMALLER,
            **changes,
        }
        published = cast(EmbeddingSettings, resolve_settings(model, "study"))
        if settings.get("optimiser", "adam") != "adam":
            # So that L2's pull on a row, summed over the pairs of a batch, stays the same.
            settings["l2"] = published.l2 * batch * (1 + published.negatives)
        resolved = cast(EmbeddingSettings, resolve_settings(model, "study", settings))
        key = {"curve": model, "data": fingerprint, **resolved.model_dump()}
        return runner.cached(key, lambda: _curve(model, resolved, development, runner))

    electronics = {PUBLISHED: curve("mf", "Electronics", {})}
    for name, changes in REPAIRS.items():
        electronics[name] = curve("mf", "Electronics", changes)
    books = {
        PUBLISHED: curve("mf-bias", "Books", {}),
        SPARSE: curve("mf-bias", "Books", REPAIRS[SPARSE]),
    }
    figures = [
        _figure(
            "MF, steps as on Electronics: AUC of seen pairs",
            "AUC, seen only",
            electronics,
            "auc_seen",
        ),
        _figure(
            "MF, steps as on Electronics: length of the vectors",
            "median length, seen products",
            electronics,
            "length_seen",
        ),
        _figure(
            "MF + bias, steps as on Books: AUC of all pairs",
            "AUC, all pairs",
            books,
            "auc_all",
        ),
    ]
    return [electronics_table(electronics), books_table(books)], figures


def _curve(model: str, settings: EmbeddingSettings, split: Split, runner: StudyRunner) -> Curve:
    from core.models import create

    points: list[dict[str, float]] = []

    class Points(Progress):
        def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
            runner.progress.stage(f"{model} {settings.optimiser}", total, unit)

        def advance(self, done: int) -> None:
            runner.progress.advance(done)

        def point(self, **values: float) -> None:
            points.append(values)

    create(model, settings, workers=runner.workers).fit(split, Points(), _monitor(split))
    return {name: [point[name] for point in points] for name in COLUMNS}


def _monitor(split: Split) -> Callable[[Model], dict[str, float]]:
    """Return a function that measures AUC and vector lengths.

    *All* is measured as in the study: products without a training pair are scored by their
    untrained vectors.
    """
    evaluation_set = EvaluationSet.of(split)
    true, false = evaluation_set.pairs(POSITIVE), evaluation_set.pairs("uniform")
    if not (true.seen.any() and false.seen.any()):
        raise UserError(
            "No pair of the development slice has two products with a training pair, so no curve "
            "can be measured. Use a larger data set."
        )
    rng = np.random.default_rng(split.seed)
    sets = []
    for pairs in (true, false):
        rows = rng.permutation(len(pairs))[:SAMPLE]
        sets.append((pairs.u[rows], pairs.v[rows], pairs.seen[rows]))

    def measure(model: Model) -> dict[str, float]:
        (positive, seen), (negative, seen_negative) = ((model.score(u, v), s) for u, v, s in sets)
        lengths = np.linalg.norm(np.asarray(model.vectors), axis=1)
        return {
            "auc_seen": auc(positive[seen], negative[seen_negative]),
            "auc_all": auc(positive, negative),
            "length_seen": float(np.median(lengths[split.seen])),
            "length_unseen": float(np.median(lengths[~split.seen])) if not split.seen.all() else 0,
        }

    return measure


def fall_at_restarts(curve: Curve, key: str = "auc_seen") -> float:
    """Return the largest fall from the end of an epoch into the first half of the next one; 0 if
    there is none."""
    epochs, values = np.array(curve["epoch"]), np.array(curve[key])
    falls = [0.0]
    for end in range(1, round(epochs[-1])):
        after = values[(epochs > end + 1e-9) & (epochs <= end + 0.5)]
        if len(after):
            falls.append(float(values[np.isclose(epochs, end)][0] - after.min()))
    return max(falls)


def in_last_epoch(curve: Curve, key: str) -> tuple[float, float]:
    """Return the value at the last epoch's first point, and at its end."""
    epochs, values = np.array(curve["epoch"]), curve[key]
    first = int(np.flatnonzero(epochs > round(epochs[-1]) - 1 + 1e-9)[0])
    return values[first], values[-1]


def electronics_table(curves: dict[str, Curve]) -> Table:
    """Return how far each variant falls at a restart, and where it ends."""
    rows: list[list[Cell]] = []
    for name, curve in curves.items():
        first, last = in_last_epoch(curve, "auc_seen")
        fall, best = fall_at_restarts(curve), max(curve["auc_seen"])
        lengths = curve["length_seen"][-1], curve["length_unseen"][-1]
        rows.append([name, fall, best, first, last, *lengths])
    return Table(
        title="MF, steps as on Electronics",
        columns=[
            "variant",
            "largest fall at a restart",
            "best Seen",
            "Seen, start of the last epoch",
            "Seen, end",
            "vector length, seen",
            "vector length, unseen",
        ],
        rows=rows,
        note=_note("Electronics"),
    )


def books_table(curves: dict[str, Curve]) -> Table:
    """Return how AUC changes within the last epoch of each variant, while the rate falls."""
    rows: list[list[Cell]] = []
    for name, curve in curves.items():
        seen, all_ = in_last_epoch(curve, "auc_seen"), in_last_epoch(curve, "auc_all")
        lengths = curve["length_seen"][-1], curve["length_unseen"][-1]
        rows.append([name, *seen, *all_, *lengths])
    return Table(
        title="MF + bias, steps as on Books: first point of the last epoch, and its end",
        columns=[
            "variant",
            "Seen, first",
            "Seen, end",
            "All, first",
            "All, end",
            "vector length, seen",
            "vector length, unseen",
        ],
        rows=rows,
        note=_note("Books") + " All pairs are scored as in the study, with untrained vectors.",
    )


def _note(data: str) -> str:
    start = SMALLER["initial_scale"] * SMALLER["dim"] ** 0.5
    return (
        f"Development slice; {SMALLER['dim']} dimensions instead of 128; vectors of length "
        f"{start:.1f} at the start, so that the scores have the same spread; as many steps per "
        f"epoch as on the study's {data}."
    )


def _figure(title: str, y_title: str, curves: dict[str, Curve], key: str) -> Figure:
    series = [Series(name=name, x=curve["epoch"], y=curve[key]) for name, curve in curves.items()]
    return Figure(title=title, kind="lines", x_title="epoch", y_title=y_title, series=series)
