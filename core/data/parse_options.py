"""Parse options typed as ``name=value``."""

from __future__ import annotations

import json
from typing import Any

from pydantic import JsonValue, ValidationError

from core.config import UserError
from core.data.read_options import ReadOptions


def parse_settings(texts: list[str]) -> dict[str, JsonValue]:
    """Parse strings ``name=value`` into a dict; a value is JSON, or else plain text.

    Raises
    ------
    UserError
        If a string has no name or no value, or a name is given twice.
    """
    settings: dict[str, JsonValue] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not (name and equals and value):
            raise UserError(f"'{text}' is not a setting: write --set name=value, e.g. dim=64.")
        if name in settings:
            raise UserError(f"The setting '{name}' is given twice.")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings


def read_options(texts: list[str]) -> ReadOptions:
    """Parse reading options ``name=value``.

    ``columns.ROLE=NAME`` names a column, and ``weights.RELATION=1.5`` sets a weight.

    Raises
    ------
    UserError
        If an option is unknown or out of range.
    """
    options: dict[str, Any] = {}
    parsed = parse_settings(texts)
    # Ids and names of columns are strings, even those that look like numbers.
    as_written = {name.strip(): text.strip() for name, _, text in (t.partition("=") for t in texts)}
    for name, value in parsed.items():
        group, dot, role = name.partition(".")
        if dot and group == "columns":
            options.setdefault("columns", {})[role] = (
                value if isinstance(value, str) else as_written[name]
            )
        elif dot and group == "weights":
            options.setdefault("weights", {})[role] = value
        else:
            options[name] = as_written[name] if name == "leave_out" else value
    try:
        return ReadOptions(**options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        known = ", ".join(ReadOptions.model_fields)
        raise UserError(f"Option '{where}': {first['msg']}. Options: {known}.") from None
