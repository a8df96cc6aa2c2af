"""Steps replayed on a GPU against the same steps taken one by one; skipped where there is none."""

import numpy as np
import pytest
import torch

from core.models import create
from core.models.embedding.cuda_graph import CudaGraphStep
from core.models.embedding.settings import EmbeddingSettings
from core.models.registry import resolve_settings
from tests.communities import described_split

NAMES = ["mf-bias", "mf-continuous", "mf-walks", "skipgram", "skipgram-side-info", "eges"]
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@needs_gpu
@pytest.mark.parametrize("name", NAMES)
def test_replayed_steps_are_the_steps_taken_one_by_one(name, monkeypatch):
    split = described_split()
    # One epoch: sums on a GPU come in any order, and small differences grow.
    settings = resolve_settings(name, "ours", {"epochs": 1, "dim": 16, "points_per_epoch": 2})
    recorded = []
    record = CudaGraphStep._record

    def noted(self, batch):
        recorded.append(name)
        return record(self, batch)

    monkeypatch.setattr(CudaGraphStep, "_record", noted)
    replayed = create(name, settings, seed=3).fit(split)
    assert recorded == [name]
    monkeypatch.setattr(CudaGraphStep, "supports", lambda *_: False)
    one_by_one = create(name, settings, seed=3).fit(split)
    np.testing.assert_allclose(replayed.vectors_, one_by_one.vectors_, atol=1e-3)
    np.testing.assert_allclose(replayed.context_, one_by_one.context_, atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "device", "supported"),
    [
        ({}, "cuda", True),
        ({}, "cpu", False),
        ({"optimiser": "adam"}, "cuda", False),
        ({"sampling": "pair"}, "cuda", False),
    ],
)
def test_steps_that_differ_are_not_recorded(changes, device, supported):
    assert CudaGraphStep.supports(EmbeddingSettings(**changes), torch.device(device)) == supported
