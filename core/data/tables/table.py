"""The interface of all tables, in files or in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.data.read_result import ReadReport
from core.progress import QUIET, Progress

HEAD = 1000  # rows
# Row numbers, int64 of shape (n,), and the values of every role, each of length n.
Batch = tuple[np.ndarray, dict[str, pd.Series]]


@dataclass(frozen=True)
class Table(ABC):
    """Rows under named columns.

    Attributes
    ----------
    label : str
        Its name in messages: its path, or "the data frame".
    names : list of str
        Names of its columns, in order; they may repeat.
    """

    label: str
    names: list[str]

    @abstractmethod
    def batches(
        self, columns: dict[str, str], report: ReadReport, progress: Progress = QUIET
    ) -> Iterator[Batch]:
        """Yield the row numbers and the values of the columns, by role.

        Parameters
        ----------
        columns : dict
            The name of the column of each role.
        report : ReadReport
            Counts the rows, and those that cannot be parsed, which are left out.

        Raises
        ------
        UserError
            If the table is damaged.
        """

    @abstractmethod
    def head(self) -> pd.DataFrame:
        """Return the first thousand rows as strings, "" if empty, columns numbered from 0."""

    @property
    def facts(self) -> dict[str, str]:
        """The detected properties of the file (encoding, delimiter, …)."""
        return {}

    @property
    def has_header(self) -> bool:
        """Whether the table itself names its columns."""
        return True

    @property
    def short_label(self) -> str:
        """The name of the file without its folder."""
        return self.label

    @property
    def listed_names(self) -> str:
        """The first names, for messages."""
        return ", ".join(name.strip() for name in self.names[:30])
