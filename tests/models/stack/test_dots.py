"""Inner products that are the same to the last bit in whatever way they are asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.models.stack import exact_dots
from core.models.stack.exact_dots import ExactDots
from core.models.stack.mean_dots import MeanDots

N = 60


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_dots_are_the_same_to_the_last_bit_however_they_are_summed(
    rng, whole, swapped, monkeypatch
):
    monkeypatch.setattr(exact_dots, "_whole_numbers_are_faster", lambda: whole)
    queries, keys = rng.standard_normal((2, N, 96)).astype(np.float32)
    if swapped:
        keys = np.roll(queries, 48, axis=1) * np.float32(3)
    kept = np.arange(N) != 7
    dots = ExactDots(queries, keys, kept)
    assert (dots.keys is dots.queries) == swapped and ("keys" not in dots.arrays()) == swapped
    u, v = (ends.ravel() for ends in np.indices((N, N)))
    pairs = dots.pairs(u, v).reshape(N, N)
    for first, last in ((0, N), (3, N - 5)):
        rows = dots.rows(np.arange(N), first, last)
        np.testing.assert_array_equal(pairs[:, first:last], rows)
        back = dots.turned.rows(np.arange(N), first, last)
        np.testing.assert_array_equal(pairs[first:last].T, back)
    assert (pairs[7] == 0).all() and (pairs[:, 7] == 0).all()
    rest = np.ix_(kept, kept)
    true = queries[kept] @ keys[kept].T
    assert np.abs(pairs[rest] - true).max() < 0.03 * np.abs(true).max()
    again = ExactDots.from_arrays(dots.arrays())
    np.testing.assert_array_equal(again.pairs(u, v), pairs.ravel())


@pytest.mark.parametrize("n", [1, 3])
def test_the_mean_of_dots_is_the_same_to_the_last_bit_however_it_is_asked_for(rng, n):
    kept = np.arange(N) != 7
    tables = [rng.standard_normal((2, N, 16)).astype(np.float32) for _ in range(n)]
    *two_sided, (one_sided, _) = tables
    each = [ExactDots(*pair, kept) for pair in two_sided]
    mean = MeanDots([*each, ExactDots(one_sided, one_sided, kept)])
    u, v = (ends.ravel() for ends in np.indices((N, N)))
    pairs = mean.pairs(u, v)
    expected = np.mean([dots.pairs(u, v) for dots in mean.each], axis=0)
    np.testing.assert_allclose(pairs, expected, rtol=1e-5, atol=1e-6)
    rows = mean.rows(np.arange(N), 3, N - 5)
    np.testing.assert_array_equal(rows, pairs.reshape(N, N)[:, 3 : N - 5])
    back = mean.turned.rows(np.arange(N), 3, N - 5)
    np.testing.assert_array_equal(back, pairs.reshape(N, N)[3 : N - 5].T)
    again = MeanDots.from_arrays(mean.arrays())
    np.testing.assert_array_equal(again.pairs(u, v), pairs)
    assert len(again.each) == n and again.each[-1].keys is again.each[-1].queries


def test_a_torch_that_cannot_multiply_whole_numbers_is_done_without(monkeypatch):
    def refuse(*_):
        raise RuntimeError("not implemented")

    monkeypatch.setattr(torch, "_int_mm", refuse)
    exact_dots._whole_numbers_are_faster.cache_clear()
    try:
        assert not exact_dots._whole_numbers_are_faster()
    finally:
        exact_dots._whole_numbers_are_faster.cache_clear()
