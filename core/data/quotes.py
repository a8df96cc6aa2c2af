"""Quotation marks in a CSV that swallow the lines after them.

A mark that is opened and never closed makes one value of everything up to the next one, or to the
end of the file: thousands of lines are gone, and the table still looks like a table.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import BinaryIO

from core.config import UserError
from core.data.reading import open_bytes

MOST_LINES = 1000  # of one row; descriptions have a few dozen


class CountedLines(io.RawIOBase):
    """Passes on what is read from `content` and counts its lines."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._ends = 0
        self._open_end = False

    @property
    def lines(self) -> int:
        """Lines so far; the last one may lack its end."""
        return self._ends + self._open_end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        size = self._content.readinto(buffer)
        if size:
            block = bytes(memoryview(buffer)[:size])
            self._ends += block.count(b"\n")
            self._open_end = block[-1:] != b"\n"
        return size


def check_quotes(path: Path, delimiter: str) -> None:
    """Raise `UserError` if a row of the CSV at `path` is wrongly quoted; it names the line."""
    begin = 1
    content, raw = open_bytes(path)
    with raw, content:
        text = io.TextIOWrapper(content, "utf-8-sig", errors="replace", newline="")
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for _ in rows:
                if rows.line_num - begin >= MOST_LINES:
                    raise csv.Error(f"the row runs over {rows.line_num - begin + 1:,} lines")
                begin = rows.line_num + 1
        except csv.Error as error:
            raise UserError(
                f"{path}, line {begin:,}: a quotation mark opens a value there and does not close "
                f"it ({error}), so the lines after it are lost. Remove the mark, or close it."
            ) from None
