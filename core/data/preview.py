"""A preview of a file before it is read: its format, the roles of its columns, its first rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from core.data.formats.registry import choose_format
from core.data.read_options import ReadOptions
from core.data.several_files import open_sample

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
        The first rows as texts; column names include the role.
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
        rows = table.head().head(ROWS)
        rows.columns = headings(table.names, {role: [name] for role, name in columns.items()})
        return Preview(chosen.name, chosen.about, table.facts, table.names, columns, rows)


def headings(names: Sequence[str], columns: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names of a table's columns, followed by the roles of which `columns` names them.

    Examples
    --------
    >>> headings(["order", "note"], {"basket": ["order"]})
    ['order (basket)', 'note']
    """
    roles = [", ".join(r for r, chosen in columns.items() if name in chosen) for name in names]
    return [f"{name} ({role})" if role else name for name, role in zip(names, roles)]
