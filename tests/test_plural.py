"""Counts with their nouns."""

from __future__ import annotations

import pytest

from core.plural import count_of


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 pairs"), (1, "1 pair"), (2, "2 pairs"), (1200, "1,200 pairs")]
)
def test_only_one_takes_the_singular(n, text):
    assert count_of(n, "pair") == text


def test_a_plural_of_its_own_replaces_the_s():
    assert [count_of(n, "id is", "ids are") for n in (1, 3)] == ["1 id is", "3 ids are"]
