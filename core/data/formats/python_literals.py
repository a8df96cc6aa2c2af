"""Python-literal lines, read fast and without `eval`.

The Amazon metadata of 2014 has one Python dict per line. `ast.literal_eval` is right but slow, so a
line is first translated to JSON and parsed by the standard library's JSON parser. The translation
never guesses. Wherever it might split the line into strings differently from Python (triple quotes,
prefixes such as ``b''``, comments, adjacent strings), its output has two adjacent strings, or a
string next to a letter. That is not JSON, so the line goes to `ast.literal_eval`. So do lines with
anything that JSON accepts and Python does not.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import Any

_AWKWARD = re.compile(r"[\"\\]")
_STRING = {
    "'": re.compile(r"'[^'\\]*(?:\\.[^'\\]*)*'"),
    '"': re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"'),
}
# Python refuses more than about 200 levels of nesting (fewer in old versions), JSON does not.
_MAX_BRACKETS = 50


def parse_literal(line: str) -> Any:
    """Return ``ast.literal_eval(line.strip())``, an order of magnitude faster on real metadata.

    Raises
    ------
    ValueError
        If the line is not a Python literal.
    """
    line = line.strip(" \t\r\n")
    try:
        text = _to_json(line)
        if text is not None:
            return _decode(text)
    except (ValueError, RecursionError):
        pass
    return _evaluate(line)


def _evaluate(line: str) -> object:
    """Return ``ast.literal_eval(line)``; every failure is a `ValueError`."""
    try:
        with warnings.catch_warnings():
            # An unknown escape such as \d is valid and keeps its backslash; silence the warnings.
            warnings.simplefilter("ignore")
            return ast.literal_eval(line)
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a Python literal: {getattr(error, 'msg', error)}") from None


def _to_json(line: str) -> str | None:
    """Return `line` as JSON, or None if the JSON might mean something else.

    Between the awkward characters ``"`` and the backslash, every ``'`` opens or closes a string,
    so their number shows whether such a character is inside a string.
    """
    if "true" in line or "false" in line or "null" in line:  # valid in JSON, errors in Python
        return None
    if line.count("[") + line.count("{") > _MAX_BRACKETS:
        return None
    if '"' not in line and "\\" not in line:
        return line.replace("'", '"')
    parts = []
    start = 0
    while match := _AWKWARD.search(line, start):
        position = match.start()
        if line.count("'", start, position) % 2:
            quote, begin = "'", line.rindex("'", start, position)
        elif line[position] == '"':
            quote, begin = '"', position
        else:  # a backslash outside of strings
            return None
        string = _STRING[quote].match(line, begin)
        if string is None:
            return None
        parts.append(line[start:begin].replace("'", '"'))
        parts.append(_string_to_json(string.group()))
        start = string.end()
    parts.append(line[start:].replace("'", '"'))
    return "".join(parts)


def _string_to_json(token: str) -> str:
    """Return a Python string with its quotes as a JSON string.

    Raw control characters are not escaped, so that the parsers still refuse them.
    """
    if "\\" in token:
        # Not escaped to ASCII: JSON would read two escaped lone surrogates as one character.
        return json.dumps(_evaluate(token), ensure_ascii=False)
    return '"' + token[1:-1].replace('"', '\\"') + '"'


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a Python literal")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
