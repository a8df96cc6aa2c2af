"""Embeddings that are fitted side by side."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.graph.split import random_split
from core.models.stack.bases import fit_bases
from core.parallel import use_workers
from core.progress import QUIET, Progress, Stopped
from tests.communities import community_pairs

FITS = {"popular": 2, "far": 2, "mf": 1, "spectral": 1}


@pytest.fixture(scope="module")
def split():
    return random_split(community_pairs(), 210, np.ones(210, bool))


def test_embeddings_are_the_same_to_the_last_bit_however_many_are_fitted_at_a_time(split):
    alone, *others = [fit_bases(split, FITS, 16, 3, workers, QUIET) for workers in (1, 2, 8)]
    assert [len(alone[name].each) for name in ("popular dot", "cosine", "mf dot")] == [2, 2, 1]
    for found in others:
        assert found.keys() == alone.keys()
        for name, dots in found.items():
            for array, expected in zip(dots.arrays().values(), alone[name].arrays().values()):
                np.testing.assert_array_equal(array, expected)
    first, second = alone["cosine"].each
    assert (first.queries != second.queries).any()


@pytest.mark.parametrize("workers", [1, 2])
def test_fits_stop_together_and_leave_the_threads_as_they_were(split, workers):
    class Stopping(Progress):
        def advance(self, done: int) -> None:
            raise Stopped

    expected = use_workers(workers)
    with pytest.raises(Stopped):
        fit_bases(split, FITS, 16, 3, workers, Stopping())
    assert {library["num_threads"] for library in threadpool_info()} == {expected}
    use_workers(1)
    assert {library["num_threads"] for library in threadpool_info()} == {1}
