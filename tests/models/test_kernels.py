"""The compiled row updates against numpy."""

from itertools import pairwise

import numpy as np
import pytest

from core.models.kernels import adagrad_rows, add_rows, number_distinct


@pytest.fixture
def ids():
    return np.array([5, 2, -1, 5, 0, 2, 5, -1, 7], np.int32)


def test_number_distinct_numbers_in_order_of_appearance_and_cleans_up(ids):
    slot_of = np.full(9, -1, np.int32)
    slots, distinct = np.empty_like(ids), np.empty_like(ids)
    n = number_distinct(ids, slot_of, slots, distinct)
    assert distinct[:n].tolist() == [5, 2, 0, 7]
    assert slots.tolist() == [0, 1, -1, 0, 2, 1, 0, -1, 3]
    assert (slot_of == -1).all()


@pytest.mark.parametrize("cuts", [[0, 4], [0, 2, 4], [0, 1, 1, 3, 4]])
def test_add_rows_sums_duplicates_like_numpy_however_the_slots_are_divided(ids, cuts):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((len(ids), 6)).astype(np.float32)
    slots = np.array([0, 1, -1, 0, 2, 1, 0, -1, 3], np.int32)
    total = np.zeros((4, 6), np.float32)
    for first, last in pairwise(cuts):
        add_rows(total, slots, rows, first, last)
    expected = np.zeros((4, 6))
    np.add.at(expected, slots[slots >= 0], rows[slots >= 0])
    np.testing.assert_allclose(total, expected, rtol=1e-5)


def test_adagrad_rows_moves_the_rows_of_its_slots_and_no_others():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((9, 6)).astype(np.float32)
    squares = rng.random(9).astype(np.float32)
    before, squares_before = table.astype(float), squares.astype(float)
    distinct = np.array([5, 2, 0, 7], np.int32)
    total = rng.standard_normal((4, 6)).astype(np.float32)
    adagrad_rows(table, squares, distinct, total, 1, 3, 0.1, 1e-16)
    expected, expected_squares = before.copy(), squares_before.copy()
    for slot in (1, 2):
        row = distinct[slot]
        expected_squares[row] += np.mean(total[slot].astype(float) ** 2)
        expected[row] -= 0.1 * total[slot] / np.sqrt(expected_squares[row])
    np.testing.assert_allclose(table, expected, rtol=1e-5)
    np.testing.assert_allclose(squares, expected_squares, rtol=1e-5)
