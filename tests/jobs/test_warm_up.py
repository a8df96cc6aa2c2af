"""Compiling ahead of the first training."""

from __future__ import annotations

from core.jobs import warm_up


def test_the_baseline_is_trained_and_nothing_is_left_behind(monkeypatch, tmp_path):
    trained = []
    train = warm_up.train
    monkeypatch.setattr(warm_up, "train", lambda *args: trained.append(train(*args).metrics))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    warm_up.warm_up()
    # Its evaluation is complete, with ranking and hard negatives.
    (metrics,) = trained
    assert metrics["hits_at_10"] is not None and metrics["auc_hard"] is not None
    assert list(tmp_path.iterdir()) == []
