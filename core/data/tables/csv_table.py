"""CSV files as tables, plain or gzipped."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from core.config import UserError
from core.data.read_result import ReadReport
from core.data.reading import broken_gzip, damaged, open_bytes
from core.data.tables.table import Batch, Table
from core.progress import QUIET, Progress

_BLOCK = 2**24  # bytes a batch
MOST_LINES = 1000  # of one row; descriptions have a few dozen


@dataclass(frozen=True)
class CsvTable(Table):
    """A CSV file, whose values are texts, "" where empty.

    Rows are numbered from the header, which is 1 (a quoted value may run over several lines, which
    count as one). Rows with another number of fields are reported as bad and left out; blank ones
    are left out silently.
    """

    path: Path
    delimiter: str

    @classmethod
    def open(cls, path: Path) -> CsvTable:
        """Return the table at `path`; `UserError` if it is none."""
        content, raw = open_bytes(path)
        with raw, content:
            header = content.readline(2**16).decode("utf-8-sig", "replace").strip("\r\n")
        if "\r" in header and '"' not in header:
            raise UserError(
                f"{path} is not a table: its lines end with a carriage return (CR) alone, as on "
                "an old Mac. Save it with line feeds, for instance tr '\\r' '\\n' < FILE > NEW."
            )
        delimiter = max(",\t;|", key=header.count)
        if delimiter not in header:
            raise UserError(
                f"{path} is not a table: its first line, '{header.strip()[:60]}', names no "
                "columns separated by ',', tab, ';' or '|'."
            )
        try:
            names = next(csv.reader([header], delimiter=delimiter))
        except csv.Error as error:
            raise UserError(
                f"{path} is not a table: its first line cannot be read ({error})."
            ) from None
        return cls(str(path), names, path, delimiter)

    @property
    def short_label(self) -> str:
        return self.path.name

    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        size = self.path.stat().st_size
        progress.stage(f"Read {self.short_label}", size, "bytes")
        try:
            yield from _csv_batches(self, columns, report, progress)
        except pa.ArrowInvalid as error:
            check_quotes(self.path, self.delimiter)
            if "UTF8" in str(error):
                raise UserError(f"{self.path} is not UTF-8 text: save it as UTF-8.") from None
            raise damaged(self.path, error) from None
        except (EOFError, zlib.error, OSError) as error:
            raise broken_gzip(self.path, error) from None
        progress.advance(size)


def _csv_batches(
    table: CsvTable, columns: dict[str, str], report: ReadReport, progress: Progress
) -> Iterator[Batch]:
    invalid: list[int] = []

    def refuse(row: pacsv.InvalidRow) -> str:
        nonlocal n_rows
        n_rows += 1
        invalid.append(row.number)
        report.lines += 1
        report.bad(row.number, f"{row.actual_columns} fields instead of {row.expected_columns}")
        return "skip"

    content, raw = open_bytes(table.path)
    counted = CountedLines(content)
    n_rows = 1  # the header
    with raw, content:
        try:
            reader = pacsv.open_csv(
                counted,
                # Without threads, so that the rows that are refused come with their numbers.
                pacsv.ReadOptions(
                    use_threads=False,
                    block_size=_BLOCK,
                    column_names=_unique(table.names),
                    skip_rows=1,
                ),
                pacsv.ParseOptions(
                    delimiter=table.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=refuse,
                ),
                pacsv.ConvertOptions(
                    include_columns=list(dict.fromkeys(columns.values())),
                    column_types=dict.fromkeys(columns.values(), pa.string()),
                ),
            )
        except pa.ArrowInvalid as error:
            if "skip initial" in str(error):  # a header without a line end is all there is
                return
            raise
        last = 1
        for batch in reader:
            n_rows += len(batch)
            numbers = np.arange(last + 1, last + 1 + len(batch) + len(invalid))
            numbers = numbers[~np.isin(numbers, invalid)][: len(batch)]
            if len(numbers):
                last = int(numbers[-1])
            invalid[:] = [number for number in invalid if number > last]
            series = {role: batch[name].to_pandas() for role, name in columns.items()}
            filled = np.zeros(len(batch), bool)
            for values in series.values():
                filled |= (values != "").to_numpy()
            report.lines += int(filled.sum())
            if not filled.all():
                numbers = numbers[filled]
                series = {role: values[filled] for role, values in series.items()}
            yield numbers, series
            progress.advance(raw.tell())
    if counted.lines != n_rows:  # some rows run over several lines: are they meant to?
        check_quotes(table.path, table.delimiter)


def _unique(names: list[str]) -> list[str]:
    """Return the names with every repeated one made different (only the first can be asked for)."""
    return [f"{name}#{i}" if name in names[:i] else name for i, name in enumerate(names)]


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
