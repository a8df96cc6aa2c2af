"""Parquet files and data frames as tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.config import UserError
from core.data.read_result import ReadReport
from core.data.recognise_file import damaged
from core.data.tables.table import HEAD, Batch, Table
from core.progress import QUIET, Progress

_ROWS = 2**18  # rows per batch
_NUMBERS = ("quantity", "weight", "price", "time")  # roles whose numbers may be read as floats


@dataclass(frozen=True)
class ParquetTable(Table):
    """A Parquet file; rows are numbered from 1, and values keep their type."""

    path: Path
    file_name: str

    @classmethod
    def open(cls, path: Path, source: Path | None = None) -> ParquetTable:
        """Return the table at `path`; `UserError` if it is not one.

        Messages name the file `source`; `path` may be a copy of it.
        """
        source = source or path
        try:
            return cls(str(source), pq.read_schema(path).names, path, source.name)
        except (pa.ArrowException, OSError) as error:
            raise damaged(source, error) from None

    @property
    def short_label(self) -> str:
        return self.file_name

    @property
    def facts(self) -> dict[str, str]:
        return {"file": "Parquet" if self.path.name == self.file_name else "JSON"}

    def head(self) -> pd.DataFrame:
        with pq.ParquetFile(self.path) as file:
            first = next(file.iter_batches(HEAD), None)
        return pd.DataFrame() if first is None else _texts_of(first)

    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        size = self.path.stat().st_size
        progress.stage(f"Read {self.short_label}", size, "bytes")
        try:
            with pq.ParquetFile(self.path) as file:
                total = max(1, file.metadata.num_rows)
                wanted = list(dict.fromkeys(columns.values()))
                _check_columns(self, file.schema_arrow, wanted)
                rows = 0
                for batch in file.iter_batches(_ROWS, columns=wanted):
                    yield _values_of(batch, columns, rows, report)
                    rows += len(batch)
                    progress.advance(size * rows // total)
        except (pa.ArrowInvalid, OSError) as error:
            if "UTF8" in str(error):
                raise UserError(f"{self.label} is not UTF-8 text: save it as UTF-8.") from None
            raise damaged(Path(self.label), error) from None
        progress.advance(size)


@dataclass(frozen=True)
class FrameTable(Table):
    """A table in memory; rows are numbered from 1, and values keep their type."""

    table: pa.Table

    @classmethod
    def of(cls, frame: pd.DataFrame | pa.Table, label: str = "the data frame") -> FrameTable:
        """Return the table of a pandas data frame (without its index) or an Arrow table."""
        if isinstance(frame, pd.DataFrame):
            try:
                frame = pa.Table.from_pandas(frame, preserve_index=False)
            except (pa.ArrowInvalid, pa.ArrowTypeError):  # columns of mixed types, as strings
                columns = [_as_texts(frame.iloc[:, i]) for i in range(frame.shape[1])]
                frame = pa.table(columns, names=[str(name) for name in frame.columns])
        return cls(label, frame.column_names, frame)

    def head(self) -> pd.DataFrame:
        return _texts_of(self.table.slice(0, HEAD))

    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        progress.stage(f"Read {self.label}", self.table.num_rows, "rows")
        wanted = list(dict.fromkeys(columns.values()))
        _check_columns(self, self.table.schema, wanted)
        rows = 0
        for batch in self.table.select(wanted).to_batches(_ROWS):
            yield _values_of(batch, columns, rows, report)
            rows += len(batch)
            progress.advance(rows)


def _as_texts(values: pd.Series) -> pa.Array:
    if values.dtype != object:
        return pa.Array.from_pandas(values)
    return pa.array([None if pd.isna(value) else str(value) for value in values], pa.string())


def _texts_of(rows: pa.Table | pa.RecordBatch) -> pd.DataFrame:
    """Return rows as strings, columns numbered from 0 (names may repeat)."""
    columns = {}
    for i in range(rows.num_columns):
        values = rows.column(i).to_pandas()
        kind = rows.schema.field(i).type
        if _is_bytes(kind):
            values = values.map(lambda value: value and value.decode("utf-8", "replace"))
        columns[i] = values.astype(str).where(values.notna(), "").to_numpy(object)
    return pd.DataFrame(columns, index=range(rows.num_rows))


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)


def _check_columns(table: Table, schema: pa.Schema, wanted: list[str]) -> None:
    """Raise `UserError` if the name of a wanted column is not unique, or the column holds lists."""
    for name in wanted:
        if table.names.count(name) > 1:
            raise UserError(
                f"{table.label} has {table.names.count(name)} columns named '{name}': give each a "
                "different name."
            )
        if pa.types.is_nested(schema.field(name).type):
            raise UserError(
                f"{table.label} holds lists in its column '{name}': write one value per row."
            )


def _values_of(
    batch: pa.RecordBatch, columns: dict[str, str], rows_before: int, report: ReadReport
) -> Batch:
    report.lines += len(batch)
    numbers = np.arange(rows_before, rows_before + len(batch)) + 1
    return numbers, {role: _to_series(batch[name], role) for role, name in columns.items()}


def _to_series(column: pa.Array, role: str) -> pd.Series:
    kind = column.type
    if _is_bytes(kind):
        return column.cast(pa.binary()).cast(pa.large_string()).to_pandas()
    if pa.types.is_decimal(kind) and role in _NUMBERS:
        return column.cast(pa.float64()).to_pandas()
    if pa.types.is_integer(kind) and column.null_count:
        # With the default, floats, the ids 10**18 and 10**18 + 1 would be equal.
        return column.cast(
            pa.int64() if pa.types.is_signed_integer(kind) else pa.uint64()
        ).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}.get)
    return column.to_pandas()
