"""What a study found: tables, figures and a text, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pandas as pd

from core.runs.files import finite

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table of texts and numbers; None is an empty cell.

    Attributes
    ----------
    title : str
    columns : list of str
    rows : list of lists, each as long as `columns`
    note : str
        What to know before reading it.
    digits : int
        Digits after the point of the numbers that are no integers.
    """

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    note: str = ""
    digits: int = 4


@dataclass(frozen=True)
class Series:
    """One line, or one colour of the bars; `low` and `high` are the ends of an interval."""

    name: str
    x: list[Any]
    y: list[float | None]
    low: list[float | None] | None = None
    high: list[float | None] | None = None


@dataclass(frozen=True)
class Figure:
    """Lines over numbers, or bars over names."""

    title: str
    kind: Literal["lines", "bars"]
    x_title: str
    y_title: str
    series: list[Series]
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What a study found.

    Attributes
    ----------
    conclusion : str
        Paragraphs that follow from the numbers, a blank line between two.
    tables, figures : lists
    """

    conclusion: str
    tables: list[Table]
    figures: list[Figure] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts, ready for JSON; NaN is an empty cell."""
        return finite(asdict(self))


def shown(table: dict[str, Any]) -> pd.DataFrame:
    """Return a saved table as people read it: all texts."""
    rows = [[text(cell, table["digits"]) for cell in row] for row in table["rows"]]
    return pd.DataFrame(rows, columns=table["columns"])


def text(cell: Cell, digits: int = 4) -> str:
    """Return a cell as people read it."""
    if cell is None:
        return ""
    return f"{cell:.{digits}f}" if isinstance(cell, float) else str(cell)


def listed(names: list[str]) -> str:
    """Return names as part of a sentence: ``a``, ``a and b``, ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
