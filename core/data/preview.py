"""A preview of a file before it is read: its format, the roles of its columns, its first rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from core.data import product_table
from core.data.formats.registry import choose_format
from core.data.read_options import ReadOptions
from core.data.recognise_file import check_file
from core.data.several_files import open_sample
from core.data.tables.column_roles import find_columns
from core.data.tables.open_table import open_table
from core.data.tables.table import Table

ROWS = 20


@dataclass(frozen=True)
class Preview:
    """The detected format and columns of a file, and its first rows.

    Attributes
    ----------
    kind, about : str
        Name and description of its format.
    facts : mapping
        Encoding, delimiter and so on, as far as they are known.
    names : list of str
        All columns of the file.
    columns : mapping
        The column of each role.
    rows : pandas.DataFrame
        The first rows as strings; column names include the role.
    """

    kind: str
    about: str
    facts: Mapping[str, str]
    names: list[str]
    columns: Mapping[str, str]
    rows: pd.DataFrame


def preview_file(path: Path, options: ReadOptions | None = None) -> Preview:
    """Return the detected format and columns of the file at `path`, and its first twenty rows.

    Raises
    ------
    UserError
        If its format is unknown.
    """
    with TemporaryDirectory(prefix="products-") as folder:
        sample = open_sample(Path(path), Path(folder), options or ReadOptions())
        chosen = choose_format(sample)
        if not chosen.takes_products:  # dicts, which describe their products themselves
            rows = pd.DataFrame(sample.records[:ROWS]).astype(str)
            return Preview(chosen.name, chosen.about, {}, list(rows), {}, rows)
        table, columns = sample.table, chosen.columns(sample)
        if chosen.first_rows is not None:
            rows = chosen.first_rows(sample, ROWS)
            return Preview(chosen.name, chosen.about, table.facts, list(rows), columns, rows)
        return _preview(chosen.name, chosen.about, table, columns)


def preview_products(path: Path, options: ReadOptions | None = None) -> Preview:
    """Return the detected columns of a product table, and its first twenty rows; see above."""
    with TemporaryDirectory(prefix="products-") as folder:
        table = open_table(check_file(Path(path)), Path(folder))
        columns = find_columns(table, product_table.ROLES, options or ReadOptions())
        return _preview("products", "a product table", table, columns)


def _preview(kind: str, about: str, table: Table, columns: Mapping[str, str]) -> Preview:
    rows = table.head().head(ROWS)
    rows.columns = headings(table.names, {role: [name] for role, name in columns.items()})
    return Preview(kind, about, table.facts, table.names, columns, rows)


def headings(names: Sequence[str], columns: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names of a table's columns, each followed by its roles in brackets.

    Examples
    --------
    >>> headings(["order", "note"], {"basket": ["order"]})
    ['order (basket)', 'note']
    """
    roles = [", ".join(r for r, chosen in columns.items() if name in chosen) for name in names]
    return [f"{name} ({role})" if role else name for name, role in zip(names, roles)]
