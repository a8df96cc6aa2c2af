"""Python-literal lines, read fast and without `eval`.

The Amazon metadata of 2014 has one Python dict per line. `ast.literal_eval` is right but slow, so a
line is first translated to JSON and handed to the JSON parser of the standard library. The
translation never guesses: wherever it could divide the line into strings otherwise than Python
does (triple quotes, prefixes such as ``b''``, comments, strings side by side), two strings or a
string and a letter end up side by side, which is not JSON, and the line goes to
`ast.literal_eval`. What JSON accepts and Python does not is looked for and goes there as well.
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
# Python refuses nesting past about 200 levels (fewer in old versions), JSON goes on.
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


def _evaluate(line: str) -> Any:
    """Return ``ast.literal_eval(line)``, with `ValueError` for every way in which it can fail."""
    try:
        with warnings.catch_warnings():
            # An unknown escape such as \d keeps its backslash; thousands of warnings help nobody.
            warnings.simplefilter("ignore")
            return ast.literal_eval(line)
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a Python literal: {getattr(error, 'msg', error)}") from None


def _to_json(line: str) -> str | None:
    """Return `line` as JSON, or None where that is not certain to mean the same.

    Between the awkward characters ``"`` and the backslash, every ``'`` opens or closes a string,
    so the number of them tells whether such a character is inside one.
    """
    if "true" in line or "false" in line or "null" in line:  # values in JSON, errors in Python
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

    Raw control characters stay as they are: both parsers must have the chance to refuse them.
    """
    if "\\" in token:
        # Unescaped output: two escaped halves of a surrogate pair would be read as one character.
        return json.dumps(_evaluate(token), ensure_ascii=False)
    return '"' + token[1:-1].replace('"', '\\"') + '"'


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a Python literal")


_decode = json.JSONDecoder(parse_constant=_refuse).decode
