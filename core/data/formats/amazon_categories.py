"""The category levels of a record of Amazon metadata."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from core.data.clean_values import clean_text

_clean_level = lru_cache(2**14)(clean_text)  # a few distinct names occur millions of times


def category_levels(record: Mapping[str, object]) -> list[str]:
    """Return the first four levels of the longest category path (the first if tied)."""
    paths, path = record.get("categories"), record.get("category")
    of_2014 = isinstance(paths, list) and bool(paths) and type(paths[0]) is list
    if isinstance(paths, list) and of_2014:
        path = max((path for path in paths if type(path) is list), key=len)
    if not isinstance(path, list):
        path = []
    levels = []
    for value in path[:8]:
        level = _clean_level(value) if type(value) is str else ""
        if not of_2014 and level.endswith((".", "!")):  # the bullet points may follow the path
            break
        if level:
            levels.append(level)
    return [*levels, "", "", "", ""][:4]
