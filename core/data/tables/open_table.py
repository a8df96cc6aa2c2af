"""Open a file of any format as a table."""

from __future__ import annotations

from pathlib import Path

from core.config import UserError
from core.data.plain_text_copy import Unpacked, unpack
from core.data.recognise_file import Content, begins_with_dict, read_head, sniff
from core.data.tables.csv_table import CsvTable
from core.data.tables.json_table import open_json
from core.data.tables.parquet_and_frames import ParquetTable
from core.data.tables.table import Table
from core.data.tables.workbook import open_workbook


def open_table(path: Path, scratch: Path, header: bool | None = None) -> Table:
    """Return the table at `path`; copies in other forms go to the folder `scratch`.

    Parameters
    ----------
    path, scratch : Path
    header : bool, optional
        Whether the first row names the columns, if known.

    Raises
    ------
    UserError
        If the file is missing or not a table.
    """
    source = unpack(path, scratch)
    return table_of(source, sniff(source), scratch, header)


def table_of(
    source: Unpacked, content: Content, scratch: Path, header: bool | None = None
) -> Table:
    """Return the table in a file whose content type is known."""
    table: Table | None
    if content == "parquet":
        table = ParquetTable.open(source.path, source.source)
    elif content == "json" or (content == "records" and begins_with_dict(source)):
        table = open_json(source, scratch)
    elif content == "workbook":
        table = open_workbook(source, scratch, header)
    else:
        table = CsvTable.open(source, scratch, header)
    if table is None:
        first = read_head(source, 200).decode("utf-8", "replace").strip().splitlines()[0]
        raise UserError(
            f"{source.source} is not a table: its first line, '{first[:60]}', names no columns "
            "separated by ',', tab, ';' or '|'."
        )
    return table
