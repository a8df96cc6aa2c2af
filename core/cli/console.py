"""What the command line shows: progress bars, tables and messages."""

from __future__ import annotations

import sys
import time

import pandas as pd
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)
from rich.table import Table
from rich.text import Text

from core.progress import Progress

# Progress and messages go to standard error, so that standard output holds nothing but results.
messages = Console(stderr=True, highlight=False)
results = Console(highlight=False)

PIPE_WIDTH = 10_000
READABLE_WIDTH = 24  # characters of a long text before it is wrapped
COMPACT_WIDTH = 100  # of tables that a usual terminal shows without folding a line
BORDER = 3  # characters between two columns of a table: a line and its padding


class ConsoleProgress(Progress):
    """Draws a bar for the current stage; nothing if standard error is not a terminal."""

    def __init__(self, title: str = ""):
        self.title = title
        self.task: TaskID | None = None
        self.bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=messages,
            transient=True,
        )

    def __enter__(self) -> ConsoleProgress:
        if messages.is_terminal:
            self.bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        if messages.is_terminal:
            self.bars.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        text = f"{self.title} {name}".strip()
        if not messages.is_terminal:
            return
        if self.task is not None:
            self.bars.remove_task(self.task)
        self.task = self.bars.add_task(f"{text} ({unit})" if unit else text, total=total)

    def advance(self, done: int) -> None:
        if self.task is not None:
            self.bars.update(self.task, completed=done)


class LogProgress(Progress):
    """Writes a line a few times a minute to standard error: progress for the log of a job."""

    SECONDS = 2.0

    def __init__(self) -> None:
        self.name, self.total, self.last = "", 0, 0.0

    def __enter__(self) -> LogProgress:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.name, self.total = name, total or 0
        say(name)

    def advance(self, done: int) -> None:
        if self.total and time.monotonic() - self.last >= self.SECONDS:
            self.last = time.monotonic()
            say(f"{self.name}: {done:,} of {self.total:,} ({done / self.total:.0%})")


def say(message: str) -> None:
    """Write a message to standard error."""
    messages.print(message, markup=False, soft_wrap=True)


def write(text: str) -> None:
    """Write text as it is to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_table(table: pd.DataFrame, title: str = "") -> None:
    """Print a table of texts to standard output, in several parts if the terminal is narrow."""
    table = table.astype(str)
    if not results.is_terminal:  # a pipe has no width
        Console(width=PIPE_WIDTH, highlight=False).print(_drawn(table, title))
        return
    table.columns = [name.replace(" ", "\n") for name in table.columns]
    keys, parts = _parts(table, results.width)
    for number, names in enumerate(parts):
        # Rows that are empty in this part have values in another.
        rows = (table[names] != "").any(axis=1) | (len(parts) == 1)
        results.print(_drawn(table.loc[rows, keys + names], title if number == 0 else ""))


def print_compact(table: pd.DataFrame, title: str = "") -> None:
    """Print a table of few columns to standard output, in one part, at most 100 characters wide."""
    table = table.astype(str)
    table.columns = [name.replace(" ", "\n") for name in table.columns]
    drawn = _drawn(table, title)
    drawn.box, drawn.padding, drawn.show_edge = box.SIMPLE_HEAD, (0, 1, 0, 0), False
    if results.is_terminal:
        results.print(drawn, width=min(results.width, COMPACT_WIDTH))
    else:
        Console(width=COMPACT_WIDTH, highlight=False).print(drawn)


def _drawn(table: pd.DataFrame, title: str) -> Table:
    # As `Text`, so that nothing from the data is read as markup.
    drawn = Table(title=Text(title) if title else None, title_justify="left")
    for number, name in enumerate(table.columns):
        is_text = number == 0 or not table[name].str.match(r"^[-+.\d]*$").all()
        drawn.add_column(Text(name), justify="left" if is_text else "right", overflow="fold")
    for row in table.to_numpy().tolist():
        drawn.add_row(*map(Text, row))
    return drawn


def _parts(table: pd.DataFrame, width: int) -> tuple[list[str], list[list[str]]]:
    """Return the identifying columns, which every part repeats, and the others part by part."""
    # Rich takes room from the widest columns first, so none of them gets narrower than this.
    widths = {
        name: min(_text_width([name, *table[name]]), READABLE_WIDTH) + BORDER for name in table
    }
    names = list(table.columns)
    n_keys = next((n for n in (1, 2, 3) if not table[names[:n]].duplicated().any()), 1)
    keys, parts = names[:n_keys], list[list[str]]([[]])
    room = left = width - 1 - sum(widths[name] for name in keys)
    for name in names[n_keys:]:
        if widths[name] > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1].append(name)
        left -= widths[name]
    return keys, parts


def _text_width(texts: list[str]) -> int:
    return max(cell_len(line) for text in texts for line in text.split("\n"))
