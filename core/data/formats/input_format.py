"""The interface of an input format, and the sample of a file that it sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from core.config import UserError
from core.data.formats.python_literals import parse_literal
from core.data.plain_text_copy import Unpacked, unpack
from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.recognise_file import Content, begins_with_dict, check_file, read_head, sniff
from core.data.tables.csv_table import CsvTable
from core.data.tables.open_table import table_of
from core.data.tables.table import Table
from core.data.tables.text_layout import Layout
from core.progress import Progress

_RECORDS, _HEAD = 50, 2**20  # records and bytes from which the format is recognised


@dataclass(frozen=True)
class Sample:
    """The beginning of a file or frame, from which its format is recognised.

    Attributes
    ----------
    label : str
        Its name in messages.
    options : ReadOptions
    content : {'parquet', 'workbook', 'records', 'json', 'text', 'frame'}
        What it holds; ``records`` is one dict per line.
    source : Unpacked or None
        The file; None for a frame in memory.
    scratch : Path or None
        Temporary folder for copies in other forms.
    frame : Table or None
        The frame in memory, or several files as one table.
    parts : tuple of Sample
        The beginnings of several files.
    """

    label: str
    options: ReadOptions
    content: Content = "frame"
    source: Unpacked | None = None
    scratch: Path | None = None
    frame: Table | None = None
    parts: tuple[Sample, ...] = ()

    @classmethod
    def of_file(cls, path: Path, scratch: Path, options: ReadOptions) -> Sample:
        """Return the beginning of the file at `path`; `UserError` if it is unreadable."""
        source = unpack(check_file(path), scratch)
        return cls(str(path), options, sniff(source), source, scratch)

    @cached_property
    def table(self) -> Table:
        """The file as a table; `UserError` if it is not one."""
        if self.frame is not None:
            return self.frame
        if self.is_python:
            raise UserError(f"{self.label} holds one Python dict per line; expected a table.")
        assert self.source is not None and self.scratch is not None
        return table_of(self.source, self.content, self.scratch, self.options.header)

    @cached_property
    def is_table(self) -> bool:
        """Whether the file can be a table."""
        if self.is_python:
            return False
        try:
            return bool(self.table.names)
        except UserError:
            if self.content != "text":
                raise
            return False

    @cached_property
    def layout(self) -> Layout | None:
        """The layout of a text file; None for other content."""
        if self.content != "text" or not self.is_table or not isinstance(self.table, CsvTable):
            return None
        return self.table.layout

    @cached_property
    def is_python(self) -> bool:
        """Whether it begins with a dict, and its records are Python that is not JSON."""
        if self.content != "records" or self.source is None or not begins_with_dict(self.source):
            return False
        return not any(is_json for _, is_json in self._parsed)

    @property
    def records(self) -> list[Record]:
        """The first records of a file of dicts, without unparsable ones."""
        return [record for record, _ in self._parsed]

    @cached_property
    def _parsed(self) -> list[tuple[Record, bool]]:
        if self.content != "records" or self.source is None:
            return []
        records: list[tuple[Record, bool]] = []
        lines = read_head(self.source, _HEAD).decode("utf-8-sig", "replace").split("\n")
        for line in lines[:_RECORDS]:
            for parse in (json.loads, parse_literal):
                try:
                    record = parse(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(record, dict):
                    records.append((record, parse is json.loads))
                break
        return records

    @cached_property
    def keys(self) -> set[str]:
        """The keys of the first records."""
        return {key for record in self.records for key in record}


def _no_columns(sample: Sample) -> dict[str, str]:
    return {}


# A line of a file of dicts.
Record = dict[str, object]
Reader = Callable[[Sample, pd.DataFrame | None, ReadOptions, Progress], ReadResult]


@dataclass(frozen=True)
class InputFormat:
    """One kind of input file.

    Attributes
    ----------
    name : str
        Its name in `ReadOptions.kind` and in reports.
    about : str
        A noun phrase that describes such a file.
    example : str
        The first lines of such a file.
    roles : tuple of str
        Roles that its columns can have.
    takes_products : bool
        Whether a product table may accompany it.
    evidence : function of Sample
        How strongly the beginning of a file suggests this format, from 0 (not at all) to 1.
    read : function
        ``read(sample, products, options, progress)`` returns the `ReadResult`; `products` is a
        product table as `core.data.product_table.read_products` returns it, or None. A format
        that cannot be used raises `UserError`, which says why and what to use instead.
    columns : function of Sample
        The column of each role, for a preview.
    first_rows : function of Sample and int, or None
        That many rows for a preview, where they are not those of the file's table.
    """

    name: str
    about: str
    example: str
    roles: tuple[str, ...]
    takes_products: bool
    evidence: Callable[[Sample], float]
    read: Reader
    columns: Callable[[Sample], dict[str, str]] = _no_columns
    first_rows: Callable[[Sample, int], pd.DataFrame] | None = None
