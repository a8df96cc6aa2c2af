"""Fixtures for the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

# Before numpy and torch read it: the tests run in several processes, which share the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest

from core.graph.split import Split, random_split
from tests.communities import community_pairs


@pytest.fixture(scope="session")
def lab_data() -> Path:
    """The folder of real Amazon files that `LAB_DATA` names; skips where it is unset."""
    folder = os.environ.get("LAB_DATA")
    if not folder:
        pytest.skip("LAB_DATA is not set: no real Amazon files here")
    return Path(folder)


@pytest.fixture
def on_cpu(monkeypatch) -> None:
    """Train on the CPU even where there is a GPU: only there results repeat bit by bit."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


@pytest.fixture(scope="session")
def community_split() -> Split:
    """A small split of known communities: product // 25 is the community."""
    pairs = community_pairs()
    return random_split(pairs, 200, np.ones(200, bool), seed=42)
