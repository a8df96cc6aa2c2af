"""A folder or a pattern: files of one kind with the same columns, read as one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from core.config import UserError
from core.data.formats.input_format import Sample
from core.data.formats.registry import choose_format
from core.data.read_options import ReadOptions
from core.data.read_result import FIRST_BAD, ReadReport
from core.data.recognise_file import files_of
from core.data.tables.table import Batch, Table
from core.progress import QUIET, Progress


@dataclass(frozen=True)
class JoinedTable(Table):
    """The rows of several tables with the same columns, one table after the other.

    Attributes
    ----------
    parts : dict
        The tables by file name.
    """

    parts: dict[str, Table]

    @property
    def short_label(self) -> str:
        return Path(self.label).name

    @property
    def has_header(self) -> bool:
        return self._first.has_header

    @property
    def facts(self) -> dict[str, str]:
        """The number of files, and the facts that hold for all of them."""
        all_facts = [part.facts.items() for part in self.parts.values()]
        common = {
            name: value
            for name, value in all_facts[0]
            if all((name, value) in facts for facts in all_facts)
        }
        return {"files": f"{len(self.parts):,} files", **common}

    def head(self) -> pd.DataFrame:
        return self._first.head()

    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        first_bad = []
        rows = report.notes.setdefault("files", {})
        for name, part in self.parts.items():
            lines, report.first_bad = report.lines, []  # a table renumbers its own bad lines
            yield from part.batches(columns, report, progress)
            rows[name] = report.lines - lines
            for bad in report.first_bad:
                bad["reason"] += f" ({name})"
            first_bad += report.first_bad
        report.first_bad = first_bad[:FIRST_BAD]

    @property
    def _first(self) -> Table:
        return next(iter(self.parts.values()))


def open_sample(path: Path, scratch: Path, options: ReadOptions) -> Sample:
    """Return the beginning of a file, or of all files in a folder or matching a pattern.

    Raises
    ------
    UserError
        If a file is missing or unreadable, or if the files differ in kind or columns.
    """
    files = files_of(path)
    if len(files) == 1:
        return Sample.of_file(files[0], scratch, options)
    folder = os.path.commonpath([file.parent for file in files])
    names = [str(file.relative_to(folder)) for file in files]
    parts: dict[str, Sample] = {}
    kind = ""
    for number, (name, file) in enumerate(zip(names, files)):
        (own_scratch := scratch / str(number)).mkdir()
        try:
            part = Sample.of_file(file, own_scratch, options)
            if not parts:
                kind = _kind_of_several(part)
            elif kind == "basket_lines" and choose_format(part).name != kind:
                raise UserError(f"{part.label} is not a list of baskets like {names[0]}.")
            elif kind != "basket_lines":
                _check_columns(part.table, parts[names[0]].table, names[0])
        except UserError as error:
            raise UserError(
                f"{error} It is one of the {len(files):,} files of {path}, which are read as one: "
                "name only those that belong together, for instance with a pattern "
                "(--file 'orders-*.csv')."
            ) from None
        parts[name] = part
    tables = {name: part.table for name, part in parts.items()}
    joined = JoinedTable(str(path), tables[names[0]].names, tables)
    fixed = options.model_copy(update={"kind": kind})
    return Sample(str(path), fixed, frame=joined, parts=tuple(parts.values()))


def _kind_of_several(first: Sample) -> str:
    """Return the kind of the first file; `UserError` if files of that kind cannot be joined."""
    chosen = choose_format(first)
    if not chosen.takes_products:
        raise UserError(f"{first.label} is {chosen.about}, of which only one file can be read.")
    return chosen.name


def _check_columns(table: Table, first: Table, name: str) -> None:
    missing = [column for column in first.names if column not in table.names]
    other = [column for column in table.names if column not in first.names]
    if missing or other:
        differences = [
            f"{what} {', '.join(columns[:10])}"
            for what, columns in (("without", missing), ("with", other))
            if columns
        ]
        raise UserError(
            f"{table.label} has different columns from {name}: {' and '.join(differences)}."
        )
