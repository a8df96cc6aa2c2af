"""MF and skip-gram end to end on a graph whose communities are known."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from core.config import UserError
from core.graph.split import Split
from core.graph.walks import WalkPlan, random_walks
from core.models import create
from core.models.embedding.model import Embedding
from core.models.embedding.settings import EmbeddingSettings
from core.models.registry import resolve_settings
from core.progress import Progress, Stopped

GRID = [
    {"trained_on": trained_on, "two_tables": two, "bias": bias, "loss": loss}
    for trained_on in ("edges", "walks")
    for two in (False, True)
    for bias in (False, True)
    for loss in ("bce", "mse", "sgns")
]
NAMES = ["mf", "mf-bias", "mf-continuous", "mf-bias-continuous", "mf-walks", "mf-bias-walks"]
NAMES += ["skipgram", "node2vec"]


def auc(model, split: Split) -> float:
    """AUC of held-out pairs against pairs across communities, best of the model's scorings."""
    rng = np.random.default_rng(0)
    u, v = rng.integers(0, split.n_products, (2, 4000))
    across = (u // 25 != v // 25) & split.both_seen(u, v)
    inside = split.test.u // 25 == split.test.v // 25
    inside &= split.both_seen(split.test.u, split.test.v)
    labels = np.concatenate([np.ones(inside.sum()), np.zeros(across.sum())])
    values = []
    for scoring in model.scorings:
        model.scoring = scoring
        positive = model.score(split.test.u[inside], split.test.v[inside])
        negative = model.score(u[across], v[across])
        values.append(roc_auc_score(labels, np.concatenate([positive, negative])))
    return max(values)


@pytest.mark.parametrize("point", GRID, ids=lambda point: "-".join(map(str, point.values())))
def test_every_combination_of_settings_learns(point, community_split):
    settings = EmbeddingSettings(
        dim=16,
        epochs=12 if point["trained_on"] == "edges" else 2,
        learning_rate=0.1,
        initial="normal",
        initial_scale=0.3,
        **point,
    )
    model = Embedding(settings, seed=1).fit(community_split)
    assert auc(model, community_split) > 0.9


@pytest.mark.parametrize("sampling", ["shared", "pair"])
@pytest.mark.parametrize("optimiser", ["row-adagrad", "adam", "sparse-adam"])
def test_every_optimiser_learns_with_both_kinds_of_negatives(sampling, optimiser, community_split):
    settings = EmbeddingSettings(
        dim=16, sampling=sampling, optimiser=optimiser, learning_rate=0.03, batch_size=32, epochs=5
    )
    assert auc(Embedding(settings, seed=1).fit(community_split), community_split) > 0.9


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize("name", NAMES)
def test_named_models_repeat_bit_by_bit_for_any_number_of_workers(name, community_split):
    settings = resolve_settings(name, "ours", {"epochs": 2})
    one, again, two, other = (
        create(name, settings, seed=seed, workers=workers).fit(community_split)
        for seed, workers in [(5, 1), (5, 1), (5, 2), (6, 1)]
    )
    np.testing.assert_array_equal(one.vectors_, again.vectors_)
    np.testing.assert_array_equal(one.vectors_, two.vectors_)
    assert not np.array_equal(one.vectors_, other.vectors_)


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize("name", ["mf-bias", "skipgram"])
def test_the_study_preset_runs_and_repeats(name, community_split):
    changes = {"epochs": 1, "dim": 8, "walks_per_product": 1}
    settings = resolve_settings(name, "study", changes)
    models = [create(name, settings, seed=5).fit(community_split) for _ in range(2)]
    np.testing.assert_array_equal(models[0].vectors_, models[1].vectors_)


@pytest.mark.parametrize("name", NAMES)
def test_save_and_load_give_equal_scores(name, community_split, tmp_path):
    settings = resolve_settings(name, "ours", {"epochs": 1, "dim": 8})
    model = create(name, settings, seed=5).fit(community_split)
    model.save(tmp_path)
    loaded = create(name, settings).load(tmp_path, community_split)
    u, v = community_split.test.u, community_split.test.v
    for scoring in model.scorings:
        model.scoring = loaded.scoring = scoring
        np.testing.assert_array_equal(model.score(u, v), loaded.score(u, v))
        everything = model.score_all(u[:5])
        np.testing.assert_allclose(
            everything[np.arange(5), v[:5]], model.score(u[:5], v[:5]), atol=1e-5
        )
        np.testing.assert_allclose(model.score(u, v), model.score(v, u), atol=1e-5)


@pytest.mark.parametrize("name", ["mf-bias", "skipgram"])
def test_unseen_products_keep_their_initial_vectors(name, community_split):
    split = _without(community_split, [3, 77])
    settings = resolve_settings(name, "ours", {"epochs": 1, "dim": 8})
    model = create(name, settings, seed=5).fit(split)
    for scoring in model.scorings:
        model.scoring = scoring
        assert np.isfinite(model.score_all(np.array([3, 77, 5]))).all()
    longer = create(name, settings.model_copy(update={"epochs": 2}), seed=5).fit(split)
    changed = (model.vectors_ != longer.vectors_).any(axis=1)
    assert not changed[[3, 77]].any()
    assert changed[split.seen].all()


def _without(split: Split, products: list[int]) -> Split:
    kept = ~np.isin(split.train.u, products) & ~np.isin(split.train.v, products)
    return Split(
        "random",
        split.n_products,
        split.train[kept],
        split.test,
        split.development_mask[kept],
        split.lists_relations,
        split.is_cold,
        catalogue=split.catalogue,
    )


class Recorder(Progress):
    """Records the points; stops after a number of them."""

    def __init__(self, stop_after: int | None = None):
        self.points, self.stages, self.stop_after = [], [], stop_after

    def stage(self, name, total=None, unit=""):
        self.stages.append(name)

    def point(self, **values):
        self.points.append(values)

    def advance(self, done):
        if self.stop_after is not None and len(self.points) >= self.stop_after:
            raise Stopped


def test_walks_depend_on_p_and_q(community_split):
    settings = resolve_settings("node2vec", "ours", {"p": 0.25, "q": 4, "walks_per_product": 3})
    sequences, _ = Embedding(settings, seed=7)._sequences(community_split, None)
    expected = random_walks(community_split.graph, WalkPlan(3, 30, 0.25, 4, 7))
    np.testing.assert_array_equal(sequences, expected)


def test_the_learning_curve_has_its_points_and_the_monitors_measures(community_split):
    settings = EmbeddingSettings(epochs=2, points_per_epoch=4, dim=8, schedule="linear")
    progress = Recorder()
    model = Embedding(settings, seed=1)
    model.fit(community_split, progress, lambda seen: {"auc": auc(seen, community_split)})
    assert [point["epoch"] for point in progress.points] == [
        0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0,
    ]  # fmt: skip
    assert [point["epoch_end"] for point in progress.points] == 2 * [False, False, False, True]
    rates = [point["learning_rate"] for point in progress.points]
    assert rates == sorted(rates, reverse=True)
    assert progress.points[-1]["loss"] < progress.points[0]["loss"]
    assert progress.points[-1]["auc"] > 0.9
    assert progress.points[-1]["auc"] == pytest.approx(auc(model, community_split))
    assert progress.stages == ["walks", "training"]
    assert model.rate_ > 0


def test_the_studys_rate_restarts_as_torchs_own_scheduler(community_split):
    settings = resolve_settings("mf", "study", {"epochs": 2, "dim": 4, "points_per_epoch": 10_000})
    progress = Recorder()
    Embedding(settings).fit(community_split, progress)
    rates = [point["learning_rate"] for point in progress.points]
    steps = len(rates) // 2
    # Loshchilov & Hutter, arXiv 1608.03983, eq. 5 with a minimum of 0.
    expected = 0.01 * (1 + np.cos(np.pi * np.arange(steps) / steps)) / 2
    np.testing.assert_allclose(rates, np.tile(expected, 2), rtol=1e-9)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.Adam([weight], 0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=steps)
    for rate in rates:
        assert rate == optimiser.param_groups[0]["lr"]
        optimiser.step()
        schedule.step()


def test_dense_adam_shrinks_rows_that_no_batch_touches(community_split):
    split = _without(community_split, [3])
    settings = EmbeddingSettings(
        trained_on="edges", two_tables=False, loss="bce", optimiser="adam", l2=1e-3, dim=8,
        learning_rate=0.01, sampling="pair", initial="normal",
    )  # fmt: skip
    lengths = []
    for epochs in (1, 3):
        model = Embedding(settings.model_copy(update={"epochs": epochs}), seed=1).fit(split)
        lengths.append(np.linalg.norm(model.vectors_[3]))
    assert lengths[1] < lengths[0]


def test_a_stop_leaves_a_usable_model(community_split, monkeypatch):
    monkeypatch.setattr("core.models.embedding.train.SECONDS_BETWEEN_REPORTS", 0)
    model = Embedding(EmbeddingSettings(dim=8, epochs=3))
    with pytest.raises(Stopped):
        model.fit(community_split, Recorder(stop_after=2))
    assert np.isfinite(model.score(community_split.test.u, community_split.test.v)).all()


def test_a_split_without_training_pairs_is_refused(community_split):
    empty = _without(community_split, list(range(200)))
    for name in ("mf", "skipgram"):
        with pytest.raises(UserError, match="training pair"):
            create(name, resolve_settings(name)).fit(empty)


def test_settings_can_be_read_without_torch():
    import subprocess
    import sys

    code = (
        "import sys; from core.models.registry import resolve_settings as r;"
        "r('skipgram'); r('mf', 'study'); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
