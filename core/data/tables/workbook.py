"""Spreadsheets (Excel, OpenDocument) as tables, read by calamine."""

from __future__ import annotations

import csv
from datetime import date, datetime, time
from pathlib import Path

import python_calamine as calamine

from core.config import UserError
from core.data.plain_text_copy import Unpacked
from core.data.recognise_file import damaged
from core.data.tables.csv_table import CsvTable


def open_workbook(source: Unpacked, scratch: Path, header: bool | None = None) -> CsvTable | None:
    """Return the table in the largest sheet of a workbook, from a CSV copy of it.

    Raises
    ------
    UserError
        If the workbook is damaged, protected or empty.
    """
    target = scratch / f"{source.path.name}.csv"
    try:
        with calamine.CalamineWorkbook.from_path(str(source.path)) as book:
            sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
            sheet = max(sheets, key=lambda sheet: sheet.height, default=None)
            if sheet is None or not sheet.height:
                raise UserError(f"{source.source} has no sheet with anything in it.")
            with open(target, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([_text(cell) for cell in row] for row in sheet.iter_rows())
    except calamine.PasswordError:
        raise UserError(
            f"{source.source} is protected by a password: save it without one."
        ) from None
    except (calamine.CalamineError, OSError) as error:
        raise damaged(source.source, error) from None
    copy = Unpacked(target, source.source, "", f"sheet '{sheet.name}'")
    return CsvTable.open(copy, scratch, header)


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():  # spreadsheets store every number as a float
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    return str(cell)
