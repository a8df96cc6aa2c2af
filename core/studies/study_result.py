"""The result of a study: tables and figures, as saved, printed and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    ValidationError,
    field_validator,
    model_validator,
)

from core.config import UserError
from core.runs.atomic_files import json_values
from core.runs.store import Store
from core.studies import study

Cell = str | int | float | None


class _Plain(BaseModel):
    """Plain data: NaN and infinity become None, numpy's numbers Python's."""

    # Extra fields written by earlier versions are ignored.
    model_config = ConfigDict(frozen=True, extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _as_json(cls, value: object) -> JsonValue:
        return json_values(value)


class Table(_Plain):
    """A table of strings and numbers; None is an empty cell.

    Attributes
    ----------
    title : str
    columns : list of str
    rows : list of lists, each as long as `columns`
    note : str
        What to know before reading it.
    digits : int
        Digits after the point of floating-point numbers.
    """

    title: str
    columns: list[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    digits: int = 4

    @model_validator(mode="after")
    def _is_rectangular(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of '{self.title}' does not have {len(self.columns)} cells")
        return self

    def texts(self) -> pd.DataFrame:
        """Return the table with every cell as text."""
        rows = [[_text(cell, self.digits) for cell in row] for row in self.rows]
        return pd.DataFrame(rows, columns=self.columns)


class Series(_Plain):
    """One line, or the bars of one colour; `low` and `high` are the ends of an interval."""

    name: str
    x: Sequence[str | int | float]
    y: Sequence[float | None]
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None


class Figure(_Plain):
    """Lines over numbers, or bars over names."""

    title: str
    kind: Literal["lines", "bars"]
    x_title: str
    y_title: str
    series: list[Series]
    note: str = ""


class StudyResult(_Plain):
    """The result of a study on a data set, and how it was run.

    Attributes
    ----------
    study, dataset : str
    command : str
        The command that was run.
    made : str
        When, ISO 8601.
    seconds : float
    tables, figures : lists
    left_out : list of str
        What could not be trained or measured, and why.
    runs : list of str
        Names of the runs that it used.
    """

    study: str
    dataset: str
    command: str
    made: str
    seconds: float
    tables: list[Table]
    figures: list[Figure]
    left_out: list[str] = []
    runs: list[str] = []


def read_result(store: Store, dataset: str, name: str) -> StudyResult | None:
    """Return the result of the study called `name` on a data set; None if it was not run.

    Raises
    ------
    UserError
        If its file is damaged, or was written by a version with another format.
    """
    try:
        content = store.study(dataset, name)
        return None if content is None else StudyResult.model_validate(content)
    except UserError as error:
        reason = str(error)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    raise UserError(
        f"The result of study '{name}' on '{dataset}' is damaged, or was written by an earlier "
        f"version. Run it again: {study(name).command(dataset)} ({reason})"
    )


def _text(cell: Cell, digits: int) -> str:
    if cell is None:
        return ""
    return f"{cell:.{digits}f}" if isinstance(cell, float) else str(cell)
