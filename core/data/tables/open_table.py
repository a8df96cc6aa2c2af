"""The table in a file, whatever kind of table it is."""

from __future__ import annotations

from pathlib import Path

from core.config import UserError
from core.data.reading import begins_with_dict, sniff
from core.data.tables.arrow_tables import ParquetTable
from core.data.tables.csv_table import CsvTable
from core.data.tables.table import Table


def open_table(path: Path) -> Table:
    """Return the table at `path`; `UserError` if it is none."""
    path = Path(path)
    if sniff(path) == "parquet":
        return ParquetTable.open(path)
    if begins_with_dict(path):
        raise UserError(f"{path} holds a dict a line; expected a table (CSV or Parquet).")
    return CsvTable.open(path)
