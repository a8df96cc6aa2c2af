"""Saved selections: by name, safely, and removed with their data set."""

from __future__ import annotations

import pytest

from core.config import UserError
from core.explore.saved_selections import (
    load_selection,
    remove_selection,
    save_selection,
    saved_selections,
)
from core.runs.store import Store


def test_a_selection_is_saved_by_name(tmp_path):
    store = Store(tmp_path)
    store.lock("shop")
    assert saved_selections(store, "shop") == []
    assert save_selection(store, "shop", "cheese  corner", ["a", "ü,1"]) == "cheese-corner"
    save_selection(store, "shop", "bread", ["b"])
    assert saved_selections(store, "shop") == ["bread", "cheese-corner"]
    assert load_selection(store, "shop", "cheese-corner") == ["a", "ü,1"]
    save_selection(store, "shop", "bread", ["c"])
    assert load_selection(store, "shop", "bread") == ["c"]
    remove_selection(store, "shop", "bread")
    assert saved_selections(store, "shop") == ["cheese-corner"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x"])
def test_a_name_that_cannot_be_a_file_name_is_refused(name, tmp_path):
    store = Store(tmp_path)
    store.lock("shop")
    with pytest.raises(UserError, match="is not a name of a selection"):
        save_selection(store, "shop", name, ["a"])
    with pytest.raises(UserError, match="There is no selection"):
        load_selection(store, "shop", name)
