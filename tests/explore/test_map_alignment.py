"""Alignment of maps: a turned copy comes back, and only common products count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.explore.map_alignment import align


def a_map(products: np.ndarray, points: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(points.astype(np.float32), columns=list("xyz")[: points.shape[1]])
    return table.assign(product=products.astype(np.int32), region=np.int16(0))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_moved_turned_mirrored_and_scaled_map_comes_back(dimensions):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, dimensions))
    turn = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0]
    turn[:, 0] *= -np.sign(np.linalg.det(turn))  # a mirror, too
    order = rng.permutation(60)
    other = a_map(order, (points @ turn * 3 + 7)[order])
    aligned = align(a_map(np.arange(60), points), other)
    axes = list("xyz")[:dimensions]
    assert aligned.table[axes].to_numpy() == pytest.approx(points[order], abs=1e-4)
    assert aligned.agreement == pytest.approx(1) and aligned.n_common == 60
    assert aligned.table["product"].tolist() == order.tolist()


def test_products_on_one_map_only_do_not_affect_the_alignment_but_are_moved():
    points = np.random.default_rng(1).normal(size=(50, 2))
    other = a_map(np.arange(20, 70), np.vstack([points[20:] + 5, np.full((20, 2), 99.0)]))
    aligned = align(a_map(np.arange(50), points), other)
    assert aligned.n_common == 30
    assert aligned.table[["x", "y"]].to_numpy()[-1] == pytest.approx([94, 94], abs=1e-3)


def test_maps_with_nothing_in_common_stay_as_they_are():
    points = np.random.default_rng(2).normal(size=(9, 2))
    one, other = a_map(np.arange(9), points), a_map(np.arange(9, 18), points)
    aligned = align(one, other)
    assert aligned.table.equals(other) and (aligned.n_common, aligned.agreement) == (0, 0)


def test_random_maps_hardly_agree():
    rng = np.random.default_rng(3)
    one, other = (a_map(np.arange(500), rng.normal(size=(500, 2))) for _ in "ab")
    assert align(one, other).agreement < 0.05
