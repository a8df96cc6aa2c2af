"""Text files as tables, parsed by DuckDB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.config import UserError
from core.data.plain_text_copy import Unpacked
from core.data.read_result import ReadReport
from core.data.recognise_file import damaged, open_bytes
from core.data.tables.duckdb_connection import connect
from core.data.tables.table import HEAD, Batch, Table
from core.data.tables.text_layout import Layout, find_layout, split_whitespace
from core.plural import count_of
from core.progress import QUIET, Progress

_ROWS = 2**17  # rows per batch
MAX_ROW = 2**24  # bytes, far above real rows
MAX_LINES = 1000  # in one value; descriptions have a few dozen
_FIELDS = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
_WEIGHT = re.compile(r"""['"]weight['"]:\s*([-+.\deE]+)""")


@dataclass(frozen=True)
class CsvTable(Table):
    """A text file of rows, whose values are strings, "" where empty.

    The header is row 1; a quoted value that spans several lines is part of one row. Rows with
    another number of fields are reported as bad and left out; blank ones are skipped.
    """

    source: Unpacked
    layout: Layout

    @classmethod
    def open(cls, source: Unpacked, scratch: Path, header: bool | None = None) -> CsvTable | None:
        """Return the table in a text file; None if it is not one.

        Parameters
        ----------
        source : Unpacked
        scratch : Path
            Folder for a copy of a file separated by whitespace.
        header : bool, optional
            Whether the file has a header, if known.
        """
        layout = find_layout(source, header)
        if layout is None:
            return None
        if layout.delimiter == " ":
            source = _with_tabs(source, layout, scratch)
            layout = replace(layout, rows=[_with_weight(row) for row in layout.rows])
        return cls(str(source.source), layout.names, source, layout)

    @property
    def short_label(self) -> str:
        return self.source.source.name

    @property
    def has_header(self) -> bool:
        return self.layout.has_header

    @property
    def facts(self) -> dict[str, str]:
        names = {"\t": "tab", " ": "whitespace", ",": "comma", ";": "semicolon", "|": "bar"}
        encoding = self.source.encoding
        n_above = self.layout.skip - self.layout.narrow
        above = f"{count_of(n_above, 'line')} above the table"
        return {
            "file": encoding if encoding.startswith("sheet") else "text",
            **({} if encoding.startswith("sheet") else {"encoding": encoding or "utf-8"}),
            "delimiter": names.get(self.layout.delimiter, self.layout.delimiter),
            "header": "yes" if self.layout.has_header else "none",
            **({"compression": self.source.compression} if self.source.compression else {}),
            **({"skipped": above} if n_above else {}),
        }

    def head(self) -> pd.DataFrame:
        width = len(self.names)
        rows = [row for row in self.layout.rows[:HEAD] if len(row) == width]
        return pd.DataFrame(rows, columns=range(width), dtype=object)

    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        size = self.source.source.stat().st_size
        progress.stage(f"Read {self.short_label}", size, "bytes")
        with connect() as connection:
            try:
                for batch in self._read(connection, columns, report):
                    yield batch
                    done = connection.query_progress()
                    progress.advance(int(size * min(max(done, 0.0), 100.0) / 100))
            except (duckdb.Error, pa.ArrowException) as error:
                raise damaged(self.source.source, error) from None
        progress.advance(size)

    def _read(
        self, connection: duckdb.DuckDBPyConnection, columns: dict[str, str], report: ReadReport
    ) -> Iterator[Batch]:
        wanted = {role: self.names.index(name) for role, name in columns.items()}
        reader = self._query(connection, sorted(set(wanted.values())))
        to_skip, n_rows = self.layout.header_rows, int(self.layout.has_header)
        for batch in reader:
            batch = batch.slice(to_skip)
            to_skip = 0
            arrays = {i: _filled(batch.column(f"c{i}"), self.label) for i in wanted.values()}
            numbers = np.arange(n_rows, n_rows + len(batch)) + 1
            n_rows += len(batch)
            filled = np.zeros(len(batch), bool)
            for array in arrays.values():
                filled |= pc.not_equal(array, "").to_numpy(zero_copy_only=False)
            report.lines += int(filled.sum())
            series = {role: arrays[i].to_pandas() for role, i in wanted.items()}
            if not filled.all():
                numbers = numbers[filled]
                series = {role: values[filled] for role, values in series.items()}
            yield numbers, series
        self._add_rejected(connection, report)

    def _query(
        self, connection: duckdb.DuckDBPyConnection, wanted: list[int]
    ) -> pa.RecordBatchReader:
        layout = self.layout
        delimiter = "\t" if layout.delimiter == " " else layout.delimiter
        skip = 0 if layout.delimiter == " " else layout.skip
        names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.names)))
        compression = "gzip" if self.source.is_gzip else "none"
        line_end = self.source.line_end.encode("unicode_escape").decode()
        # No injection: only the delimiter comes from the file, and the path is a parameter.
        query = (
            f"SELECT {', '.join(f'c{i}' for i in wanted)} FROM read_csv(?, auto_detect=false, "
            f"header=false, columns={{{names}}}, delim='{delimiter}', quote='\"', "
            f"escape='{layout.escape}', skip={skip}, new_line='{line_end}', "
            f"compression='{compression}', store_rejects=true, max_line_size={MAX_ROW}, "
            f"buffer_size={2 * MAX_ROW})"
        )
        return connection.sql(query, params=[str(self.source.path)]).to_arrow_reader(_ROWS)

    def _add_rejected(self, connection: duckdb.DuckDBPyConnection, report: ReadReport) -> None:
        """Count the rows that could not be parsed, and correct the numbers of the other bad rows.

        Raises
        ------
        UserError
            If a quotation mark that is never closed has swallowed the following rows.
        """
        rejected = connection.execute(
            "SELECT line, any_value(error_type), any_value(error_message), any_value(csv_line) "
            "FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        for line, kind, _, text in rejected:
            if kind == "LINE SIZE OVER MAXIMUM" or (
                kind == "UNQUOTED VALUE" and "\n" in text.strip()
            ):
                raise UserError(
                    f"{self.label}, line {line:,}: a quotation mark opens a value there and "
                    "is never closed, so the lines after it are lost. Remove the mark, or close it."
                )
        if not rejected and not report.first_bad:
            return
        lines = [line for line, *_ in rejected]
        report.renumber(sorted([*lines, *self._blank_rows()]))
        for line, kind, message, _ in rejected:
            report.lines += 1
            fields = _FIELDS.search(message)
            reason = f"{fields[2]} fields instead of {fields[1]}" if fields else kind.lower()
            report.bad(line, reason)

    def _blank_rows(self) -> list[int]:
        """Return the numbers of the blank rows, which DuckDB skips."""
        blank, number, open_quote = [], 0, False
        content, raw = open_bytes(self.source.path)
        with raw, content:
            for line in content:
                number += not open_quote
                if not open_quote and line in (b"\n", b"\r\n"):
                    blank.append(number)
                open_quote ^= line.count(b'"') % 2 == 1
        return blank


def _filled(column: pa.Array, label: str) -> pa.Array:
    """Return texts with "" for null; `UserError` if one spans implausibly many lines."""
    lines = pc.max(pc.count_substring(column, "\n")).as_py()
    if lines and lines >= MAX_LINES:
        row = pc.index(pc.greater_equal(pc.count_substring(column, "\n"), MAX_LINES), True).as_py()
        text = column[row].as_py()
        raise UserError(
            f"{label}: the value that begins with '{text[:40].splitlines()[0]}' runs over "
            f"{lines + 1:,} lines: a quotation mark opens it and is never closed. Remove the "
            "mark, or close it."
        )
    return pc.fill_null(column, "")


def _with_weight(values: list[str]) -> list[str]:
    """Return the values of a line, a dict of attributes replaced by its weight."""
    if not values[-1].startswith("{"):
        return values
    weight = _WEIGHT.search(values[-1])
    return [*values[:-1], weight[1] if weight else "1"]


def _with_tabs(source: Unpacked, layout: Layout, scratch: Path) -> Unpacked:
    """Return a copy of a file separated by whitespace, with tabs in their place and no comments."""
    target = scratch / f"{source.path.name}.tsv"
    content, raw = open_bytes(source.path)
    with raw, content, open(target, "w", encoding="utf-8") as out:
        for number, line in enumerate(content):
            text = line.decode("utf-8-sig" if number == 0 else "utf-8", "replace")
            if number < layout.skip or text.startswith(("#", "%")) or not text.strip():
                continue
            out.write("\t".join(_with_weight(split_whitespace(text))) + "\n")
    return Unpacked(target, source.source, "", source.encoding)
