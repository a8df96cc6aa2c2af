"""Dunning's ratio against scipy, and the top lists against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from core.data import association
from core.data.association import associations
from core.data.kernels.log_likelihood import Limits, log_likelihood_ratio, upper_bound


@st.composite
def tables(draw):
    return [draw(st.integers(0, 400)) for _ in range(4)]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(tables())
def test_ratio_equals_scipy(table):
    a, b, c, d = table
    total, first, second = sum(table), a + b, a + c
    if not (0 < first < total and 0 < second < total):
        return  # scipy refuses tables with an empty row
    ratio = log_likelihood_ratio(float(a), float(first), float(second), float(total))
    if a * total <= first * second:
        assert ratio == 0  # together no more often than by chance
        return
    expected = chi2_contingency([[a, b], [c, d]], correction=False, lambda_="log-likelihood")[0]
    assert ratio == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert upper_bound(float(a), float(first), float(second), float(total)) >= ratio


def test_ratio_of_tables_with_an_empty_row():
    assert log_likelihood_ratio(5.0, 10.0, 5.0, 10.0) == 0  # an item of every group has no partner
    assert log_likelihood_ratio(5.0, 5.0, 5.0, 10.0) == pytest.approx(20 * np.log(2))


def by_brute_force(group, item, n_items, top, min_together, min_score):
    """Return {item: [partners, strongest first]} from sets of groups."""
    groups = [set(group[item == i].tolist()) for i in range(n_items)]
    total = len(set(group.tolist()))
    lists = {}
    for i in range(n_items):
        scored = []
        for j in range(n_items):
            both = len(groups[i] & groups[j])
            if i == j or both < min_together or not groups[i] or not groups[j]:
                continue
            sizes = float(len(groups[i])), float(len(groups[j])), float(total)
            score = log_likelihood_ratio(float(both), *sizes)
            if score > 0 and score >= min_score:
                scored.append((-score, j))
        lists[i] = [j for _, j in sorted(scored)[:top]]
    return lists


@pytest.mark.parametrize("top", [1, 3, 50])
@pytest.mark.parametrize(("min_together", "min_score"), [(1, 0.0), (2, 1.5), (3, 4.0)])
@pytest.mark.parametrize(("n_groups", "n_items", "n"), [(40, 25, 300), (300, 30, 700), (3, 60, 90)])
def test_lists_equal_brute_force(top, min_together, min_score, n_groups, n_items, n, monkeypatch):
    monkeypatch.setattr(association, "_BLOCK", 7)
    rng = np.random.default_rng(n + top)
    # Heavy-tailed items, repeats and numbers of groups with gaps.
    item = (n_items * rng.random(n) ** 2).astype(np.int32)
    group = rng.integers(0, n_groups, n) * 3
    source, target = associations(group, item, n_items, Limits(top, min_together, min_score))
    found = {i: target[source == i].tolist() for i in range(n_items)}
    assert found == by_brute_force(group, item, n_items, top, min_together, min_score)


def test_a_product_in_every_basket_has_no_partners():
    """Bananas in all baskets; chips and dip in the same half of them."""
    group = np.concatenate([np.arange(100), np.arange(50), np.arange(50)])
    item = np.repeat([0, 1, 2], [100, 50, 50])
    source, target = associations(group, item, 3)
    assert list(zip(source.tolist(), target.tolist())) == [(1, 2), (2, 1)]


def test_an_empty_log_has_no_associations():
    empty = np.empty(0, np.int32)
    source, target = associations(empty, empty, 0)
    assert len(source) == len(target) == 0
    source, target = associations(empty, empty, 5)
    assert len(source) == len(target) == 0
