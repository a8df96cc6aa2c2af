"""The result of every reader: products, relations, and a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from core.config import UserError
from core.data.product_catalogue import Catalogue
from core.data.product_relations import Relations, reweigh

# What a format has noticed, as JSON: remarks, warnings and counts, by name.
Notes = dict[str, Any]
# A `ReadReport` as saved, perhaps by an earlier version.
SavedReport = dict[str, Any]
FIRST_BAD = 10  # bad lines stored with their reasons


class BadLine(TypedDict):
    """A line that could not be understood."""

    line: int
    reason: str


@dataclass
class ReadReport:
    """Counts of lines, products and mentions, and bad lines; `to_dict` is ready for JSON.

    Attributes
    ----------
    kind : str
        ``amazon-2014``, ``amazon-2018``, ``baskets`` or ``edges``.
    file : str
        Name of the file, or of the package that contains it.
    lines : int
        Lines or rows read, good and bad (a header and blank lines do not count).
    products, with_metadata, mentions : int
        All products, those with their own row, and distinct directed mentions.
    bad_lines : int
        Lines left out because they could not be understood.
    first_bad : list of dict
        The first few bad lines: ``{"line": number from 1, "reason": text}``.
    merged : int
        Rows that repeated a product (or an edge) and were merged with the first.
    notes : dict
        Facts of a format, for instance the date of a time split.
    unit : str
        Unit of the counts: ``line``, or ``row`` of a table (a quoted value may span several
        lines; the header of a CSV is row 1).
    """

    kind: str
    file: str
    lines: int = 0
    products: int = 0
    with_metadata: int = 0
    mentions: int = 0
    bad_lines: int = 0
    first_bad: list[BadLine] = field(default_factory=list)
    merged: int = 0
    notes: Notes = field(default_factory=dict)
    unit: str = "row"

    def bad(self, line: int, reason: str) -> None:
        """Count a bad line and store it if it is one of the first (calls need not be in order)."""
        self.bad_lines += 1
        if len(self.first_bad) < FIRST_BAD or line < self.first_bad[-1]["line"]:
            self.first_bad.append({"line": int(line), "reason": reason})
            self.first_bad.sort(key=lambda bad: bad["line"])
            del self.first_bad[FIRST_BAD:]

    def usable_rows(self, row_numbers: np.ndarray, problems: dict[str, np.ndarray]) -> np.ndarray:
        """Count each row with a problem by its first problem; return a mask of the good rows."""
        reasons = list(problems)
        first = np.full(len(row_numbers), -1)
        for i in reversed(range(len(reasons))):
            first[problems[reasons[i]]] = i
        for row in np.flatnonzero(first >= 0):
            self.bad(row_numbers[row], reasons[first[row]])
        return first < 0

    def warn(self, message: str) -> None:
        """Add a warning about the data that names the option to fix it."""
        self.notes.setdefault("warnings", []).append(message)

    def renumber(self, left_out: list[int]) -> None:
        """Shift the numbers of the bad lines to account for rows that were not counted.

        Parameters
        ----------
        left_out : list of int
            Numbers of those rows, sorted.
        """
        for bad in self.first_bad:
            for line in left_out:
                bad["line"] += line <= bad["line"]

    def need_usable(self, usable: int, path: Path | str, expected: str) -> None:
        """Raise `UserError` if no line of the file was usable."""
        if usable:
            return
        bad_ones = [f"\n  {self.unit} {bad['line']}: {bad['reason']}" for bad in self.first_bad[:3]]
        reasons = "".join(bad_ones)
        raise UserError(
            f"No usable line in {path}: read {self.lines:,} {self.unit}s, expected {expected}."
            f"{reasons}"
        )

    def to_dict(self) -> SavedReport:
        """Return the report as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class ReadResult:
    """The products of a data set and the directed mentions between them.

    Attributes
    ----------
    catalogue : Catalogue
        The products with their own row first, in file order, then those only mentioned.
    relations : Relations
        Distinct mentions, by row number of `catalogue`.
    report : ReadReport
    before, after : Relations or None
        For a log with time stamps: relations of the purchases up to `date`, and after it.
    date : str or None
        The last moment of `before`, in ISO 8601.
    min_also_bought : int
        Number of `also_bought` that make a product a source: Amazon's rule, else 0.
    early_catalogue : Catalogue or None
        The same products as the purchases up to `date` describe them. None: their descriptions
        have no date, so `catalogue` stands for both times.
    train, test : Relations or None
        The parts of data that were divided elsewhere.
    """

    catalogue: Catalogue
    relations: Relations
    report: ReadReport
    before: Relations | None = None
    after: Relations | None = None
    date: str | None = None
    min_also_bought: int = 0
    early_catalogue: Catalogue | None = None
    train: Relations | None = None
    test: Relations | None = None

    def reweighed(self, weights: Mapping[str, float]) -> ReadResult:
        """Return the result with other weights of the relations (see `reweigh`).

        Raises
        ------
        UserError
            If nothing is left.
        """
        if not weights:
            return self
        before, after = (
            None if part is None else reweigh(part, weights) for part in (self.before, self.after)
        )
        relations = reweigh(self.relations, weights)
        if not len(relations):
            raise UserError(
                f"{self.report.file} has only relations of weight 0: give one of them a weight."
            )
        self.report.notes["weights"] = dict(weights)
        # Without also_bought, the rule would leave no source.
        minimum = 0 if weights.get("also_bought") == 0 else self.min_also_bought
        return replace(
            self, relations=relations, before=before, after=after, min_also_bought=minimum
        )

    @property
    def named_relations(self) -> dict[str, Relations]:
        """The relations by the names they are stored under: ``all``, and the parts if any."""
        named = {"all": self.relations}
        if self.before is not None and self.after is not None:
            named |= {"before": self.before, "after": self.after}
        if self.train is not None and self.test is not None:
            named |= {"train": self.train, "test": self.test}
        return named
