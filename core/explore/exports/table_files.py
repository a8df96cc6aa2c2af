"""Tables written part by part, as CSV, Parquet or JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

# As many digits as a 32-bit number holds.
DIGITS = 7


class TableFile(Protocol):
    """A file to which parts of a table are written."""

    def write_table(self, table: pa.Table) -> None:
        """Append the rows of `table`."""


@contextmanager
def table_file(path: Path, ending: str, schema: pa.Schema) -> Iterator[TableFile]:
    """Open a table with these columns; `ending` is ``.csv``, ``.parquet`` or ``.jsonl``."""
    if ending == ".parquet":
        with pa.parquet.ParquetWriter(path, schema, compression="zstd") as parquet:
            yield parquet
    elif ending == ".csv":
        with pa.csv.CSVWriter(str(path), schema) as csv:
            yield csv
    else:
        with _JsonLines(path) as lines:
            yield lines


class _JsonLines:
    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> _JsonLines:
        self._file = open(self.path, "w", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write_table(self, table: pa.Table) -> None:
        table.to_pandas().to_json(
            self._file, orient="records", lines=True, force_ascii=False, double_precision=DIGITS
        )
