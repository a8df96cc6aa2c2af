"""Sweeps over settings, ``dim=32,64 epochs=3,5``: parsed into one set of changes per run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import product
from math import prod

from pydantic import JsonValue

from core.config import UserError

MAX_RUNS = 50


def parse_sweep(texts: Iterable[str]) -> list[dict[str, JsonValue]]:
    """Parse strings ``name=value`` or ``name=value,value,…``; return every combination of values.

    A value is JSON, or else plain text; a list in brackets is one value.

    Raises
    ------
    UserError
        If a string has no name or no value, a name is given twice, or there are too many runs.

    Examples
    --------
    >>> parse_sweep(["dim=32,64", "epochs=3"])
    [{'dim': 32, 'epochs': 3}, {'dim': 64, 'epochs': 3}]
    """
    values: dict[str, list[JsonValue]] = {}
    for text in texts:
        name, equals, several = (part.strip() for part in text.partition("="))
        if not (name and equals and several):
            raise UserError(
                f"'{text}' is not a setting: write --set name=value, e.g. dim=64 or dim=32,64,128."
            )
        if name in values:
            raise UserError(f"The setting '{name}' is given twice.")
        values[name] = list({json.dumps(value): value for value in _values(several)}.values())
    n_runs = prod(map(len, values.values()))
    if n_runs > MAX_RUNS:
        sizes = " x ".join(str(len(each)) for each in values.values())
        raise UserError(
            f"This sweep has {sizes} = {n_runs} runs; at most {MAX_RUNS} are trained at once. "
            "Name fewer values."
        )
    return [dict(zip(values, combination)) for combination in product(*values.values())]


def _values(text: str) -> list[JsonValue]:
    """Return the values in a string, separated by commas outside brackets and quotes."""
    for candidate in (text, f"[{text}]"):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        return [value] if candidate is text else value
    return [_value(part.strip()) for part in text.split(",") if part.strip()]


def _value(text: str) -> JsonValue:
    try:
        return json.loads(text)
    except ValueError:
        return text
