"""CSV and Parquet tables in batches: which column is what, and which rows are of use."""

from __future__ import annotations

import csv
import re
import shlex
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from core.config import UserError
from core.data.quotes import CountedLines, check_quotes
from core.data.read_options import KNOWN_NAMES, ReadOptions
from core.data.read_result import ReadReport
from core.data.reading import begins_with_dict, broken_gzip, open_bytes, sniff
from core.progress import QUIET, Progress

_BLOCK = 2**24  # bytes of CSV a batch
_ROWS = 2**18  # rows of Parquet a batch
_NUMBERS = ("quantity", "weight", "price", "time")  # roles whose decimals may become floats


@dataclass(frozen=True)
class Table:
    """A CSV or Parquet file with named columns; `delimiter` is None for Parquet."""

    path: Path
    names: list[str]
    delimiter: str | None

    @property
    def listed_names(self) -> str:
        """The first names, for messages."""
        return ", ".join(name.strip() for name in self.names[:30])


def open_table(path: Path) -> Table:
    """Return the table at `path`; `UserError` if it is none."""
    path = Path(path)
    if sniff(path) == "parquet":
        try:
            return Table(path, pq.read_schema(path).names, None)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from None
    if begins_with_dict(path):
        raise UserError(f"{path} holds a dict a line; expected a table (CSV or Parquet).")
    content, raw = open_bytes(path)
    with raw, content:
        header = content.readline(2**16).decode("utf-8-sig", "replace").strip("\r\n")
    if "\r" in header and '"' not in header:
        raise UserError(
            f"{path} is not a table: its lines end with a carriage return (CR) alone, as on an "
            "old Mac. Save it with line feeds, for instance tr '\\r' '\\n' < FILE > NEW."
        )
    delimiter = max(",\t;|", key=header.count)
    if delimiter not in header:
        raise UserError(
            f"{path} is not a table: its first line, '{header.strip()[:60]}', names no columns "
            "separated by ',', tab, ';' or '|'."
        )
    try:
        names = next(csv.reader([header], delimiter=delimiter))
    except csv.Error as error:
        raise UserError(
            f"{path} is not a table: its first line cannot be read ({error})."
        ) from None
    return Table(path, names, delimiter)


def find_columns(table: Table, roles: tuple[str, ...], options: ReadOptions) -> dict[str, str]:
    """Return the column of every role that has one, by `options.columns` or by its name.

    Raises
    ------
    UserError
        If `options.columns` names a column that the table does not have.
    """
    by_name = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(table.names)}
    columns = {}
    for role in roles:
        chosen = options.columns.get(role)
        if chosen is not None and chosen not in table.names:
            stripped = [name for name in table.names if name.strip() == chosen.strip()]
            if not stripped:
                raise UserError(
                    f"{table.path} has no column '{chosen}' (for the {role}); it has: "
                    f"{table.listed_names}. Say which it is, for instance "
                    f"{set_column(role, table.names[0])}."
                )
            chosen = stripped[0]
        found = chosen or next((by_name[n] for n in KNOWN_NAMES[role] if n in by_name), None)
        if found is not None and (chosen or found not in columns.values()):
            columns[role] = found
    return columns


def need_columns(table: Table, columns: dict[str, str], roles: tuple[str, ...], what: str) -> None:
    """Raise `UserError` if one of `roles` has no column."""
    missing = [role for role in roles if role not in columns]
    if missing:
        raise UserError(
            f"{table.path} cannot be read as {what}: no column for the {' and the '.join(missing)}."
            f" It has: {table.listed_names}. Say which is which, for instance "
            f"{set_column(missing[0], table.names[0])}."
        )


def set_column(role: str, name: str) -> str:
    """Return the option of the command that names a role's column, as a shell takes it."""
    return f"--set {shlex.quote(f'columns.{role}={name.strip()}')}"


def read_batches(
    table: Table, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
) -> Iterator[tuple[np.ndarray, dict[str, pd.Series]]]:
    """Yield row numbers and the values of every role.

    A CSV is numbered from its header, which is 1 (a quoted value may run over several lines, which
    count as one), Parquet from its first row.

    CSV values are texts, "" where empty; rows with another number of fields are reported as bad
    and left out, as are blank ones, silently. Parquet values keep their type.
    """
    progress.stage(f"Read {table.path.name}", table.path.stat().st_size, "bytes")
    try:
        if table.delimiter is None:
            yield from _parquet_batches(table, columns, report, progress)
        else:
            yield from _csv_batches(table, columns, report, progress)
    except pa.ArrowInvalid as error:
        if table.delimiter:
            check_quotes(table.path, table.delimiter)
        if "UTF8" in str(error):
            raise UserError(f"{table.path} is not UTF-8 text: save it as UTF-8.") from None
        raise _damaged(table.path, error) from None
    except (EOFError, zlib.error, OSError) as error:
        raise (
            broken_gzip(table.path, error) if table.delimiter else _damaged(table.path, error)
        ) from None
    progress.advance(table.path.stat().st_size)


def _parquet_batches(table, columns, report, progress):
    with pq.ParquetFile(table.path) as file:
        rows, size = 0, table.path.stat().st_size
        total = max(1, file.metadata.num_rows)
        wanted = list(dict.fromkeys(columns.values()))
        for name in wanted:
            if table.names.count(name) > 1:
                raise UserError(
                    f"{table.path} has {table.names.count(name)} columns named '{name}': give "
                    "each a name of its own."
                )
            if pa.types.is_nested(file.schema_arrow.field(name).type):
                raise UserError(
                    f"{table.path} holds lists in its column '{name}': write one value a row."
                )
        for batch in file.iter_batches(_ROWS, columns=wanted):
            numbers = np.arange(rows, rows + len(batch)) + 1
            rows += len(batch)
            report.lines += len(batch)
            yield (
                numbers,
                {role: _parquet_values(batch[name], role) for role, name in columns.items()},
            )
            progress.advance(size * rows // total)


def _parquet_values(column: pa.Array, role: str) -> pd.Series:
    kind = column.type
    if pa.types.is_fixed_size_binary(kind):
        column = column.cast(pa.binary())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return column.cast(pa.large_string()).to_pandas()
    if pa.types.is_decimal(kind) and role in _NUMBERS:
        return column.cast(pa.float64()).to_pandas()
    if pa.types.is_integer(kind) and column.null_count:
        # As floats, which is the default, the ids 10**18 and 10**18 + 1 are one.
        return column.cast(
            pa.int64() if pa.types.is_signed_integer(kind) else pa.uint64()
        ).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}.get)
    return column.to_pandas()


def _csv_batches(table, columns, report, progress):
    invalid: list[int] = []

    def refuse(row) -> str:
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


def _damaged(path: Path, error: Exception) -> UserError:
    kind = " ".join(str(error).split())[:150]
    return UserError(f"{path} is damaged or not what it seems ({kind}). Get it again.")


def usable_rows(
    row_numbers: np.ndarray, problems: dict[str, np.ndarray], report: ReadReport
) -> np.ndarray:
    """Report every row that has a problem, with the first it has, and return the others' mask."""
    reasons = list(problems)
    first = np.full(len(row_numbers), -1)
    for i in reversed(range(len(reasons))):
        first[problems[reasons[i]]] = i
    for row in np.flatnonzero(first >= 0):
        report.bad(row_numbers[row], reasons[first[row]])
    return first < 0


def numbers(values: pd.Series) -> np.ndarray:
    """Return a column as float64, NaN where it is not a number."""
    return pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
