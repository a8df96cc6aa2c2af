"""Compiled row operations against numpy; `test_net.py` checks the gradients of the scores."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit

from core.models.embedding.gradients.row_kernels import chain, gather_rows, row_adagrad
from core.models.embedding.gradients.shared_negative_kernels import loss_derivatives


@pytest.fixture
def ids():
    return np.array([5, 2, -1, 5, 0, 2, 5, -1, 7], np.int32)


def chained(ids, n_rows=9):
    slot = np.full(n_rows, -1, np.int32)
    chains = chain(ids, slot)
    assert (slot == -1).all()
    return chains


def test_chains_visit_every_position_of_every_id(ids):
    chains = chained(ids)
    assert chains.distinct.tolist() == [5, 2, 0, 7]
    for row, position in zip(chains.distinct, chains.last):
        positions = []
        while position >= 0:
            positions.append(int(position))
            position = chains.following[position]
        assert positions[::-1] == np.flatnonzero(ids == row).tolist()
    occurring = ids >= 0
    np.testing.assert_array_equal(chains.distinct[chains.slots[occurring]], ids[occurring])
    assert (chains.slots[~occurring] == 0).all()


@pytest.mark.parametrize("cuts", [[0, 4], [0, 2, 4], [0, 1, 1, 3, 4]])
def test_row_adagrad_equals_numpy_however_the_rows_are_divided(ids, cuts):
    rng = np.random.default_rng(0)
    table = rng.standard_normal((9, 6)).astype(np.float32)
    squares = rng.random(9).astype(np.float32)
    gradients = rng.standard_normal((len(ids), 6)).astype(np.float32)
    total = np.zeros((9, 6))
    np.add.at(total, ids[ids >= 0], gradients[ids >= 0])
    expected_squares = squares + np.mean(total**2, axis=1)
    expected = table - 0.1 * total / np.sqrt(expected_squares)[:, None]
    distinct, last, following, _ = chained(ids)
    for begin, end in pairwise(cuts):
        some = distinct[begin:end], last[begin:end]
        row_adagrad(table, squares, gradients, *some, following, 0.1, 1e-16)
    np.testing.assert_allclose(table, expected, rtol=1e-5)
    np.testing.assert_allclose(squares, expected_squares, rtol=1e-5)


def test_row_adagrad_does_not_change_other_rows(ids):
    table, squares = np.ones((9, 6), np.float32), np.ones(9, np.float32)
    distinct, last, following, _ = chained(ids)
    gradients = np.ones((len(ids), 6), np.float32)
    some = distinct[1:3], last[1:3]
    row_adagrad(table, squares, gradients, *some, following, 0.1, 1e-16)
    moved = (table != 1).any(axis=1)
    assert np.flatnonzero(moved).tolist() == [0, 2]


@pytest.mark.parametrize("dim", [1, 6, 128])
def test_gathered_rows_equal_numpys_except_for_padding(ids, dim):
    table = np.random.default_rng(0).standard_normal((9, dim)).astype(np.float32)
    rows = np.full((len(ids), dim), np.nan, np.float32)
    gather_rows(table, ids, rows)
    np.testing.assert_array_equal(rows, table[np.maximum(ids, 0)])


def test_derivatives_of_the_logistic_loss_are_scipys_sigmoid():
    scores = np.concatenate([np.linspace(-25, 25, 20_001), [-1e30, 1e30, 0]]).astype(np.float32)
    biases = np.random.default_rng(0).standard_normal(len(scores)).astype(np.float32)
    found = scores.copy()
    loss_derivatives(found, biases, np.float32(0.25), np.float32(1), False)
    expected = expit(scores.astype(np.float64) + biases + 0.25) - 1
    np.testing.assert_allclose(found, expected, atol=2e-7)
