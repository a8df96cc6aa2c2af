"""What an input format is, and what it gets to see of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from core.data.read_options import ReadOptions
from core.data.read_result import ReadResult
from core.data.tables.open_table import open_table
from core.data.tables.table import Table
from core.progress import Progress


@dataclass(frozen=True)
class Sample:
    """The beginning of a file or frame, by which formats recognise what is theirs.

    Attributes
    ----------
    label : str
        What messages call it.
    content : str
        ``records`` (a dict a line) or ``table``.
    options : ReadOptions
    path : Path or None
        None for a frame in memory.
    """

    label: str
    content: str
    options: ReadOptions
    path: Path | None = None
    frame: Table | None = None

    @cached_property
    def table(self) -> Table:
        """The file as a table; `UserError` if it is none."""
        if self.frame is not None:
            return self.frame
        assert self.path is not None
        return open_table(self.path)


Reader = Callable[[Sample, pd.DataFrame | None, ReadOptions, Progress], ReadResult]


@dataclass(frozen=True)
class InputFormat:
    """One kind of input file.

    Attributes
    ----------
    name : str
        What `ReadOptions.kind` and the report call it.
    about : str
        A noun phrase that says what such a file is.
    example : str
        The first lines of such a file.
    roles : tuple of str
        What its columns can be for.
    takes_products : bool
        Whether a product table may accompany it.
    evidence : function of Sample
        How strongly the beginning of a file speaks for this format: 0 not at all, 1 certainly.
    read : function
        ``read(sample, products, options, progress)`` returns the `ReadResult`; `products` is a
        product table as `core.data.products.read_products` returns it, or None.
    """

    name: str
    about: str
    example: str
    roles: tuple[str, ...]
    takes_products: bool
    evidence: Callable[[Sample], float]
    read: Reader
