"""Sweeps over settings."""

from __future__ import annotations

import pytest

from core.config import UserError
from core.models.sweep import MAX_RUNS, parse_sweep


def test_a_grid_has_every_combination_once():
    grid = parse_sweep(["dim=32,64,64", "bias=true,false", "scoring=dot"])
    assert len(grid) == 4
    assert {"dim": 64, "bias": False, "scoring": "dot"} in grid
    assert parse_sweep([]) == [{}]


def test_a_list_in_brackets_is_one_value_and_texts_need_no_quotes():
    assert parse_sweep(['fields_used=["brand","category_3"]']) == [
        {"fields_used": ["brand", "category_3"]}
    ]
    assert parse_sweep(['fields_used=[],["brand"]']) == [
        {"fields_used": []},
        {"fields_used": ["brand"]},
    ]
    assert parse_sweep(["scoring=dot,cosine"]) == [{"scoring": "dot"}, {"scoring": "cosine"}]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [(["dim"], "is not a setting"), (["dim="], "is not a setting"), (["a=1", "a=2"], "twice"),
     ([f"dim={','.join(map(str, range(10)))}", "epochs=1,2,3,4,5,6"], f"at most {MAX_RUNS}")],
)  # fmt: skip
def test_an_invalid_sweep_is_refused(texts, problem):
    with pytest.raises(UserError, match=problem):
        parse_sweep(texts)
